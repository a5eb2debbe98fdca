"""The one way to the DuckDB file: a thread that takes the lock, opens, commits batches while there is work, lets go.

DuckDB lets one process hold a file, so no connection stays open. Whatever waits while a batch commits becomes the next
batch (group commit). Opening costs ten times what a transaction costs, so the file stays open for a moment after one;
but never while another process waits for it, and never for long, as programs that do not know our lock read it too.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb

from asset_pipeline.ledger.handover import awaited
from asset_pipeline.ledger.opening import connect, patiently, translated
from asset_pipeline.ledger.presence import Presence
from asset_pipeline.ledger.turn import LOCK_TIMEOUT_S, Turn
from asset_pipeline.ledger.upgrade import open_upgraded

Item = TypeVar("Item")
Result = TypeVar("Result")


class Connection:
    """The database, open, for as long as no other process can change it.

    Args:
        inner: DuckDB's connection.
    """

    def __init__(self, inner: duckdb.DuckDBPyConnection) -> None:
        self._inner = inner
        # What handlers remember of the database between two transactions; forgotten when one is rolled back.
        self.memory: dict[type, Any] = {}

    def execute(self, sql: str, values: Sequence[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run one statement, and return where its rows can be fetched."""
        return self._inner.execute(sql, values) if values is not None else self._inner.execute(sql)

    def close(self) -> None:
        """Close the file."""
        self._inner.close()


# Applies many items of one kind at once, in their order, and returns one result for each.
Handler = Callable[[Connection, Sequence[Item]], Sequence[Result]]

MAX_BATCH = 2000
# While nobody else waits, the file stays open over short pauses: opening it costs 15 ms of computing.
LINGER_S = 0.05
LINGERS = 4
# Even where others wait, what follows at once from a commit is taken along: handing on costs as much as some commits.
MIN_SESSION_S = 0.06
SHORT_LINGER_S = 0.005
GATHER_S = 0.004
MAX_SESSION_S = 2.0
PAUSE_S = 0.025


def utc_now() -> datetime:
    """Return the time as the database keeps it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass
class _Job(Generic[Item, Result]):
    """One item that waits for its transaction."""

    handler: Handler[Item, Result]
    item: Item
    future: Future[Result]


class Database(AbstractContextManager["Database"]):
    """A DuckDB file that several processes share.

    Args:
        path: The file; made with its folder at the first use.
        lock_timeout_s: How long another process may keep the lock before this one gives up, in seconds.
    """

    def __init__(self, path: Path, *, lock_timeout_s: float = LOCK_TIMEOUT_S) -> None:
        self.path = path
        self.lock_timeout_s = lock_timeout_s
        self._turn = Turn(path)
        self._presence = Presence(path)
        self._jobs: queue.SimpleQueue[_Job[Any, Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start_guard = threading.Lock()
        self._ended = False
        self._is_busy = False
        self._migrated = False

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @property
    def exists(self) -> bool:
        """Whether the file is there; reading a database that is not makes none."""
        return self.path.is_file()

    def submit(self, handler: Handler[Item, Result], item: Item) -> Future[Result]:
        """Queue one item for a handler that applies many at once.

        Items of one handler are applied in their order. Of different handlers, no order is promised within one
        transaction: whoever builds on another's write waits for its commit.

        Returns:
            A future that is done when the transaction with this item is committed.
        """
        future: Future[Result] = Future()
        with self._start_guard:
            self._jobs.put(_Job(handler, item, future))
            if self._thread is None:
                self._ended = False
                self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
                self._thread.start()
        return future

    def run(self, operation: Callable[[Connection], Result]) -> Result:
        """Apply one operation in a transaction and wait for its commit; it may be applied twice, committed once."""
        future: Future[Result] = self.submit(_each, operation)
        return future.result()

    async def arun(self, operation: Callable[[Connection], Result]) -> Result:
        """Do as `run`, without blocking the event loop."""
        return await awaited(self.submit(_each, operation))

    async def asubmit(self, handler: Handler[Item, Result], item: Item) -> Result:
        """Do as `submit`, and wait for the commit without blocking the event loop."""
        return await awaited(self.submit(handler, item))

    def close(self) -> None:
        """Commit what is queued, and end the thread."""
        with self._start_guard:  # until the thread has ended: there must never be two
            if self._thread:
                self._jobs.put(None)
                self._thread.join()
                self._thread = None

    def _work(self) -> None:
        try:
            while not self._ended:
                self._serve(self._next_batch(timeout_s=None))
        finally:
            self._presence.leave()

    def _serve(self, batch: list[_Job[Any, Any]]) -> None:
        """Open the file, and commit batches as long as they come and nobody else waits."""
        if not batch:
            return
        try:
            self._presence.enter(self.lock_timeout_s)
            with self._turn.taken(self.lock_timeout_s), contextlib.closing(self._open()) as connection:
                opened_at = time.monotonic()
                close_at = opened_at + MAX_SESSION_S
                while batch:
                    _commit(connection, batch, self.path)
                    batch = []
                    if self._ended or time.monotonic() > close_at:
                        break
                    batch = self._next_while_open(opened_at)
            if time.monotonic() > close_at:
                time.sleep(PAUSE_S)  # a moment in which programs that do not know our lock can open the file
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits, in their thread
            for job in batch:
                job.future.set_exception(translated(error, self.path))

    def _next_while_open(self, opened_at: float) -> list[_Job[Any, Any]]:
        """Return what waits or comes soon; nothing where the file is to be closed first."""
        for _ in range(LINGERS):
            if self._turn.is_wanted():
                is_young = time.monotonic() < opened_at + MIN_SESSION_S
                return self._next_batch(timeout_s=SHORT_LINGER_S) if is_young else []
            batch = self._next_batch(timeout_s=LINGER_S)
            if batch or self._ended:
                return batch
        return []

    def _next_batch(self, *, timeout_s: float | None) -> list[_Job[Any, Any]]:
        """Return what waits, after waiting for the first of it; empty after the timeout and at the end."""
        batch: list[_Job[Any, Any]] = []
        with contextlib.suppress(queue.Empty):
            job = self._jobs.get(timeout=timeout_s)
            if self._is_busy:  # many are at work: a moment's patience makes one transaction of several
                time.sleep(GATHER_S)
            while job is not None:
                batch.append(job)
                if len(batch) == MAX_BATCH:
                    break
                job = self._jobs.get_nowait()
            self._ended = job is None
        self._is_busy = len(batch) > 1
        # Whoever was cancelled before this point gets nothing committed; after it, nobody can be cancelled.
        return [job for job in batch if job.future.set_running_or_notify_cancel()]

    def _open(self) -> Connection:
        """Open the file, brought up to date at the first time."""

        def open_now() -> Connection:
            if self._migrated:
                return Connection(connect(self.path))
            opened = Connection(open_upgraded(self.path, now=utc_now()))
            self._migrated = True
            return opened

        return patiently(self.path, self.lock_timeout_s, open_now)


def _each(connection: Connection, operations: Sequence[Callable[[Connection], Any]]) -> list[Any]:
    return [operation(connection) for operation in operations]


def _commit(connection: Connection, batch: list[_Job[Any, Any]], path: Path) -> None:
    """Commit a batch; where one item breaks it, commit each alone, so that only the broken one fails."""
    try:
        connection.execute("BEGIN")
        results = _apply(connection, batch)
        connection.execute("COMMIT")
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits, in their thread
        connection.memory.clear()
        with contextlib.suppress(duckdb.TransactionException):  # a failed COMMIT has ended it already
            connection.execute("ROLLBACK")
        if len(batch) == 1:
            batch[0].future.set_exception(translated(error, path))
            return
        for job in batch:
            _commit(connection, [job], path)
        return
    for job, result in zip(batch, results, strict=True):
        job.future.set_result(result)


def _apply(connection: Connection, batch: list[_Job[Any, Any]]) -> list[Any]:
    """Hand the items of each kind to their handler at once, in their order; all of it is one transaction."""
    by_handler: dict[Handler[Any, Any], list[int]] = {}
    for index, job in enumerate(batch):
        by_handler.setdefault(job.handler, []).append(index)
    results: list[Any] = [None] * len(batch)
    for handler, indexes in by_handler.items():
        for index, result in zip(indexes, handler(connection, [batch[i].item for i in indexes]), strict=True):
            results[index] = result
    return results
