"""Whose turn it is to open the database: a lock between processes that is handed on in order, so that none starves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger.opening import explain

LOCK_TIMEOUT_S = 60.0
POLL_S = 0.005


class Turn:
    """The right to open a database file.

    Two locks: whoever holds `.lock` has the turn; whoever waits for it holds `.next`. The holder sees from `.next`
    whether somebody waits, and cannot take the next turn before the one who does.

    Args:
        path: The database file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._holder = FileLock(f"{path}.lock", thread_local=False, poll_interval=POLL_S)
        self._next = FileLock(f"{path}.next", thread_local=False, poll_interval=POLL_S)

    @contextmanager
    def taken(self, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Hold the turn for as long as the context lasts.

        Raises:
            LedgerBusyError: It did not come within the time.
            LedgerError: The disk does not take the locks.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._next.acquire(timeout=timeout_s):
                self._holder.acquire(timeout=timeout_s)
        except Timeout:
            raise LedgerBusyError(
                f"another process has kept {self._path} locked for {timeout_s:.0f} s",
                fix="look for a process that hangs, end it, and try again",
            ) from None
        except OSError as error:
            raise explain(error, self._path) from error
        try:
            yield
        finally:
            self._holder.release()

    def is_wanted(self) -> bool:
        """Say whether another process waits for the turn."""
        try:
            with self._next.acquire(timeout=0):
                return False
        except Timeout:
            return True
