"""Backups: the ledger's file, a list of the files that belong to it, and on request these files too."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from asset_pipeline.errors import BackupError, PathError
from asset_pipeline.folders import Folder, FolderFile, check_name
from asset_pipeline.images.files import StoredFile
from asset_pipeline.ledger.copying import put_in_place
from asset_pipeline.ledger.opening import disk_error
from asset_pipeline.ledger.upgrade import BACKUP_TIME
from asset_pipeline.paths import Paths
from asset_pipeline.recovery.kept_files import copy_kept, read_kept
from asset_pipeline.recovery.leftovers import remove_leftovers
from asset_pipeline.recovery.snapshot import Contents, read_contents, take_snapshot

_NIGHTLY = re.compile(r"nightly-v\d{4,}-\d{8}T\d{6}\.\d{6}Z\.duckdb")


@dataclass(frozen=True)
class Backup:
    """A backup that has been written and read again.

    Args:
        path: The copy of the ledger.
        contents: What it holds.
        files: The files that belong to it.
        not_copied: Those of them that were to be copied and are not as the ledger knows them.
    """

    path: Path
    contents: Contents
    files: tuple[StoredFile, ...]
    not_copied: tuple[StoredFile, ...] = ()


def make_backup(
    paths: Paths, target: Path | None = None, *, now: datetime, with_files: bool = False, name: str = "backup"
) -> Backup:
    """Write a backup, beside whatever goes on, and read all of it again.

    Args:
        paths: The project.
        target: The file to write, or a folder; among the project's backups if left out.
        now: The time, UTC.
        with_files: Also copy originals and finished files, into a folder beside it.
        name: What its name begins with where none is given.

    Raises:
        BackupError: The file is there already.
        PathError: Its name can be no file's everywhere.
        SetupError: There is no ledger.
        LedgerError: The ledger or the disk cannot be used.
    """
    folder = target if target and target.is_dir() else target.parent if target else paths.database_backups
    if target and target.exists() and not target.is_dir():
        raise BackupError(f"{target} is there already", fix="name another file; backups are never overwritten")
    if target:
        check_name(target.name)
    part = folder / f".{os.getpid()}-{name}.part"
    remove_leftovers(paths.database_backups, ".", ".part")
    try:
        take_snapshot(paths.database, part, now=now)
        contents = read_contents(part)
        if target is None or target.is_dir():
            target = folder / f"{name}-v{contents.version:04}-{now.strftime(BACKUP_TIME)}.duckdb"
        put_in_place(part, target)
    finally:
        with contextlib.suppress(OSError):  # what is not even a folder cannot hold it
            part.unlink(missing_ok=True)
    files = read_kept(target)
    backup = Backup(target, contents, files)
    try:
        if with_files:
            backup = Backup(target, contents, files, copy_kept(paths, files, files_of(target)))
        FolderFile(Folder(target.parent), list_of(target).name).write(_listed(backup, now))
    except PathError:
        raise
    except OSError as error:
        raise disk_error(error, target) from error
    return backup


def list_of(backup: Path) -> Path:
    """Return where the list of a backup's files lies."""
    return backup.with_name(f"{backup.name}.json")


def files_of(backup: Path) -> Path:
    """Return the folder of files beside a backup."""
    return backup.with_name(f"{backup.name}.files")


def _listed(backup: Backup, now: datetime) -> bytes:
    contents = backup.contents
    told = {
        "made_at": f"{now.isoformat(timespec='seconds')}Z",
        "version": contents.version,
        "rows": contents.rows,
        "spent_usd": {mode: str(amount) for mode, amount in contents.spent_usd.items()},
        "held_usd": {mode: str(amount) for mode, amount in contents.held_usd.items()},
        "last_entry_at": contents.last_entry_at,
        "files": [asdict(one) for one in backup.files],
    }
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def nightly_backup(paths: Paths, *, now: datetime, keep: int) -> tuple[Backup, list[Path]]:
    """Write tonight's backup, and remove the oldest of its kind beyond those to keep.

    Returns:
        The backup, and what was removed; nothing else in the folder is ever touched.
    """
    backup = make_backup(paths, now=now, name="nightly")
    ours = sorted(
        (one for one in paths.database_backups.iterdir() if _NIGHTLY.fullmatch(one.name) and one != backup.path),
        key=lambda one: one.name.rpartition("-")[2],
    )
    surplus = [one for one in ours[: max(0, len(ours) + 1 - keep)] if one.is_file() and not one.is_symlink()]
    for one in surplus:
        one.unlink()
        list_of(one).unlink(missing_ok=True)
        shutil.rmtree(files_of(one), ignore_errors=True)
    return backup, surplus
