"""The database's history: numbered SQL files, each applied once, together with its record, under the lock.

Which steps a file has is what its records say, not the highest of them: branches of the history have met in files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from importlib import resources
from typing import Any, Protocol, TypeAlias

import duckdb

from asset_pipeline.errors import LedgerFileError, LedgerNewerError

# Version, name and SQL.
Migration: TypeAlias = tuple[int, str, str]


def steps() -> Iterator[Migration]:
    """Yield version, name and SQL of each step, oldest first."""
    files = [file for file in resources.files(__name__).iterdir() if file.name.endswith(".sql")]
    for file in sorted(files, key=lambda file: file.name):
        version, _, name = file.name.removesuffix(".sql").partition("_")
        yield int(version), name, file.read_text(encoding="utf-8")


class Executes(Protocol):
    """A connection, as far as migrations need one."""

    def execute(self, sql: str, values: Sequence[Any] | None = None) -> Any:  # noqa: ANN401 - DuckDB's own result
        """Run SQL."""


def recorded(connection: Executes) -> dict[int, str]:
    """Return the steps that a file has, by version; none where it is new. Writes nothing.

    Raises:
        LedgerFileError: It holds tables, and they are not ours.
    """
    with contextlib.suppress(duckdb.CatalogException):  # asked first: to list the tables takes ten times as long
        return dict(connection.execute("SELECT version, name FROM store.migrations ORDER BY version").fetchall())
    tables = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() ORDER BY schema_name, table_name"
    ).fetchall()
    if tables:
        names = ", ".join(f"{schema}.{name}" for schema, name in tables[:3])
        raise LedgerFileError(
            f"the file is another program's DuckDB database: it holds {names}",
            fix="nothing was changed; move it away, or let data_dir name another folder",
        )
    return {}


def missing(has: dict[int, str]) -> list[Migration]:
    """Return the steps that a file lacks, oldest first.

    Args:
        has: What is recorded in it.

    Raises:
        LedgerNewerError: A newer version of the program has written it.
        LedgerFileError: A recorded step is another one than ours of its number.
    """
    ours = {version: name for version, name, _ in steps()}
    newest = max(has, default=0)
    if newest > max(ours):
        raise LedgerNewerError(
            f"the ledger has version {newest}, this program knows up to {max(ours)}",
            fix="install the version of asset-pipeline that wrote it, or a newer one",
        )
    for version, name in has.items():
        if ours.get(version) != name:
            raise LedgerFileError(
                f"step {version} of the ledger is {name!r}, and this program's is {ours.get(version)!r}",
                fix="nothing was changed; use the asset-pipeline that wrote it",
            )
    return [step for step in steps() if step[0] not in has]


def apply(connection: Executes, migrations: Iterable[Migration], *, now: datetime) -> None:
    """Apply steps, each with its record in one transaction.

    Args:
        connection: Open on the file, under the lock, outside a transaction.
        migrations: The steps.
        now: Time that is recorded, UTC.
    """
    for version, name, sql in migrations:
        connection.execute("BEGIN")
        connection.execute("CREATE SCHEMA IF NOT EXISTS store")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS store.migrations"
            " (version INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)"
        )
        connection.execute(sql)
        connection.execute("INSERT INTO store.migrations VALUES (?, ?, ?)", [version, name, now])
        connection.execute("COMMIT")
