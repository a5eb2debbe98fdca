"""Opens database files, and says of one that cannot be used what it is and what to do. Never changes such a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from asset_pipeline.errors import LedgerBusyError, LedgerDiskError, LedgerError, LedgerFileError
from asset_pipeline.paths import DATABASE_BACKUPS

Result = TypeVar("Result")

_RETRY_S = 0.02
# DuckDB would fetch an extension from the network for a file that looks like another program's.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
}
_DISK = ("no space left", "file too large", "quota exceeded", "read-only file system", "input/output error")
_DAMAGE = ("corrupt database file", "failure while replaying wal", "does not match the database file")
_RIGHTS = ("permission denied", "operation not permitted")
# What a statement of ours can cause on a file that is sound.
BUGS = (duckdb.ProgrammingError, duckdb.IntegrityError, duckdb.DataError)


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a file, making it unless it is only to be read; DuckDB's own errors are explained by `explain`."""
    return duckdb.connect(str(path), read_only=read_only, config=CONFIG)


def check_whole(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a file that has lost its end, which DuckDB finds out only where it reads it.

    Raises:
        LedgerFileError: It is shorter than it says.
    """
    row = connection.execute("SELECT block_size * used_blocks FROM pragma_database_size()").fetchone()
    used = row[0] if row else 0
    if path.stat().st_size < used:
        raise _unusable(path, f"it uses {used} bytes, and has {path.stat().st_size}")


def quoted(path: Path) -> str:
    """Return a path as it stands in a statement, between single quotes; paths cannot be given as values there."""
    return str(path).replace("'", "''")


def patiently(path: Path, timeout_s: float, act: Callable[[], Result]) -> Result:
    """Return what came of an act that opens a file; a foreign program that does not know our lock is waited for.

    Raises:
        LedgerBusyError: It has kept the file open for too long.
        LedgerError: The file cannot be used; the error says why.
    """
    give_up_at = time.monotonic() + timeout_s
    while True:
        try:
            return act()
        except BUGS:
            raise
        except duckdb.Error as error:
            if "could not set lock" not in str(error).lower():  # not just "lock": the path is in there too
                raise explain(error, path) from error
            if time.monotonic() > give_up_at:
                raise LedgerBusyError(
                    f"another program keeps {path} open: {error}",
                    fix="close it; `asset-pipeline sql` reads beside running work",
                ) from error
            time.sleep(_RETRY_S)


def explain(error: Exception, path: Path) -> LedgerError:
    """Return what is wrong with a file that could not be opened."""
    text = str(error).lower()
    if any(one in text for one in _DISK):
        return disk_error(error, path)
    if any(one in text for one in _RIGHTS):
        return LedgerFileError(f"{path} cannot be opened: {error}", fix="change its rights, or data_dir")
    return _unusable(path, str(error))


def translated(error: BaseException, path: Path) -> BaseException:
    """Return what broke a transaction, in our words where disk or file are to blame, and as it is otherwise."""
    if not isinstance(error, OSError | duckdb.Error):
        return error
    text = str(error).lower()
    if any(one in text for one in _DISK):
        return disk_error(error, path)
    return explain(error, path) if any(one in text for one in _DAMAGE) else error


def disk_error(error: Exception, path: Path) -> LedgerDiskError:
    """Return what to say where the disk takes nothing more."""
    return LedgerDiskError(
        f"the disk does not take what is written to {path}: {error}",
        fix="make room or make the disk writable, or move data_dir, and try again; what was begun is taken back",
    )


def _unusable(path: Path, why: str) -> LedgerFileError:
    return LedgerFileError(
        f"{path} {_kind(path)}: {why}",
        fix="nothing was changed; `asset-pipeline restore FILE` puts a backup in its place and keeps it aside"
        f" (backups lie in {path.parent / DATABASE_BACKUPS})",
    )


def _kind(path: Path) -> str:
    if path.is_dir():
        return "is a folder, and should be the ledger's file"
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return "cannot be read"
    if not head:
        return "is empty, and no DuckDB file"
    if head.startswith(b"SQLite format 3"):
        return "is an SQLite file, and no DuckDB file"
    return "is damaged" if head[8:12] == b"DUCK" else "is no DuckDB file"
