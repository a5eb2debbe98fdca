"""Brings a database file up to this program's version, after a backup where it holds anything."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

import duckdb

from asset_pipeline.ledger import migrations
from asset_pipeline.ledger.copying import copy_closed
from asset_pipeline.ledger.migrations import Executes
from asset_pipeline.ledger.opening import check_whole, connect, disk_error
from asset_pipeline.paths import DATABASE_BACKUPS

BACKUP_TIME = "%Y%m%dT%H%M%S.%fZ"


def upgrade(path: Path, *, now: datetime, keep_old: bool = True) -> None:
    """Apply the steps that a file lacks; see `open_upgraded`, which leaves it open."""
    open_upgraded(path, now=now, keep_old=keep_old).close()


def open_upgraded(path: Path, *, now: datetime, keep_old: bool = True) -> duckdb.DuckDBPyConnection:
    """Open a file and apply the steps that it lacks; the caller has its turn, and has it closed.

    Args:
        path: The file; made if it is not there.
        now: Time that is recorded, UTC.
        keep_old: Back it up first, if it holds anything.

    Returns:
        The file, open. One that lacks nothing is opened once, as opening takes most of the time.

    Raises:
        LedgerNewerError: A newer version of the program has written the file.
        LedgerFileError: It is not ours.
        LedgerDiskError: There is no room for the backup; nothing was changed.
    """
    with contextlib.ExitStack() as until_failure:
        connection = until_failure.enter_context(contextlib.closing(connect(path)))
        check_whole(connection, path)
        has = migrations.recorded(connection)
        lacks = migrations.missing(has)
        if not lacks:
            until_failure.pop_all()
            return connection
        is_kept = keep_old and holds_rows(connection)
        if is_kept:
            connection.execute("CHECKPOINT")  # so that all of it is in the file that is copied
    if is_kept:
        try:
            name = f"pipeline-v{max(has):04}-{now.strftime(BACKUP_TIME)}.duckdb"
            copy_closed(path, path.parent / DATABASE_BACKUPS / name)
        except OSError as error:
            raise disk_error(error, path) from error
    with contextlib.closing(connect(path)) as connection:
        migrations.apply(connection, lacks, now=now)
    return connect(path)  # opened anew: what the steps wrote is in the file itself before anybody builds on it


def tables(connection: Executes) -> list[str]:
    """Return the names of all tables in `store`, in their order, but for those about the file: steps and identity."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'store'"
        " AND table_name NOT IN ('migrations', 'identity') AND database_name = current_database() ORDER BY table_name"
    ).fetchall()
    return [name for (name,) in rows]


def holds_rows(connection: Executes) -> bool:
    """Say whether a file holds anything."""
    return any(
        connection.execute(f"SELECT 1 FROM store.{name} LIMIT 1").fetchone()  # noqa: S608 - our own table
        for name in tables(connection)
    )
