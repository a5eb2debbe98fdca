"""Other programs on the ledger's file: a killed one loses no money, one that ignores the lock is waited for."""

import subprocess
import sys
from contextlib import contextmanager
from decimal import Decimal

import pytest

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger import Database, Held, Ledger, State
from asset_pipeline.ledger.database import utc_now
from asset_pipeline_tests.integration.ledger import workers
from asset_pipeline_tests.support.ledgers import intent_for, open_ledger, rows, sums, take, wait_for
from asset_pipeline_tests.support.projects import REPOSITORY

HELD = Decimal("0.0001")


@contextmanager
def process(work, path):
    """Run one of the workers as a program of its own for as long as the context lasts."""
    command = [sys.executable, "-m", workers.__name__, work.__name__, str(path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


@pytest.fixture
def path(tmp_path):
    """A ledger with nothing booked on it."""
    path = tmp_path / "pipeline.duckdb"
    with Database(path) as database:
        open_ledger(database)
    return path


@pytest.mark.parametrize("after", [1, 2, 50])
def test_a_process_killed_between_hold_and_settlement_leaves_its_holds_held_and_the_file_usable(path, after):
    with process(workers.hold_and_hang, path) as program:
        reported = {program.stdout.readline().strip() for _ in range(after)}
        program.kill()
        reported |= {line.strip() for line in program.stdout if line.endswith("\n")}
    with Database(path) as database:
        ledger = Ledger(database, mode="sandbox", gated=False)
        left = wait_for(ledger.open_calls)
        # What was committed and not yet reported when the signal came is held as well; nothing reported is lost.
        assert reported <= {call.call_id for call in left}
        assert len(left) <= len(reported) + 1
        assert {call.state for call in left} == {State.HELD}
        assert all(call.is_left(utc_now()) for call in left)
        assert ledger.totals().held_usd == HELD * len(left)
        found = sums(database)
        assert found["calls"] == found["entries"]
        assert found["budgets"].items() <= found["calls"].items()

        assert isinstance(wait_for(lambda: ledger.hold(intent_for("next"))), Held)
        take(ledger, left[0].call_id, State.UNKNOWN, State.SETTLED, cost_usd=HELD)
        assert ledger.totals().spent_usd == HELD


def test_a_program_that_keeps_the_file_open_is_waited_for(path):
    with process(workers.keep_open, path) as program, Database(path) as database:
        assert program.stdout.readline() == "open\n"
        ours = database.submit(lambda connection, items: [connection.execute(sql).fetchall() for sql in items],
                               "SELECT n FROM main.foreign_rows")  # fmt: skip
        program.stdin.write("end\n")
        program.stdin.flush()
        assert ours.result(timeout=60) == [(42,)]


def test_a_program_that_never_closes_the_file_is_named_and_nothing_is_lost(path):
    with process(workers.keep_open, path) as program, Database(path, lock_timeout_s=0.05) as database:
        assert program.stdout.readline() == "open\n"
        with pytest.raises(LedgerBusyError, match=rf"another program keeps .*PID {program.pid}"):
            rows(database, "SELECT 1")
    with Database(path) as database:
        assert rows(database, "SELECT count(*) FROM calls") == [(0,)]
