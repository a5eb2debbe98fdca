"""The door, where somebody else has the same thing under way, or had: it is bought once, and shared."""

import asyncio
import os
import socket
import subprocess
import sys
from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database, Door, Existing, Ledger, Outcome, Paid, State, Unresolved
from asset_pipeline_tests.support.ledgers import ACCEPTED, WAYS, Provider, intent_for, rows, take, wait_for

HELD = Decimal("0.04")


@pytest.fixture
def door(ledger):
    """A door with no patience for what others have under way."""
    return Door(ledger, patience_s=0)


def pay(door, provider, **changes):
    """Pay for one call."""
    return wait_for(lambda: door.pay(intent_for("a", **changes), provider.send))


def bought(ledger, *states, owner=None, kind="image"):
    """Make a call as somebody else has made it, and return its id."""
    with Database(ledger.database.path) as elsewhere:
        other = Ledger(elsewhere, mode=ledger.mode, gated=False)
        other.owner = owner or other.owner
        call_id = wait_for(lambda: other.hold(intent_for("a", kind=kind))).call_id
        take(other, call_id, *states, provider_call_id="prediction-1" if states else None, answer="words")
    return call_id


@pytest.mark.parametrize("state", [State.SUBMITTED, State.FINISHED, State.STORED, State.SETTLED])
def test_an_image_that_is_bought_or_can_be_polled_is_not_sent_for_again(door, ledger, state):
    call_id = bought(ledger, *WAYS[state])
    provider = Provider(ledger, ACCEPTED)
    ending = pay(door, provider)
    assert isinstance(ending, Existing)
    assert (ending.call.call_id, ending.call.provider_call_id) == (call_id, "prediction-1")
    assert provider.reached == []


@pytest.mark.parametrize(
    ("state", "kind"), [(State.HELD, "image"), (State.HELD, "writer"), (State.SUBMITTED, "writer")]
)
def test_what_a_living_process_has_under_way_is_unresolved_after_the_patience(door, ledger, state, kind):
    call_id = bought(ledger, *WAYS[state], kind=kind)
    provider = Provider(ledger, ACCEPTED)
    ending = pay(door, provider, kind=kind)
    assert isinstance(ending, Unresolved)
    assert ending.call_id == call_id
    assert f"{socket.gethostname()}:{os.getpid()}" in ending.reason
    assert provider.reached == []


def test_what_a_dead_process_left_half_done_is_not_waited_for_and_not_bought_again(ledger):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    call_id = bought(ledger, owner=f"{socket.gethostname()}:{dead.pid}")
    provider = Provider(ledger, ACCEPTED)
    ending = pay(Door(ledger, patience_s=3600), provider)
    assert isinstance(ending, Unresolved)
    assert ending.call_id == call_id
    assert provider.reached == []


@pytest.mark.parametrize("kind", ["image", "writer"])
def test_two_tasks_that_want_the_same_thing_buy_it_once_and_share_it(ledger, kind):
    door = Door(ledger)
    provider = Provider(ledger, ACCEPTED)

    async def main():
        async def buy():
            ending = await door.pay(intent_for("a", kind=kind), provider.send)
            if isinstance(ending, Paid):
                await ledger.settled(ending.held.call_id, HELD, Outcome.SUCCEEDED, answer="words")
            return ending

        return await asyncio.gather(buy(), buy())

    endings = wait_for(main)
    assert len(provider.reached) == 1
    (paid,) = [one for one in endings if isinstance(one, Paid)]
    (existing,) = [one for one in endings if isinstance(one, Existing)]
    assert existing.call.call_id == paid.held.call_id
    assert rows(ledger.database, "SELECT state, held_usd, cost_usd FROM calls") == [("settled", 0, HELD)]
    if kind == "writer":
        assert existing.call.answer == "words"
