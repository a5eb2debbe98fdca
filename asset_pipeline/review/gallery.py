"""Reads what a contact sheet shows: every wanted image of a collection with its file, its state and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from asset_pipeline.errors import SetupError
from asset_pipeline.folders import FolderFile
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.paths import Paths
from asset_pipeline.specs.wanted import ImageType

_PICTURES = """
WITH latest AS (
    SELECT image_key, prompt_key FROM store.deliveries
    QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1
), doubts AS (
    SELECT image_key, list(text ORDER BY name) AS texts FROM main.checks WHERE NOT passed GROUP BY image_key
)
SELECT i.image_key, i.type, i.title, i.state, i.reason, i.width, i.height, i.format, i.model, i.cost_usd,
    (SELECT max(score) FROM store.candidates c WHERE c.content_key = l.prompt_key AND c.won) AS score,
    coalesce(d.texts, []) AS texts, CASE WHEN i.state = 'done' THEN i.path END AS path
FROM main.images i LEFT JOIN latest l USING (image_key) LEFT JOIN doubts d USING (image_key)
WHERE i.collection = $1 AND i.retired_at IS NULL ORDER BY i.position
"""


@dataclass(frozen=True)
class Picture:
    """One image on the sheet.

    Args:
        key: Its key.
        type: Its type.
        title: What it stands for.
        state: `done`, `missing`, `failed` or `held`.
        reason: Why it is failed or held.
        width: Pixels of the finished file.
        height: Pixels of the finished file.
        format: Of the finished file.
        model: Who made it.
        cost_usd: What it cost, all calls included.
        score: What the judge gave its prompt, 0 to 10; None where nobody judged.
        doubts: What checks found wrong with it, a sentence each.
        file: The finished file; None where there is none.
    """

    key: str
    type: str
    title: str
    state: str
    reason: str | None
    width: int
    height: int
    format: str
    model: str
    cost_usd: Decimal
    score: Decimal | None
    doubts: tuple[str, ...]
    file: FolderFile | None


@dataclass(frozen=True)
class Gallery:
    """One collection, as it stands.

    Args:
        collection: Its name.
        title: For people.
        pictures: All wanted images, by type and in the spec's order.
    """

    collection: str
    title: str
    pictures: tuple[Picture, ...]

    @property
    def cost_usd(self) -> Decimal:
        """What its images have cost."""
        return sum((picture.cost_usd for picture in self.pictures), Decimal(0))

    @property
    def done(self) -> int:
        """How many images are finished."""
        return sum(picture.file is not None for picture in self.pictures)

    @property
    def doubtful(self) -> int:
        """How many finished images did not pass all checks."""
        return sum(bool(picture.doubts) and picture.file is not None for picture in self.pictures)

    def by_type(self) -> list[tuple[str, list[Picture]]]:
        """Return the pictures of each type, types in their usual order."""
        order = [str(kind) for kind in ImageType]
        ordered = sorted(self.pictures, key=lambda picture: order.index(picture.type))
        return [(kind, list(group)) for kind, group in groupby(ordered, key=lambda picture: picture.type)]


def read_gallery(database: Database, paths: Paths, collection: str) -> Gallery:
    """Return a collection as it stands.

    Raises:
        SetupError: There is no such collection.
    """

    def read(connection: Connection) -> Gallery | None:
        head = connection.execute("SELECT title FROM store.collections WHERE collection = $1", [collection]).fetchone()
        rows = connection.execute(
            _PICTURES,
            [collection],
        ).fetchall()
        return Gallery(collection, head[0], tuple(_picture(paths, row) for row in rows)) if head else None

    gallery = database.run(read)
    if gallery is None:
        raise SetupError(f"there is no collection {collection!r}", fix="asset-pipeline status lists them")
    return gallery


def _picture(paths: Paths, row: Sequence[Any]) -> Picture:
    *facts, doubts, stored = row
    values = (*facts, tuple(doubts), paths.find_file(stored))
    fields = zip(Picture.__dataclass_fields__, values, strict=True)
    return Picture(**dict(fields))
