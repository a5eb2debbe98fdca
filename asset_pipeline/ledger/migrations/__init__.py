"""The database's history: numbered SQL files, each applied once, together with its record, under the lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import resources
from typing import Any, Protocol

from asset_pipeline.errors import LedgerNewerError


def steps() -> Iterator[tuple[int, str, str]]:
    """Yield version, name and SQL of each step, oldest first."""
    files = [file for file in resources.files(__name__).iterdir() if file.name.endswith(".sql")]
    for file in sorted(files, key=lambda file: file.name):
        version, _, name = file.name.removesuffix(".sql").partition("_")
        yield int(version), name, file.read_text(encoding="utf-8")


class Executes(Protocol):
    """A connection, as far as migrations need one."""

    def execute(self, sql: str, values: Sequence[Any] | None = None) -> Any:  # noqa: ANN401 - DuckDB's own result
        """Run SQL."""


def migrate(connection: Executes, *, now: datetime) -> list[int]:
    """Bring the database up to this program's version.

    Args:
        connection: Open on the file, under the lock, outside a transaction.
        now: Time that is recorded, UTC.

    Returns:
        The versions that were applied; none where the file is up to date.

    Raises:
        LedgerNewerError: A newer version of the program has written the file.
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS store")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS store.migrations"
        " (version INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)"
    )
    row = connection.execute("SELECT max(version) FROM store.migrations").fetchone()
    current = (row[0] if row else None) or 0
    available = list(steps())
    if current > available[-1][0]:
        raise LedgerNewerError(
            f"the ledger has version {current}, this program knows up to {available[-1][0]}",
            fix="install the version of asset-pipeline that wrote it, or a newer one",
        )
    applied = []
    for version, name, sql in available:
        if version <= current:
            continue
        connection.execute("BEGIN")
        connection.execute(sql)
        connection.execute("INSERT INTO store.migrations VALUES (?, ?, ?)", [version, name, now])
        connection.execute("COMMIT")
        applied.append(version)
    return applied
