"""The one way to the DuckDB file: a thread that takes the lock, opens, applies a batch in one transaction, and lets go.

DuckDB lets one process hold a file, so no connection stays open. Whatever waits while a batch commits becomes the next
batch (group commit), which is why hundreds of small writes a second cost no more than a few dozen transactions.
"""

from __future__ import annotations

import asyncio
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
from filelock import FileLock, Timeout

from asset_pipeline.errors import LedgerBusyError, LedgerError
from asset_pipeline.ledger.migrations import migrate

Connection = duckdb.DuckDBPyConnection
Item = TypeVar("Item")
Result = TypeVar("Result")
# Applies many items of one kind at once, in their order, and returns one result for each.
Handler = Callable[[Connection, Sequence[Item]], Sequence[Result]]

MAX_BATCH = 2000
LOCK_TIMEOUT_S = 60.0
LOCK_POLL_S = 0.005
OPEN_RETRY_S = 0.02


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
        self._lock = FileLock(f"{path}.lock", thread_local=False, poll_interval=LOCK_POLL_S)
        self._jobs: queue.SimpleQueue[_Job[Any, Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start_guard = threading.Lock()
        self._migrated = False

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @property
    def exists(self) -> bool:
        """Whether the file is there; reading a database that is not makes none."""
        return self.path.is_file()

    def submit(self, handler: Handler[Item, Result], item: Item) -> Future[Result]:
        """Queue one item for a handler that applies many at once.

        Returns:
            A future that is done when the transaction with this item is committed.
        """
        future: Future[Result] = Future()
        self._jobs.put(_Job(handler, item, future))
        with self._start_guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
                self._thread.start()
        return future

    def run(self, operation: Callable[[Connection], Result]) -> Result:
        """Apply one operation in a transaction and wait for its commit; it may be applied twice, committed once."""
        future: Future[Result] = self.submit(_each, operation)
        return future.result()

    async def arun(self, operation: Callable[[Connection], Result]) -> Result:
        """Do as `run`, without blocking the event loop."""
        return await asyncio.wrap_future(self.submit(_each, operation))

    async def asubmit(self, handler: Handler[Item, Result], item: Item) -> Result:
        """Do as `submit`, and wait for the commit without blocking the event loop."""
        return await asyncio.wrap_future(self.submit(handler, item))

    def close(self) -> None:
        """Commit what is queued, and end the thread."""
        with self._start_guard:
            thread, self._thread = self._thread, None
        if thread:
            self._jobs.put(None)
            thread.join()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            batch = [job]
            stop = False
            while len(batch) < MAX_BATCH and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    stop = True
                    break
                batch.append(following)
            # Whoever was cancelled before this point gets nothing committed; after it, nobody can be cancelled.
            self._commit([one for one in batch if one.future.set_running_or_notify_cancel()])
            if stop:
                return

    def _commit(self, batch: list[_Job[Any, Any]]) -> None:
        """Commit a batch; where one item breaks it, commit each alone, so that only the broken one fails."""
        if not batch:
            return
        try:
            results = self._transaction(batch)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits, in their thread
            if len(batch) == 1 or isinstance(error, LedgerError):
                for job in batch:
                    job.future.set_exception(error)
                return
            for job in batch:
                self._commit([job])
            return
        for job, result in zip(batch, results, strict=True):
            job.future.set_result(result)

    def _transaction(self, batch: list[_Job[Any, Any]]) -> list[Any]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=self.lock_timeout_s)
        except Timeout:
            raise LedgerBusyError(
                f"another process has kept {self.path} locked for {self.lock_timeout_s:.0f} s",
                fix="look for a process that hangs, end it, and try again",
            ) from None
        try:
            connection = self._open()
            try:
                connection.execute("BEGIN")
                results = _apply(connection, batch)
                connection.execute("COMMIT")
                return results
            finally:
                connection.close()
        finally:
            self._lock.release()

    def _open(self) -> Connection:
        """Open the file; a foreign reader that does not know our lock is waited for."""
        give_up_at = time.monotonic() + self.lock_timeout_s
        while True:
            try:
                connection = duckdb.connect(str(self.path))
                break
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise LedgerError(
                        f"{self.path} cannot be opened: {error}", fix="look at the disk and the file's rights"
                    ) from error
                if time.monotonic() > give_up_at:
                    raise LedgerBusyError(
                        f"another program keeps {self.path} open: {error}",
                        fix="close it; `asset-pipeline sql` reads beside running work",
                    ) from error
                time.sleep(OPEN_RETRY_S)  # the ledger's own thread waits; nobody else does
            except duckdb.Error as error:
                raise LedgerError(f"{self.path} is not a usable DuckDB file: {error}") from error
        if not self._migrated:
            try:
                migrate(connection, now=utc_now())
            except BaseException:
                connection.close()
                raise
            self._migrated = True
        return connection


def _each(connection: Connection, operations: Sequence[Callable[[Connection], Any]]) -> list[Any]:
    return [operation(connection) for operation in operations]


def _apply(connection: Connection, batch: list[_Job[Any, Any]]) -> list[Any]:
    """Hand each run of items of one kind to their handler, keeping the order."""
    results: list[Any] = []
    start = 0
    while start < len(batch):
        end = start
        while end < len(batch) and batch[end].handler is batch[start].handler:
            end += 1
        results += batch[start].handler(connection, [job.item for job in batch[start:end]])
        start = end
    return results
