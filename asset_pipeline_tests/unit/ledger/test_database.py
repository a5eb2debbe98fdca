"""The shared database: what waits commits together, what breaks fails alone, and nobody else's lock is broken."""

import asyncio
import threading
from concurrent.futures import CancelledError

import duckdb
import pytest

from asset_pipeline.errors import LedgerBusyError, LedgerError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.turn import Turn
from asset_pipeline_tests.support.ledgers import one_batch, rows


@pytest.fixture
def table(database):
    """The database with a table of numbers in it, none of which may come twice."""
    database.run(lambda connection: connection.execute("CREATE TABLE main.numbers (n INTEGER PRIMARY KEY)") and None)
    return database


def write(connection, numbers):
    """Write numbers, and return the transaction that each was written in."""
    for number in numbers:
        connection.execute("INSERT INTO main.numbers VALUES ($1)", [number])
    return [connection.execute("SELECT txid_current()").fetchone()[0] for _ in numbers]


def written(database):
    """Return the numbers that are there."""
    return [number for (number,) in rows(database, "SELECT n FROM main.numbers ORDER BY n")]


def test_a_database_is_made_at_its_first_use_and_not_before(tmp_path):
    with Database(tmp_path / "data" / "new.duckdb") as database:
        assert not database.exists
        assert rows(database, "SELECT 1") == [(1,)]
        assert database.exists


def test_what_waits_is_committed_in_one_transaction_in_its_order(table):
    with one_batch(table):
        futures = [table.submit(write, number) for number in range(50)]
    assert len({future.result() for future in futures}) == 1
    assert written(table) == list(range(50))


def test_a_broken_item_fails_alone_and_the_others_of_its_batch_are_committed(table):
    table.submit(write, 3).result()
    with one_batch(table):
        futures = [table.submit(write, number) for number in range(6)]
    assert isinstance(futures[3].exception(), duckdb.ConstraintException)
    assert [future.exception() for n, future in enumerate(futures) if n != 3] == [None] * 5
    assert written(table) == list(range(6))


def test_an_operation_that_raises_leaves_nothing_of_what_it_wrote(table):
    def half(connection):
        write(connection, [1])
        raise ZeroDivisionError("halfway")

    with pytest.raises(ZeroDivisionError, match="halfway"):
        table.run(half)
    assert written(table) == []
    table.submit(write, 1).result()
    assert written(table) == [1]


def test_what_is_cancelled_before_its_turn_is_never_applied(table):
    with one_batch(table):
        kept, dropped = table.submit(write, 1), table.submit(write, 2)
        assert dropped.cancel()
    kept.result()
    assert written(table) == [1]
    with pytest.raises(CancelledError):
        dropped.result()


def test_what_is_cancelled_by_its_task_before_its_turn_is_never_applied(table):
    async def main():
        with one_batch(table):
            task = asyncio.create_task(table.asubmit(write, 1))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert task.cancelled()
        return await table.asubmit(write, 2)

    asyncio.run(main())
    assert written(table) == [2]


def test_what_is_being_applied_cannot_be_cancelled(table):
    is_running, may_end = threading.Event(), threading.Event()

    def slowly(connection):
        is_running.set()
        may_end.wait(timeout=30)
        return write(connection, [1])

    future = table.submit(lambda connection, operations: [one(connection) for one in operations], slowly)
    is_running.wait(timeout=30)
    assert not future.cancel()
    may_end.set()
    future.result()
    assert written(table) == [1]


def test_closing_commits_what_is_queued_and_the_database_can_be_used_again(table):
    futures = [table.submit(write, number) for number in range(100)]
    table.close()
    assert all(future.done() for future in futures)
    assert written(table) == list(range(100))


def test_threads_and_tasks_of_one_process_share_a_database(table):
    async def main():
        await asyncio.gather(*(table.asubmit(write, number) for number in range(100, 150)))

    threads = [
        threading.Thread(target=lambda first=first: [table.submit(write, first + n).result() for n in range(10)])
        for first in (0, 10, 20)
    ]
    for thread in threads:
        thread.start()
    asyncio.run(main())
    for thread in threads:
        thread.join()
    assert written(table) == [*range(30), *range(100, 150)]


def test_two_databases_on_one_file_see_what_the_other_committed(table):
    with Database(table.path) as other:
        for number in range(3):
            table.submit(write, number).result()
            assert written(other) == list(range(number + 1))


def test_a_lock_that_is_kept_too_long_is_named_and_the_next_try_works(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    with Database(path, lock_timeout_s=0.05) as impatient:
        with Turn(path).taken(), pytest.raises(LedgerBusyError, match=r"another process has kept .*pipeline\.duckdb"):
            rows(impatient, "SELECT 1")
        assert rows(impatient, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("folder", ["data", "block-data"])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path, folder):
    path = tmp_path / folder / "pipeline.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"not a database, " * 1000)
    with Database(path) as database, pytest.raises(LedgerError, match=r"pipeline\.duckdb") as caught:
        rows(database, "SELECT 1")
    assert not isinstance(caught.value, LedgerBusyError)
    assert path.read_bytes() == b"not a database, " * 1000
