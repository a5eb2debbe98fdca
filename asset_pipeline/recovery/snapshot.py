"""A copy of the ledger as it is between two transactions, and what such a copy holds. Writers wait for the copying."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from asset_pipeline.errors import LedgerFileError, SetupError
from asset_pipeline.ledger import migrations
from asset_pipeline.ledger.copying import copy_closed
from asset_pipeline.ledger.opening import check_whole, connect, disk_error, explain, patiently
from asset_pipeline.ledger.turn import LOCK_TIMEOUT_S, Turn
from asset_pipeline.ledger.upgrade import tables, upgrade


@dataclass(frozen=True)
class Contents:
    """What a database file holds; every row of it has been read.

    Args:
        version: The last step of its history.
        rows: Rows by table.
        spent_usd: What has been spent, by mode.
        held_usd: What is held, by mode.
        last_entry_at: When money last moved; None where it never did.
    """

    version: int
    rows: dict[str, int]
    spent_usd: dict[str, Decimal]
    held_usd: dict[str, Decimal]
    last_entry_at: str | None


def take_snapshot(path: Path, target: Path, *, now: datetime) -> None:
    """Copy the ledger between two transactions, whoever works with it; an older one is brought up to date first.

    Args:
        path: The ledger's file.
        target: The copy; what is there gives way.
        now: The time, UTC.

    Raises:
        SetupError: There is no ledger yet.
        LedgerError: The file cannot be used, or the copy not be written.
    """
    if not path.exists():
        raise SetupError(f"there is no ledger yet at {path}", fix="asset-pipeline sync makes it")
    with Turn(path).taken():
        patiently(path, LOCK_TIMEOUT_S, lambda: settle(path, now=now))
        try:
            copy_closed(path, target)
        except OSError as error:
            raise disk_error(error, target) from error


def settle(path: Path, *, now: datetime) -> None:
    """See that a file is up to date, and that all of it is in that one file; the caller has its turn."""
    upgrade(path, now=now)
    with contextlib.closing(connect(path)) as connection:
        connection.execute("CHECKPOINT")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a copy for reading; nobody else works with it.

    Raises:
        LedgerError: It cannot be used; the error says why.
    """
    connection = patiently(path, 0, lambda: connect(path, read_only=True))
    try:
        yield connection
    finally:
        connection.close()


def read_contents(path: Path) -> Contents:
    """Read every row of a copy.

    Raises:
        LedgerFileError: It is damaged, or not a ledger of ours.
        LedgerNewerError: A newer version of the program has written it.
    """
    with opened(path) as connection:
        try:
            check_whole(connection, path)
            has = migrations.recorded(connection)
            if not has:
                raise LedgerFileError(f"{path} holds no ledger", fix="name a file that `asset-pipeline backup` wrote")
            migrations.missing(has)
            rows = {name: _read_all(connection, name) for name in tables(connection)}
            sums = connection.execute(
                "SELECT mode, spent_usd, held_usd FROM store.balances WHERE scope = 'total' ORDER BY mode"
            ).fetchall()
            last = connection.execute("SELECT max(created_at)::VARCHAR FROM store.entries").fetchone()
        except duckdb.Error as error:
            raise explain(error, path) from error
    return Contents(
        version=max(has),
        rows=rows,
        spent_usd={mode: spent for mode, spent, _ in sums},
        held_usd={mode: held for mode, _, held in sums},
        last_entry_at=last[0] if last else None,
    )


def _read_all(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Read every value of a table, which checks the checksum of every block of it, and return its rows."""
    row = connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM store.{table} t").fetchone()  # noqa: S608 - our own
    return int(row[0]) if row else 0
