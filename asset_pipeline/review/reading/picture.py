"""Reads all that the page of one image shows: its prompts and their judging, its money, checks and decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asset_pipeline.ledger import Connection
from asset_pipeline.lineage import Lineage, read_lineage
from asset_pipeline.prompts.store import Winner, read_winners
from asset_pipeline.review.reading.filters import Filters
from asset_pipeline.review.reading.statements import Outlook
from asset_pipeline.review.reading.wall import Tile, read_order, read_tiles


@dataclass(frozen=True)
class CheckLine:
    """What was measured of it, with the bound it was held against."""

    name: str
    value: float
    unit: str
    bound: str
    threshold: float
    passed: bool
    policy: str
    text: str


@dataclass(frozen=True)
class PastDecision:
    """A decision about it, taken back or not."""

    review_id: str
    decision: str
    note: str | None
    reviewer: str
    created_at: datetime
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True)
class PastDelivery:
    """A time that it was finished."""

    delivery_id: int
    created_at: datetime
    original_sha256: str | None
    bytes: int


@dataclass(frozen=True)
class FurtherFile:
    """A further file of it, by its number."""

    number: int
    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class PictureFacts:
    """All that is known of one image.

    Args:
        tile: As on the wall.
        collection: Its collection.
        wanted: What its spec wants, as it is kept.
        is_retired: Whether no spec wants it any more.
        competition: How the prompt of its last picture was found; None where there is none.
        may_pick: Whether another candidate of that can be picked.
        lineage: Its calls.
        checks: What was measured, failures first.
        decisions: Newest first.
        deliveries: Newest first.
        renditions: Its further files.
        original_sha256: Of what its last file was made of.
        variants: Keys of all images of the same thing, itself included.
        previous: Key of the image before it.
        following: Key of the image after it.
    """

    tile: Tile
    collection: str
    wanted: Mapping[str, Any]
    is_retired: bool
    competition: Winner | None
    may_pick: bool
    lineage: Lineage
    checks: tuple[CheckLine, ...]
    decisions: tuple[PastDecision, ...]
    deliveries: tuple[PastDelivery, ...]
    renditions: tuple[FurtherFile, ...]
    original_sha256: str | None
    variants: tuple[str, ...]
    previous: str | None
    following: str | None

    @property
    def criteria(self) -> tuple[str, ...]:
        """What the judge scored by, in its order."""
        names = [name for one in self.competition.candidates for name in one.scores] if self.competition else []
        return tuple(dict.fromkeys(names))


def read_picture(connection: Connection, image_key: str, filters: Filters, outlook: Outlook) -> PictureFacts | None:
    """Return what is known of an image; None where the catalog does not have it.

    Args:
        connection: The database.
        image_key: Which.
        filters: What it was found by, which says what comes before and after it.
        outlook: From where it is looked at.
    """
    head = connection.execute(
        "SELECT collection, wanted, retired_at IS NOT NULL FROM store.images WHERE image_key = $1", [image_key]
    ).fetchone()
    if head is None:
        return None
    collection, wanted, is_retired = head[0], json.loads(head[1]), bool(head[2])
    tile = next(iter(read_tiles(connection, collection, [image_key], outlook, with_retired=True)))
    competition, may_pick = _competition(connection, image_key)
    deliveries = _rows(
        connection,
        PastDelivery,
        "SELECT d.delivery_id, d.created_at, o.sha256, d.bytes FROM store.deliveries d"
        " LEFT JOIN store.originals o ON o.content_key = d.content_key WHERE d.image_key = $1"
        " QUALIFY row_number() OVER (PARTITION BY d.content_key ORDER BY d.delivery_id DESC) = 1"
        " ORDER BY 1 DESC LIMIT 50",
        image_key,
    )
    previous, following = _neighbours(tile, read_order(connection, collection, filters, outlook), filters)
    return PictureFacts(
        tile=tile,
        collection=collection,
        wanted=wanted,
        is_retired=is_retired,
        competition=competition,
        may_pick=may_pick,
        lineage=read_lineage(connection, [image_key])[0],
        checks=_rows(
            connection,
            CheckLine,
            "SELECT name, value, unit, bound, threshold, passed, policy, text FROM main.checks WHERE image_key = $1"
            " ORDER BY passed, policy = 'warn', name",
            image_key,
        ),
        decisions=_rows(
            connection,
            PastDecision,
            "SELECT review_id, decision, note, reviewer, created_at, undone_at, undone_by FROM main.reviews"
            " WHERE image_key = $1 ORDER BY created_at DESC, review_id DESC LIMIT 200",
            image_key,
        ),
        deliveries=deliveries,
        renditions=_rows(
            connection,
            FurtherFile,
            "SELECT row_number() OVER (ORDER BY path), split_part(path, '/', -1), sha256, bytes FROM store.renditions"
            " WHERE image_key = $1 ORDER BY path",
            image_key,
        ),
        original_sha256=deliveries[0].original_sha256 if deliveries else None,
        variants=read_variants(connection, image_key),
        previous=previous,
        following=following,
    )


def read_variants(connection: Connection, image_key: str) -> tuple[str, ...]:
    """Return the keys of all images of the same thing, in the spec's order; at least itself, where it is wanted."""
    rows = connection.execute(
        "WITH named AS (SELECT image_key, collection, position, wanted->>'$.type' AS type, wanted->>'$.title' AS title,"
        "  CASE WHEN (wanted->>'$.variant')::INTEGER > 1 THEN regexp_replace(wanted->>'$.slug', '-[0-9]+$', '')"
        "   ELSE wanted->>'$.slug' END AS stem"
        "  FROM store.images WHERE retired_at IS NULL AND collection = split_part($1, '.', 1))"
        " SELECT o.image_key FROM named o JOIN named s USING (type, title, stem) WHERE s.image_key = $1"
        " ORDER BY o.position",
        [image_key],
    ).fetchall()
    return tuple(key for (key,) in rows)


def _competition(connection: Connection, image_key: str) -> tuple[Winner | None, bool]:
    """Return the competition of the last picture, or the last one at all, and whether its candidates can be picked."""
    rows = connection.execute(
        "SELECT prompt_key, true FROM (SELECT prompt_key FROM store.deliveries WHERE image_key = $1"
        "  ORDER BY delivery_id DESC LIMIT 1) UNION ALL"
        " SELECT content_key, false FROM (SELECT content_key FROM store.competitions WHERE image_key = $1"
        "  ORDER BY created_at DESC LIMIT 1)",
        [image_key],
    ).fetchall()
    found = read_winners(connection, [key for key, _ in rows])
    return next(((found[key], may_pick) for key, may_pick in rows if key in found), (None, False))


def _neighbours(tile: Tile, order: Sequence[tuple[str, int]], filters: Filters) -> tuple[str | None, str | None]:
    """Return what comes before and after an image; one that was decided may have left what it was found by."""
    keys = [key for key, _ in order]
    if tile.key in keys:
        at = keys.index(tile.key)
        return (keys[at - 1] if at else None), (keys[at + 1] if at + 1 < len(keys) else None)
    if filters.sort != "position":
        order = sorted(order, key=lambda one: one[1])
    before = [key for key, position in order if position < tile.position]
    after = [key for key, position in order if position > tile.position]
    return (before[-1] if before else None), (after[0] if after else None)


def _rows(connection: Connection, kind: Any, sql: str, *values: object) -> tuple[Any, ...]:  # noqa: ANN401 - a class of rows
    rows: Sequence[Sequence[Any]] = connection.execute(sql, list(values)).fetchall()
    return tuple(kind(*row) for row in rows)
