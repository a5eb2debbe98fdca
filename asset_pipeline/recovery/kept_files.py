"""The files that a ledger knows: originals, finished images and their renditions, each with its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from asset_pipeline.errors import BackupError, PathError
from asset_pipeline.folders import Folder, FolderFile, check_distinct, split_name
from asset_pipeline.images.files import StoredFile
from asset_pipeline.ledger.migrations import Executes
from asset_pipeline.paths import Paths
from asset_pipeline.recovery.snapshot import opened

_MADE_UP = "do not trust it: no export of ours is like that"
_KEPT = """
SELECT path, sha256, bytes FROM store.originals
UNION SELECT path, sha256, bytes FROM store.renditions
UNION SELECT path, sha256, bytes FROM (
    SELECT * FROM store.deliveries QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1
) ORDER BY path
"""


def read_kept(database: Path) -> tuple[StoredFile, ...]:
    """Return the files that a copy of the ledger knows, by path."""
    with opened(database) as connection:
        return tuple(StoredFile(*row) for row in connection.execute(_KEPT).fetchall())


def check_paths(connection: Executes) -> None:
    """Refuse stored paths that lead out of the data directory, and such as are one file on some disks.

    Raises:
        BackupError: Somebody has made them up.
    """
    rows = connection.execute(
        "SELECT path FROM store.originals UNION SELECT path FROM store.renditions"
        " UNION SELECT path FROM store.deliveries ORDER BY path"
    ).fetchall()
    paths = [path for (path,) in rows]
    for path in paths:
        try:
            split_name(path)
        except PathError as error:
            raise BackupError(f"a file of the export, {path!r}, leads out: {error.what}", fix=_MADE_UP) from None
    try:
        check_distinct(paths)
    except PathError as error:
        raise BackupError(f"two files of the export are one: {error.what}", fix=_MADE_UP) from None


def copy_kept(paths: Paths, files: Iterable[StoredFile], folder: Path) -> tuple[StoredFile, ...]:
    """Copy files from the data directory, and return those that are not there as the ledger knows them."""
    target = Folder(folder)
    return tuple(
        one for one in files if not any(_copy(one, FolderFile(target, one.path), at) for at in _at(paths, one))
    )


def put_back(paths: Paths, files: Iterable[StoredFile], folder: Path) -> int:
    """Put copied files back where there is none of their name, and return how many; nothing is overwritten."""
    source = Folder(folder)
    gone = [(one, at) for one in files if (at := _at(paths, one)) and not any(place.is_file() for place in at)]
    return sum(_copy(one, at[0], FolderFile(source, one.path)) for one, at in gone)


def _at(paths: Paths, one: StoredFile) -> tuple[FolderFile, ...]:
    """Return where a file may lie: where it was delivered, or with the rejected ones; nowhere under a stray name."""
    try:
        return paths.file(one.path), FolderFile(paths.folder(paths.rejected), one.path)
    except PathError:
        return ()


def _copy(one: StoredFile, target: FolderFile, source: FolderFile) -> bool:
    """Copy a file, and say whether it was there as it is known."""
    try:
        data = source.read()
    except OSError:
        return False
    if hashlib.sha256(data).hexdigest() != one.sha256:
        return False
    target.write(data)
    return True
