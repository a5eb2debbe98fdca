"""A ledger of any version of its history with rows in every table, whose sums agree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from asset_pipeline.ledger import migrations
from asset_pipeline.ledger.opening import connect
from asset_pipeline.ledger.upgrade import tables
from asset_pipeline_tests.support.wanted import wanted

ROWS = 3
VERSIONS = [version for version, _, _ in migrations.steps()]
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001 - as the database keeps it
SLUGS = ("lantern", "compass", "anchor")
ODD = ("plain", "quotes \" and ' and \\ and ; and a\nline", "ünï ☃ \U0001f3e0 \u0000 null")
SCOPES = ["total", "sample", "collection:test"]
COSTS = (Decimal("0.030000001"), Decimal(0), Decimal(0))
HELD = (Decimal(0), Decimal(0), Decimal("0.040000000"))
# What cannot be any text, by column, or by table and column.
TOLD: dict[str, tuple[Any, ...]] = {
    "mode": ("sandbox",) * ROWS,
    "collection": ("test",) * ROWS,
    "collections.collection": ("test", "other", "third"),
    "controls.collection": ("test", "other", "third"),
    "approvals.collection": ("test", "other", "third"),
    "image_key": tuple(f"test.icons.{slug}" for slug in SLUGS),
    "wanted": tuple(wanted(slug=slug, title=slug.title()).model_dump_json() for slug in SLUGS),
    "call_id": ("call-0", "call-1", "call-2"),
    "judge_call_id": ("call-0",) * ROWS,
    "writer_call_id": ("call-1",) * ROWS,
    "content_key": ("content-0", "content-1", "content-2"),
    "provider": ("replicate", "openrouter", "replicate"),
    "usage_marks.provider": ("replicate", "openrouter", "other"),
    "kind": ("image", "writer", "image"),
    "stage": ("sample",) * ROWS,
    "calls.state": ("settled", "released", "held"),
    "entries.state": ("settled", "released", "held"),
    "images.state": ("done", "missing", "failed"),
    "controls.state": ("paused", "stopped", "paused"),
    "outcome": ("succeeded", None, None),
    "price": ('{"unit": "image", "usd": {"image": "0.04"}, "date": "2026-01-01", "source": "a test"}',) * ROWS,
    "request": ('{"input": {"prompt": "a"}}',) * ROWS,
    "scopes": (SCOPES,) * ROWS,
    "owner": ("nowhere:1",) * ROWS,
    "calls.cost_usd": (COSTS[0], None, None),
    "calls.worst_usd": (Decimal("0.040000000"),) * ROWS,
    "spent_change_usd": COSTS,
    "held_change_usd": HELD,
    "balances.scope": tuple(SCOPES),
    "balances.spent_usd": (sum(COSTS),) * ROWS,
    "balances.held_usd": (sum(HELD),) * ROWS,
    "limits.scope": ("total", "day", "sample"),
    "safety_margin": (Decimal("0.05"),) * ROWS,
    "scores": ('{"subject": "7", "craft": "8.25"}',) * ROWS,
    "path": tuple(f"images/test/icons/{slug}.png" for slug in SLUGS),
    "originals.path": tuple(f"originals/ab/{slug}.png" for slug in SLUGS),
    "basis": ("{}",) * ROWS,
    "details": ("{}", "{}", None),
    "left_out": ("[]", "[]", None),
    "writers": ("[]",) * ROWS,
    "decision": ("approve", "reject", "approve"),
    "bound": ("at most", "at least", "at most"),
    "policy": ("warn", "review", "rebuy"),
    "retired_at": (None,) * ROWS,
}


def make_old(path: Path, versions: Iterable[int], *, edits: dict[str, str] | None = None) -> None:
    """Make a ledger that has only some steps of the history, and fill it.

    Args:
        path: The file.
        versions: The steps.
        edits: Text of the steps that was another one then, by what it is now.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = [step for step in migrations.steps() if step[0] in set(versions)]
    for now, then in (edits or {}).items():
        assert any(now in sql for _, _, sql in steps)
        steps = [(version, name, sql.replace(now, then)) for version, name, sql in steps]
    with connect(path) as connection:
        migrations.apply(connection, steps, now=NOW)
        connection.execute("BEGIN")
        fill(connection)
        connection.execute("COMMIT")


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Put rows into every table; where a column may hold nothing, the last row holds nothing."""
    for table in tables(connection):
        columns = connection.execute(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns()"
            " WHERE schema_name = 'store' AND table_name = $1 AND column_default IS NULL ORDER BY column_index",
            [table],
        ).fetchall()
        for n in range(ROWS):
            row = [_value(table, name, kind, n, may_be_none=nullable) for name, kind, nullable in columns]
            names, marks = ", ".join(name for name, *_ in columns), ", ".join("?" for _ in columns)
            connection.execute(f"INSERT INTO store.{table} ({names}) VALUES ({marks})", row)


def kept(connection: duckdb.DuckDBPyConnection, columns: dict[str, list[str]] | None = None) -> dict[str, list[Any]]:
    """Return all rows by table: of these columns, or of all."""
    columns = columns or {table: ["*"] for table in [*tables(connection), "migrations"]}
    return {
        table: connection.execute(f"SELECT {', '.join(names)} FROM store.{table} ORDER BY ALL").fetchall()
        for table, names in columns.items()
    }


def columns_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the names of the columns of all tables."""
    return {
        table: [name for name, *_ in connection.execute(f"DESCRIBE store.{table}").fetchall()]
        for table in tables(connection)
    }


def _value(table: str, column: str, kind: str, n: int, *, may_be_none: bool) -> Any:
    for name in (f"{table}.{column}", column):
        if name in TOLD:
            return TOLD[name][n]
    if may_be_none and n == ROWS - 1:
        return None
    if kind == "VARCHAR":
        return f"{column} {n} {ODD[n]}"
    if kind == "VARCHAR[]":
        return [f"{column} {n}", "another"][: n + 1]
    if kind == "TIMESTAMP":
        return NOW + timedelta(days=n, microseconds=n)
    if kind == "BOOLEAN":
        return n % 2 == 0
    if kind.startswith("DECIMAL"):
        return Decimal(n + 1) + Decimal("0.1234")
    return {"DOUBLE": (0.1, 1e-300, -2.5)[n], "UBIGINT": (2**64 - 1, 0, 1)[n]}.get(kind, n + 1)
