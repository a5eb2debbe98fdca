"""Puts another file in the ledger's place, while nobody works with it; what it replaces is kept aside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from asset_pipeline.ledger.copying import copy_closed, put_in_place
from asset_pipeline.ledger.opening import disk_error
from asset_pipeline.ledger.presence import Presence
from asset_pipeline.ledger.turn import Turn
from asset_pipeline.ledger.upgrade import BACKUP_TIME
from asset_pipeline.paths import DATABASE_BACKUPS
from asset_pipeline.recovery.leftovers import remove_leftovers

STAGED = ".staged.duckdb"


@contextmanager
def staging(database: Path) -> Iterator[Path]:
    """Keep everybody out of the ledger, and give a place for the file that is to replace it; it is removed at the end.

    Raises:
        LedgerInUseError: Somebody works with the ledger.
        LedgerDiskError: The disk does not take what is written.
    """
    staged = database.with_name(STAGED)
    with Presence(database).alone(), Turn(database).taken():
        _remove(staged)  # one that was killed may have left it
        remove_leftovers(database.parent, ".", ".part")
        try:
            yield staged
        except OSError as error:
            raise disk_error(error, staged) from error
        finally:
            _remove(staged)


def put_in(staged: Path, database: Path, *, now: datetime) -> Path | None:
    """Put a staged file, closed, in the ledger's place.

    A crash at any moment leaves the old ledger, the new one, or a new one that is refused because of the old one's log.

    Returns:
        Where the ledger that was there is kept; None where there was none.
    """
    aside = None
    log = Path(f"{database}.wal")
    if database.is_file():
        aside = database.parent / DATABASE_BACKUPS / f"replaced-{now.strftime(BACKUP_TIME)}.duckdb"
        copy_closed(database, aside)
        if log.exists():
            copy_closed(log, Path(f"{aside}.wal"))
    put_in_place(staged, database)
    log.unlink(missing_ok=True)
    return aside


def _remove(staged: Path) -> None:
    for path in (staged, Path(f"{staged}.wal")):
        path.unlink(missing_ok=True)
