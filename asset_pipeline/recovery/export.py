"""Writes all of a ledger as JSON and Parquet, so that the same ledger gives the same bytes wherever and whenever.

`manifest.json` has the version, and rows, columns and hashes of every table; `images.json` every image that has a file,
with path, hash, size, format, cost and calls; `tables/` each table in both forms.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from asset_pipeline.errors import BackupError
from asset_pipeline.ledger.opening import disk_error, quoted
from asset_pipeline.ledger.upgrade import tables
from asset_pipeline.paths import Paths
from asset_pipeline.recovery.leftovers import remove_leftovers
from asset_pipeline.recovery.snapshot import opened, take_snapshot

FORMAT = 1
_HALF = ".asset-pipeline-export-"
MANIFEST, IMAGES, TABLES = "manifest.json", "images.json", "tables"
HISTORY = "migrations"

# In JSON these are text: whoever reads a number as a float loses digits, and not every float is a number of JSON.
_AS_TEXT = ("DECIMAL", "DOUBLE", "FLOAT")
_PARQUET = "FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, ROW_GROUP_SIZE 100000"
_IMAGES = """
WITH latest AS (
    SELECT * FROM store.deliveries QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1
), money AS (
    SELECT image_key, sum(cost_usd) AS cost_usd, list(call_id ORDER BY call_id) AS call_ids FROM main.calls GROUP BY 1
)
SELECT i.image_key, i.collection, i.type, i.slug, i.title, i.state,
    d.path, d.sha256, d.bytes, i.width, i.height, i.format,
    i.model, d.content_key, o.path AS original_path, o.sha256 AS original_sha256,
    coalesce(m.cost_usd, 0)::DECIMAL(18,9)::VARCHAR AS cost_usd, coalesce(m.call_ids, []) AS call_ids
FROM main.images i JOIN latest d USING (image_key) LEFT JOIN store.originals o ON o.content_key = d.content_key
LEFT JOIN money m USING (image_key) ORDER BY i.image_key
"""


@dataclass(frozen=True)
class Export:
    """What was written.

    Args:
        folder: Where.
        rows: Rows by table.
        images: How many images are listed.
    """

    folder: Path
    rows: dict[str, int]
    images: int


def export(paths: Paths, folder: Path, *, now: datetime) -> Export:
    """Write the ledger as it is between two transactions; the folder appears whole or not at all.

    Args:
        paths: The project.
        folder: Where; it must not be there, be empty, or hold an earlier export, which gives way.
        now: The time, UTC; it is not part of what is written.

    Raises:
        BackupError: The folder holds something else.
        SetupError: There is no ledger.
        LedgerError: The ledger or the disk cannot be used.
    """
    _check_place(folder)
    given, folder = folder, folder.resolve()  # a path such as `.` has no name
    part = folder.with_name(f"{_HALF}{os.getpid()}-{folder.name}")
    remove_leftovers(folder.parent, _HALF)
    snapshot = part / "snapshot.duckdb"
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / TABLES).mkdir(parents=True)
        take_snapshot(paths.database, snapshot, now=now)
        with opened(snapshot) as connection:
            rows, images = _write(connection, part)
        snapshot.unlink()
        if folder.exists():
            earlier = folder.with_name(f"{_HALF}{os.getpid()}-earlier-{folder.name}")
            folder.rename(earlier)
            part.rename(folder)
            shutil.rmtree(earlier)
        else:
            part.rename(folder)
    except (OSError, duckdb.IOException) as error:
        raise disk_error(error, given) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Export(given, rows, images)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an export.

    Raises:
        BackupError: The folder holds none.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise BackupError(
            f"{folder} holds no export: {error}", fix="name a folder that `asset-pipeline export` wrote"
        ) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupError(f"{folder / MANIFEST} is not of an export that this program reads", fix="export it again")
    return manifest


def table_files(manifest: dict[str, Any]) -> dict[str, str]:
    """Return the hash of each file of a table that a manifest tells of, by its path in the export."""
    return {
        f"{TABLES}/{name}.{kind}": told[kind]
        for name, told in manifest["tables"].items()
        for kind in ("json", "parquet")
    }


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_place(folder: Path) -> None:
    """Refuse a place that holds anything but an earlier export."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise BackupError(f"{folder} is there and is no folder", fix="name a new folder")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    if not found:
        return
    fix = "name a new folder, or empty this one"
    try:
        ours = {MANIFEST, IMAGES, TABLES, *table_files(read_manifest(folder))}
    except (BackupError, KeyError, TypeError):
        raise BackupError(f"{folder} holds files, and no export", fix=fix) from None
    if not found <= ours:
        raise BackupError(f"{folder} holds more than an export: {sorted(found - ours)[0]}", fix=fix)


def _write(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[dict[str, int], int]:
    """Write everything, the manifest last; return rows by table and the number of images."""
    told: dict[str, Any] = {}
    for name in sorted([*tables(connection), HISTORY]):
        told[name] = _table(connection, name, folder / TABLES)
    _copy(connection, _IMAGES, folder / IMAGES, "FORMAT json, ARRAY true")
    images = connection.execute(f"SELECT count(*) FROM ({_IMAGES})").fetchone() or (0,)  # noqa: S608 - our own query
    sequences = connection.execute(
        "SELECT sequence_name, last_value FROM duckdb_sequences() WHERE schema_name = 'store' ORDER BY sequence_name"
    ).fetchall()
    steps = connection.execute("SELECT version, name FROM store.migrations ORDER BY version").fetchall()
    manifest = {
        "format": FORMAT,
        "steps": [list(row) for row in steps],
        "tables": told,
        "sequences": {name: last or 0 for name, last in sequences},
        "images": {"count": images[0], "sha256": hash_of(folder / IMAGES)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return {name: one["rows"] for name, one in told.items() if name != HISTORY}, images[0]


def _table(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, Any]:
    columns = connection.execute(f"DESCRIBE store.{name}").fetchall()
    kinds = {column: kind for column, kind, *_ in columns}
    plain = ", ".join(
        f'"{column}"::VARCHAR AS "{column}"' if kind.startswith(_AS_TEXT) else f'"{column}"'
        for column, kind in kinds.items()
    )
    ordered = f"(SELECT * FROM store.{name} ORDER BY ALL)"  # noqa: S608 - our own table
    _copy(connection, f"SELECT {plain} FROM {ordered}", folder / f"{name}.json", "FORMAT json, ARRAY true")  # noqa: S608
    _copy(connection, f"FROM {ordered}", folder / f"{name}.parquet", _PARQUET)
    rows = connection.execute(f"SELECT count(*) FROM store.{name}").fetchone() or (0,)  # noqa: S608 - our own table
    return {
        "rows": rows[0],
        "columns": kinds,
        "json": hash_of(folder / f"{name}.json"),
        "parquet": hash_of(folder / f"{name}.parquet"),
    }


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path, options: str) -> None:
    connection.execute(f"COPY ({query}) TO '{quoted(target)}' ({options})")
