"""Reads an export into a new ledger: all of it, or nothing."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from asset_pipeline.errors import BackupError
from asset_pipeline.ledger import migrations
from asset_pipeline.ledger.opening import connect, quoted
from asset_pipeline.ledger.upgrade import tables, upgrade
from asset_pipeline.paths import Paths
from asset_pipeline.recovery.export import HISTORY, IMAGES, TABLES, Export, hash_of, read_manifest, table_files
from asset_pipeline.recovery.kept_files import check_paths
from asset_pipeline.recovery.snapshot import read_contents, settle
from asset_pipeline.recovery.swap import put_in, staging

# A ledger that was only looked at has taken over the limits of the settings.
_MAY_HOLD = {"limits"}
_MOST_IDS = 50_000_000
_NAME = re.compile("[a-z_]+")
_AGAIN = "export it again; nothing was changed"


def load(paths: Paths, folder: Path, *, now: datetime) -> Export:
    """Make the ledger out of an export.

    Args:
        paths: The project; its ledger must be empty, or not there.
        folder: What `export` wrote.
        now: The time, UTC.

    Returns:
        What was read.

    Raises:
        BackupError: The folder holds no export, or one that was changed; or the ledger holds something.
        LedgerInUseError: Somebody works with the ledger.
        LedgerNewerError: A newer version of the program wrote the export.
    """
    manifest = read_manifest(folder)
    try:
        steps = {int(version): str(name) for version, name in manifest["steps"]}
        _check_files(folder, manifest)
        migrations.missing(steps)
        with staging(paths.database) as staged:
            _check_empty(paths, now)
            with contextlib.closing(connect(staged)) as connection:
                _fill(connection, folder, manifest, steps, now=now)
            upgrade(staged, now=now, keep_old=False)
            settle(staged, now=now)
            rows = read_contents(staged).rows
            put_in(staged, paths.database, now=now)
    except (KeyError, TypeError, ValueError, duckdb.Error) as error:
        raise BackupError(f"{folder} cannot be imported: {error!r}", fix=_AGAIN) from error
    return Export(folder, rows, manifest["images"]["count"])


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    """Refuse files that are not what was exported."""
    if not all(_NAME.fullmatch(name) for name in manifest["tables"]):
        raise BackupError(f"{folder} names tables that cannot be", fix=_AGAIN)
    expected = table_files(manifest)
    expected[IMAGES] = manifest["images"]["sha256"]
    for name, sha256 in expected.items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"{path} is gone", fix=_AGAIN)
        if hash_of(path) != sha256:
            raise BackupError(f"{path} is not what was exported", fix=_AGAIN)


def _check_empty(paths: Paths, now: datetime) -> None:
    if not paths.database.exists():
        return
    settle(paths.database, now=now)
    full = [name for name, count in read_contents(paths.database).rows.items() if count and name not in _MAY_HOLD]
    if full:
        raise BackupError(
            f"the ledger at {paths.database} is not empty: {', '.join(full[:3])} hold rows",
            fix="import into a new project, or move the ledger away",
        )


def _fill(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    manifest: dict[str, Any],
    steps: dict[int, str],
    *,
    now: datetime,
) -> None:
    """Make the tables as the export had them, and fill them, in one transaction."""
    migrations.apply(connection, [step for step in migrations.steps() if step[0] in steps], now=now)
    known = {*tables(connection), HISTORY}
    if set(manifest["tables"]) != known:
        raise BackupError(
            f"its tables are not those of its version: {', '.join(sorted(set(manifest['tables']) ^ known))}",
            fix=_AGAIN,
        )
    connection.execute("BEGIN")
    for name in sorted(known):
        source = quoted(folder / TABLES / f"{name}.parquet")
        how = "INSERT OR REPLACE INTO" if name == HISTORY else "INSERT INTO"
        connection.execute(f"{how} store.{name} BY NAME FROM read_parquet('{source}')")
    check_paths(connection)
    for name, last in connection.execute(
        "SELECT sequence_name, coalesce(last_value, 0) FROM duckdb_sequences() WHERE schema_name = 'store'"
    ).fetchall():
        wanted = int(manifest["sequences"][name])
        if wanted > _MOST_IDS:
            raise BackupError(f"the export counts {wanted} {name}, which cannot be", fix=_AGAIN)
        connection.execute(f"SELECT max(nextval('store.{name}')) FROM range({wanted - last})").fetchall()  # noqa: S608 - our own
    connection.execute("COMMIT")
