"""Reading beside running work: under the same lock, on a connection that can change nothing and reach nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from asset_pipeline.errors import LedgerBusyError, SetupError
from asset_pipeline.ledger.database import LOCK_TIMEOUT_S, Connection


@contextmanager
def read_only(path: Path) -> Iterator[Connection]:
    """Open the database for reading, for as long as the context lasts; writers wait that long.

    Raises:
        SetupError: There is no database yet.
        LedgerBusyError: Another process has kept the lock for too long.
    """
    if not path.is_file():
        raise SetupError(f"there is no ledger yet at {path}", fix="asset-pipeline sync makes it")
    try:
        with FileLock(f"{path}.lock", timeout=LOCK_TIMEOUT_S):
            connection = duckdb.connect(str(path), read_only=True)
            try:
                connection.execute("SET enable_external_access = false")
                yield connection
            finally:
                connection.close()
    except Timeout:
        raise LedgerBusyError(f"another process has kept {path} locked for {LOCK_TIMEOUT_S:.0f} s") from None
