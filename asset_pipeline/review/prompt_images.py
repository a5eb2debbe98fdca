"""Reads which images a prompt file can be tried on, and which approvals end when it changes."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.ledger import Connection
from asset_pipeline.prompts.pages import SUFFIX
from asset_pipeline.prompts.tones import TONES_FILE
from asset_pipeline.specs import ImageType, WantedImage
from asset_pipeline.specs.takes import with_takes

MOST_KEYS = 500


@dataclass(frozen=True)
class Concerned:
    """What a prompt file concerns.

    Args:
        keys: Keys of images that it can be tried on, the first five hundred.
        image: The one that was asked for; the first one where none was, or where there is none of that key.
        approved: Collections with an approval that ends when the file changes.
        collections: All collections that have images.
    """

    keys: tuple[str, ...]
    image: WantedImage | None
    approved: tuple[str, ...]
    collections: tuple[str, ...]


def read_concerned(connection: Connection, *, mode: str, name: str, key: str | None) -> Concerned:
    """Return what a file concerns.

    Args:
        connection: In its transaction.
        mode: Whose approvals.
        name: Of the file.
        key: The image that it is tried on.
    """
    collection, _, base = name.rpartition("/")
    stem = base.removesuffix(SUFFIX)
    # Parts that others import, and the files of rules, concern images of all types.
    kind = stem if base.endswith(SUFFIX) and not stem.startswith("_") else ""
    rows = connection.execute(
        "SELECT image_key FROM store.images WHERE retired_at IS NULL AND ($1 = '' OR collection = $1)"
        " AND ($2 = '' OR split_part(image_key, '.', 2) = $2) ORDER BY collection, position LIMIT $3",
        [collection, kind, MOST_KEYS],
    ).fetchall()
    keys = tuple(key for (key,) in rows)
    approved = connection.execute(
        "SELECT collection FROM store.approvals WHERE mode = $1 AND ended_at IS NULL AND ($2 = '' OR collection = $2)"
        " ORDER BY collection",
        [mode, collection],
    ).fetchall()
    known = connection.execute(
        "SELECT DISTINCT collection FROM store.images WHERE retired_at IS NULL ORDER BY 1"
    ).fetchall()
    return Concerned(
        keys=keys,
        image=_wanted(connection, key) or (_wanted(connection, _telling(name, keys)) if keys else None),
        approved=tuple(one for (one,) in approved),
        collections=tuple(one for (one,) in known),
    )


def _telling(name: str, keys: tuple[str, ...]) -> str:
    """Return the key of an image that shows most of what a file does; of a texture's prompt, a tone says nothing."""
    covers = (key for key in keys if key.split(".")[1] == ImageType.COVERS)
    return next(covers, keys[0]) if name == TONES_FILE else keys[0]


def _wanted(connection: Connection, key: str | None) -> WantedImage | None:
    row = connection.execute(
        "SELECT wanted FROM store.images WHERE retired_at IS NULL AND image_key = $1", [key]
    ).fetchone()
    if row is None:
        return None
    (image,) = with_takes(connection, [WantedImage.model_validate_json(row[0])])
    return image
