"""Reads a page of a collection's images; of the journal only what was paid for the shown ones, where that will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger import Connection
from asset_pipeline.review.reading.filters import Filters
from asset_pipeline.review.reading.statements import Outlook
from asset_pipeline.review.thumbnails import SIDE

PAGE = 60
_ORDER = {
    "position": "i.position",
    "newest": "i.made_at DESC NULLS LAST, i.position",
    "doubts": "i.doubts DESC, i.position",
    "score": "i.score DESC NULLS LAST, i.position",
    "score_up": "i.score ASC NULLS LAST, i.position",
    "cost": "coalesce(cost_usd, 0) DESC, i.position",
    "title": "lower(i.title), i.position",
}


@dataclass(frozen=True)
class Tile:
    """One image on the wall.

    Args:
        key: Its key.
        position: In the spec.
        type: Its type.
        slug: Its slug.
        title: What it stands for.
        state: `done`, `missing`, `held`, `failed`, `lost` or `rejected`.
        reason: Why it is not done.
        is_sample: Whether it is one of the sample.
        width: Pixels of the finished file.
        height: Pixels of the finished file.
        format: Of the finished file.
        transparent: Whether its ground is cut out.
        variant: Its number among those of the same thing.
        sha256: Of the last finished file; None where there was none.
        made_at: When that was made.
        score: What the judge gave its prompt.
        doubts: How many checks it did not pass.
        verdict: `approved`, `rejected`, `sent_back`, or None.
        waits: Whether a person is to look at it.
        is_favourite: Whether somebody likes it.
        last_decision: Id of the last decision about it.
        cost_usd: What it has cost.
    """

    key: str
    position: int
    type: str
    slug: str
    title: str
    state: str
    reason: str | None
    is_sample: bool
    width: int
    height: int
    format: str
    transparent: bool
    variant: int
    sha256: str | None
    made_at: datetime | None
    score: Decimal | None
    doubts: int
    verdict: str | None
    waits: bool
    is_favourite: bool
    last_decision: str | None
    cost_usd: Decimal = Decimal(0)

    @property
    def thumb_size(self) -> tuple[int, int]:
        """Width and height of its small picture, so that a page keeps the place for it."""
        scale = min(1.0, SIDE / max(self.width, self.height))
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


_FIELDS = tuple(name for name in Tile.__dataclass_fields__ if name not in ("key", "cost_usd"))
_COLUMNS = ", ".join(f"i.{name}" for name in ("image_key", *_FIELDS))


@dataclass(frozen=True)
class Wall:
    """A page of a collection's images.

    Args:
        tiles: The images.
        matching: How many there are on all pages.
        page: Which page, from 1.
        pages: How many.
    """

    tiles: tuple[Tile, ...]
    matching: int
    page: int
    pages: int


def read_wall(connection: Connection, collection: str, filters: Filters, outlook: Outlook) -> Wall:
    """Return a page; the last one where there are not so many."""
    page = filters.page
    rows = _rows(connection, collection, filters, outlook, page=page)
    if not rows and page > 1:
        total = len(read_order(connection, collection, filters, outlook))
        page = max(1, -(-total // PAGE))
        rows = _rows(connection, collection, filters, outlook, page=page)
    matching = rows[0][-1] if rows else 0
    costs = read_costs(connection, [row[0] for row in rows], mode=outlook.mode)
    tiles = tuple(_tile(row[:-1], costs) for row in rows)
    return Wall(tiles, matching, page, max(1, -(-matching // PAGE)))


def read_tiles(
    connection: Connection, collection: str, keys: Sequence[str], outlook: Outlook, *, with_retired: bool = False
) -> list[Tile]:
    """Return single images of a collection, in the spec's order."""
    rows = connection.execute(
        f"{outlook.single(with_retired=with_retired)} SELECT {_COLUMNS} FROM images i ORDER BY i.position",  # noqa: S608 - our own names
        [collection, list(keys)],
    ).fetchall()
    costs = read_costs(connection, keys, mode=outlook.mode)
    return [_tile(row, costs) for row in rows]


def read_order(connection: Connection, collection: str, filters: Filters, outlook: Outlook) -> list[tuple[str, int]]:
    """Return key and position of all images that match, in their order."""
    start, conditions, order, values = _statement(collection, filters, outlook)
    sql = f"{start} SELECT i.image_key, i.position {conditions} ORDER BY {order}"
    return connection.execute(sql, values).fetchall()


def read_costs(connection: Connection, keys: Sequence[str], *, mode: str) -> Mapping[str, Decimal]:
    """Return what images have cost, those that have cost anything."""
    rows = connection.execute(
        "SELECT image_key, sum(cost_usd) FROM store.calls WHERE image_key IN (SELECT unnest($1::VARCHAR[]))"
        " AND mode = $2 AND cost_usd IS NOT NULL GROUP BY image_key",
        [list(keys), mode],
    ).fetchall()
    return dict(rows)


def _rows(
    connection: Connection, collection: str, filters: Filters, outlook: Outlook, *, page: int
) -> list[tuple[Any, ...]]:
    start, conditions, order, values = _statement(collection, filters, outlook)
    sql = (
        f"{start} SELECT {_COLUMNS}, count(*) OVER () {conditions} ORDER BY {order}"
        f" LIMIT {PAGE} OFFSET {PAGE * (page - 1)}"
    )
    return connection.execute(sql, values).fetchall()


def _tile(row: Sequence[Any], costs: Mapping[str, Decimal]) -> Tile:
    fields = dict(zip(Tile.__dataclass_fields__, row, strict=False))
    return Tile(**fields, cost_usd=costs.get(row[0], Decimal(0)))


def _statement(collection: str, filters: Filters, outlook: Outlook) -> tuple[str, str, str, list[Any]]:
    """Return the common beginning, the part from FROM on, the order, and the values."""
    values: list[Any] = [collection]
    conditions = []
    for test, value in _tests(filters):
        values.append(value)
        conditions.append(test.replace("?", f"${len(values)}"))
    by_cost = filters.sort == "cost" or filters.cost_from is not None or filters.cost_to is not None
    start = outlook.wanted(with_costs=by_cost)
    joined = "FROM images i" + (" LEFT JOIN costs USING (image_key)" if by_cost else "")
    where = f"{joined} WHERE {' AND '.join(conditions)}" if conditions else joined
    return start, where, _ORDER[filters.sort], values


def _tests(filters: Filters) -> list[tuple[str, object]]:
    """Return the conditions with their values; each has exactly one."""
    words = {
        "waiting": ("i.waits = ?", True),
        "undecided": ("(i.verdict IS NULL AND i.state = 'done') = ?", True),
        "approved": ("i.verdict = ?", "approved"),
        "rejected": ("i.verdict = ?", "rejected"),
        "sent_back": ("i.verdict = ?", "sent_back"),
    }
    optional: list[tuple[str, object] | None] = [
        ("i.state = ?", filters.state) if filters.state else None,
        ("i.type = ?", filters.type) if filters.type else None,
        words[filters.decision] if filters.decision else None,
        ("(i.doubts > 0 AND i.sha256 IS NOT NULL) = ?", True) if filters.checks == "failed" else None,
        ("(i.doubts = 0 AND i.sha256 IS NOT NULL) = ?", True) if filters.checks == "passed" else None,
        ("i.score >= ?", filters.score_from) if filters.score_from is not None else None,
        ("i.score <= ?", filters.score_to) if filters.score_to is not None else None,
        ("coalesce(cost_usd, 0) >= ?", filters.cost_from) if filters.cost_from is not None else None,
        ("coalesce(cost_usd, 0) <= ?", filters.cost_to) if filters.cost_to is not None else None,
        ("i.is_sample = ?", True) if filters.sample else None,
        ("i.is_favourite = ?", True) if filters.favourite else None,
        ("contains(lower(i.title || ' ' || i.description || ' ' || i.image_key), ?)", filters.text.lower())
        if filters.text
        else None,
    ]
    return [one for one in optional if one is not None]
