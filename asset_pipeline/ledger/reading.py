"""Reading beside running work: under the same lock, on a connection that can change nothing and reach nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from asset_pipeline.errors import SetupError
from asset_pipeline.ledger.opening import check_whole, connect, patiently
from asset_pipeline.ledger.turn import LOCK_TIMEOUT_S, Turn


@contextmanager
def read_only(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database for reading, for as long as the context lasts; writers wait that long.

    Raises:
        SetupError: There is no database yet.
        LedgerBusyError: Another process has kept the lock for too long.
        LedgerFileError: The file cannot be used.
    """
    if not path.exists():
        raise SetupError(f"there is no ledger yet at {path}", fix="asset-pipeline sync makes it")
    with Turn(path).taken():
        connection = patiently(path, LOCK_TIMEOUT_S, lambda: connect(path, read_only=True))
        try:
            check_whole(connection, path)
            connection.execute("SET enable_external_access = false")
            yield connection
        finally:
            connection.close()
