"""Turns: one at a time, handed on to whoever waits, and given back whatever happens."""

import threading

import pytest

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger.turn import Turn


@pytest.fixture
def path(tmp_path):
    """A database file in a folder that is not there yet."""
    return tmp_path / "data" / "pipeline.duckdb"


def wait_until_wanted(turn):
    """Wait until somebody waits for the turn."""
    for _ in range(3000):
        if turn.is_wanted():
            return
        threading.Event().wait(0.01)
    pytest.fail("nobody ever waited")


def test_a_turn_excludes_every_other(path):
    with (
        Turn(path).taken(),
        pytest.raises(LedgerBusyError, match="look for a process that hangs"),
        Turn(path).taken(timeout_s=0.02),
    ):
        pytest.fail("two turns at once")
    with Turn(path).taken(timeout_s=0.02):
        assert path.parent.is_dir()


def test_a_turn_is_given_back_when_its_holder_fails(path):
    with pytest.raises(ZeroDivisionError), Turn(path).taken():
        raise ZeroDivisionError
    with Turn(path).taken(timeout_s=0.02):
        assert not path.exists()


def test_giving_up_leaves_nobody_waiting(path):
    holder = Turn(path)
    with holder.taken():
        with pytest.raises(LedgerBusyError), Turn(path).taken(timeout_s=0.02):
            pass
        assert not holder.is_wanted()


def test_who_waits_is_next_even_if_the_holder_wants_it_again_at_once(path):
    order = []
    holder = Turn(path)

    def other():
        with Turn(path).taken():
            order.append("other")

    thread = threading.Thread(target=other)
    with holder.taken():
        assert not holder.is_wanted()
        thread.start()
        wait_until_wanted(holder)
        order.append("holder")
    with holder.taken():
        order.append("holder again")
    thread.join()
    assert order == ["holder", "other", "holder again"]
