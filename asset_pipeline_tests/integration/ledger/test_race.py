"""Eight processes race one budget: every cent of it is used, not one more, and everybody gets a part."""

import multiprocessing
from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.ledger.ledger import Totals
from asset_pipeline_tests.integration.ledger import workers
from asset_pipeline_tests.integration.ledger.workers import buy_and_look, buy_until_refused, want_the_same
from asset_pipeline_tests.support.ledgers import open_ledger, rows, sums

PROCESSES = 8
USABLE = Decimal("19.00")


@pytest.fixture
def path(tmp_path):
    """A ledger with 20 dollars, of which 5 % are kept back."""
    path = tmp_path / "pipeline.duckdb"
    with Database(path) as database:
        open_ledger(database, total_usd="20.00")
    return path


def race(work, path, **settings):
    """Let eight processes start at once, and return what each reports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([workers.__name__])  # each process would import for longer than it races
    start, results = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=work, args=(path, start, results), kwargs={"name": name} | settings)
        for name in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    try:
        reports = dict(results.get(timeout=200) for _ in processes)
        for process in processes:
            process.join(timeout=60)
        assert [process.exitcode for process in processes] == [0] * PROCESSES
    finally:
        for process in processes:
            process.kill()
            process.join()
        results.close()
        results.join_thread()
    return reports


def test_eight_processes_buy_exactly_what_the_budget_allows_and_none_starves(path):
    bought = race(buy_until_refused, path, in_flight=6)
    assert sum(bought.values()) == 475
    assert min(bought.values()) >= 1
    with Database(path) as database:
        assert open_ledger(database, total_usd="20.00").totals() == Totals(USABLE, Decimal(0), Decimal(0), 0, 0)
        found = sums(database)
        assert found["calls"] == found["entries"]
        assert found["budgets"].items() <= found["calls"].items()
        peak = rows(
            database,
            "SELECT max(used), min(held) FROM (SELECT sum(cost_usd + held_usd) OVER entries_so_far AS used,"
            " sum(held_usd) OVER entries_so_far AS held FROM ledger WINDOW entries_so_far AS (ORDER BY entry_id))",
        )
        assert peak == [(USABLE, Decimal(0))]


def test_eight_processes_that_want_the_same_things_hold_each_of_them_once(path):
    held = race(want_the_same, path, count=100)
    assert sorted(key for keys in held.values() for key in keys) == sorted(str(n) for n in range(100))
    with Database(path) as database:
        assert open_ledger(database).totals().held_usd == Decimal("4.00")


def test_of_eight_processes_that_cross_the_shares_of_a_limit_together_one_delivers_each_alert(path):
    claimed = race(buy_and_look, path, count=20)
    assert sorted(alert for alerts in claimed.values() for alert in alerts) == [
        (scope, share) for scope in ("day", "sample", "total") for share in ("0.05", "0.1")
    ]
