"""Who works with a database: many may at once, and nobody while its file is being replaced by another.

The turn is handed on between transactions; presence lasts as long as a process may remember anything of the file.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asset_pipeline.errors import LedgerBusyError, LedgerInUseError
from asset_pipeline.ledger.opening import explain

POLL_S = 0.05
REPLACE_TIMEOUT_S = 5.0


class Presence:
    """Those who work with a database file.

    Args:
        path: The database file.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(f"{path}.users")
        self._descriptor: int | None = None

    def enter(self, timeout_s: float) -> None:
        """Work with the file from now on, until `leave`; who is there already stays.

        Raises:
            LedgerBusyError: The file is being replaced, for longer than the timeout.
        """
        if self._descriptor is None:
            self._descriptor = self._lock(fcntl.LOCK_SH, timeout_s)
        if self._descriptor is None:
            raise LedgerBusyError(f"{self._path.stem} is being replaced by another process", fix="try again after it")

    def leave(self) -> None:
        """Work with it no longer."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody out for as long as the context lasts.

        Raises:
            LedgerInUseError: Somebody works with the file.
        """
        descriptor = self._lock(fcntl.LOCK_EX, REPLACE_TIMEOUT_S)
        if descriptor is None:
            raise LedgerInUseError(
                f"another process works with {self._path.stem}",
                fix="end runs, `make dev`, `review` and whatever else works with this project, and try again",
            )
        try:
            yield
        finally:
            os.close(descriptor)

    def _lock(self, kind: int, timeout_s: float) -> int | None:
        """Return a descriptor that holds the lock; None where it did not come in time."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise explain(error, self._path) from error
        give_up_at = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up_at:
                    os.close(descriptor)
                    return None
                time.sleep(POLL_S)
            except BaseException:
                os.close(descriptor)
                raise
            else:
                return descriptor
