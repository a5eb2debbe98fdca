"""Finds the files of an image by its key: only what the database names, and only inside the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from asset_pipeline.folders import FolderFile
from asset_pipeline.ledger import Connection
from asset_pipeline.paths import Paths

MEDIA_TYPES = {
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".svg": "image/svg+xml",
}
_DELIVERY = """
SELECT d.path, d.sha256, o.path, o.sha256 FROM store.deliveries d SEMI JOIN store.images i USING (image_key)
LEFT JOIN store.originals o ON o.content_key = d.content_key WHERE d.image_key = $1
"""


@dataclass(frozen=True)
class ShelfFile:
    """A file that may be shown.

    Args:
        file: Where it is.
        sha256: What it hashes to.
        media_type: What it is.
    """

    file: FolderFile
    sha256: str
    media_type: str


@dataclass(frozen=True)
class Shelf:
    """What there is of an image.

    Args:
        finished: The last finished file.
        original: What that was made of.
    """

    finished: ShelfFile | None
    original: ShelfFile | None

    @property
    def shown(self) -> ShelfFile | None:
        """What a small picture is made of: a rejected image may have nothing but its original."""
        return self.finished or self.original


def read_shelf(connection: Connection, paths: Paths, image_key: str, *, delivery_id: int | None = None) -> Shelf:
    """Return what there is of an image now, or of one of its earlier deliveries, whose finished file has given way."""
    if delivery_id is None:
        row = connection.execute(f"{_DELIVERY} ORDER BY d.delivery_id DESC LIMIT 1", [image_key]).fetchone()
    else:
        row = connection.execute(f"{_DELIVERY} AND d.delivery_id = $2", [image_key, delivery_id]).fetchone()
    if row is None:
        return Shelf(None, None)
    finished = _file(paths, row[0], row[1]) if delivery_id is None else None
    return Shelf(finished, _file(paths, row[2], row[3]))


def read_rendition(connection: Connection, paths: Paths, image_key: str, number: int) -> ShelfFile | None:
    """Return one of the further files of an image, counted from 1 in the order of their names."""
    row = connection.execute(
        "SELECT r.path, r.sha256 FROM store.renditions r SEMI JOIN store.images i USING (image_key)"
        " WHERE r.image_key = $1 ORDER BY r.path LIMIT 1 OFFSET $2",
        [image_key, max(0, number - 1)],
    ).fetchone()
    return _file(paths, row[0], row[1]) if row and number >= 1 else None


def _file(paths: Paths, stored: str | None, sha256: str | None) -> ShelfFile | None:
    """Return a file that the database names; None where it is gone, is no picture, or would lie elsewhere."""
    if stored is None or sha256 is None:
        return None
    file = paths.find_file(stored) or paths.find_file(f"{paths.stored(paths.rejected)}/{stored}")
    media_type = MEDIA_TYPES.get(PurePosixPath(stored).suffix.lower())
    return ShelfFile(file, sha256, media_type) if file and media_type else None
