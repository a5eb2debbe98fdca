"""Restores a backup: puts it in the ledger's place, with all the money that was moved since."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asset_pipeline.errors import BackupError, LedgerFileError
from asset_pipeline.ledger.copying import copy_closed
from asset_pipeline.ledger.identity import renew_ledger_id
from asset_pipeline.ledger.opening import connect
from asset_pipeline.ledger.upgrade import upgrade
from asset_pipeline.paths import Paths
from asset_pipeline.recovery.backup import files_of
from asset_pipeline.recovery.carry import Carried, carry_over
from asset_pipeline.recovery.kept_files import put_back, read_kept
from asset_pipeline.recovery.snapshot import Contents, read_contents, settle
from asset_pipeline.recovery.swap import put_in, staging


@dataclass(frozen=True)
class Restored:
    """What came of restoring.

    Args:
        contents: What the backup held.
        carried: What was carried over from the ledger that was there; None where none could be read.
        aside: Where that ledger is kept; None where there was none.
        files: How many files were put back.
    """

    contents: Contents
    carried: Carried | None
    aside: Path | None
    files: int


def restore(paths: Paths, backup: Path, *, now: datetime, forget_newer: bool = False) -> Restored:
    """Restore a backup.

    Args:
        paths: The project.
        backup: A file that `make_backup` wrote, or any copy of a ledger.
        now: The time, UTC.
        forget_newer: Go on where the ledger that is there cannot be read, so that nobody knows what it spent since.

    Raises:
        BackupError: There is no such file, or it is the ledger itself.
        LedgerInUseError: Somebody works with the ledger.
        LedgerFileError: The backup is damaged or no ledger; or the ledger that is there cannot be read.
        LedgerNewerError: A newer version of the program has written one of the two.
    """
    if not backup.is_file():
        raise BackupError(f"there is no file {backup}", fix=f"backups lie in {paths.database_backups}")
    if paths.database.exists() and backup.samefile(paths.database):
        raise BackupError(f"{backup} is the ledger itself", fix=f"name a backup; they lie in {paths.database_backups}")
    with staging(paths.database) as staged:
        _copy(backup, staged)
        try:
            contents = read_contents(staged)
        except LedgerFileError as error:
            raise LedgerFileError(
                error.what.replace(str(staged), str(backup)),
                fix=f"nothing was changed; name another backup: they lie in {paths.database_backups}",
            ) from error
        upgrade(staged, now=now, keep_old=False)
        carried = None
        if paths.database.exists():
            try:
                settle(paths.database, now=now)
                read_contents(paths.database)
                carried = carry_over(staged, paths.database, now=now)
            except LedgerFileError as error:
                if not forget_newer:
                    raise LedgerFileError(
                        f"the ledger that is there cannot be read, and what it has paid since"
                        f" {contents.last_entry_at or 'the backup'} would be forgotten: {error.what}",
                        fix="look for that at the providers; then restore with --forget-newer, and lower the limit by"
                        " it: asset-pipeline budget set total USD",
                    ) from error
        with contextlib.closing(connect(staged)) as connection:
            renew_ledger_id(connection)
        settle(staged, now=now)
        aside = put_in(staged, paths.database, now=now)
    files = files_of(backup)
    return Restored(
        contents, carried, aside, put_back(paths, read_kept(paths.database), files) if files.is_dir() else 0
    )


def _copy(backup: Path, staged: Path) -> None:
    """Copy a backup, and the log that belongs to it where it is a copy of a ledger that was killed."""
    copy_closed(backup, staged)
    log = Path(f"{backup}.wal")
    if log.is_file():
        copy_closed(log, Path(f"{staged}.wal"))
