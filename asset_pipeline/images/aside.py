"""Keeps the files of rejected images out of what is delivered, without losing them."""

from __future__ import annotations

from collections.abc import Iterable

from asset_pipeline.folders import FolderFile
from asset_pipeline.ledger import Connection
from asset_pipeline.paths import Paths


def set_aside(paths: Paths, files: Iterable[str]) -> None:
    """Move finished files out of the folder of images; one that is not there is left at that.

    Args:
        paths: The places of the project.
        files: Relative to the data directory.
    """
    for file in files:
        here = paths.file(file)
        if here.is_file():
            here.move(_aside(paths, file))


def put_back(paths: Paths, files: Iterable[str]) -> bool:
    """Move files back, and say whether all of them are in their places now."""
    wanted = list(files)
    for file in wanted:
        here, there = paths.file(file), _aside(paths, file)
        if there.is_file() and not here.is_file():
            there.move(here)
    return bool(wanted) and all(paths.file(file).is_file() for file in wanted)


def rejected_files(connection: Connection) -> list[str]:
    """Return the files that must not be delivered: those of rejected images that no other image has now."""
    rows = connection.execute(
        "WITH rejected AS (SELECT image_key FROM store.images WHERE state = 'rejected')"
        " SELECT path FROM (SELECT path FROM store.deliveries SEMI JOIN rejected USING (image_key)"
        "  QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1)"
        " UNION SELECT path FROM store.renditions SEMI JOIN rejected USING (image_key)"
    ).fetchall()
    return [path for (path,) in rows]


def _aside(paths: Paths, file: str) -> FolderFile:
    return FolderFile(paths.folder(paths.rejected), file)
