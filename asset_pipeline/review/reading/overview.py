"""Reads the first page: every collection with its progress, its money and its phase, in a few statements for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger import Connection
from asset_pipeline.rollout.phases import read_decided
from asset_pipeline.rollout.waiting import read_waiting

_COUNTS = """
WITH latest AS (
    SELECT image_key, arg_max(sha256, delivery_id) AS sha256, max(created_at) AS made_at
    FROM store.deliveries GROUP BY image_key
), verdicts AS (
    SELECT image_key, decision, seen_sha256, created_at FROM store.reviews
    WHERE image_key IS NOT NULL AND undone_at IS NULL AND decision NOT IN ('favourite', 'unfavourite')
    QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY created_at DESC, review_id DESC) = 1
), images AS (
    SELECT i.collection, coalesce(i.is_sample, false) AS is_sample, i.state,
        CASE WHEN v.decision IS NULL THEN NULL
            WHEN l.made_at > v.created_at
                AND (v.decision IN ('regenerate', 'edit', 'pick') OR v.seen_sha256 IS DISTINCT FROM l.sha256) THEN NULL
            ELSE v.decision END AS verdict
    FROM store.images i LEFT JOIN latest l USING (image_key) LEFT JOIN verdicts v USING (image_key)
    WHERE i.retired_at IS NULL
)
SELECT collection, state, count(*),
    count(*) FILTER (WHERE verdict IN ('approve', 'choose')), count(*) FILTER (WHERE is_sample),
    count(*) FILTER (WHERE is_sample AND state = 'done')
FROM images GROUP BY ALL
"""
_HEADS = """
SELECT c.collection, c.title, coalesce(b.spent_usd, 0)::DECIMAL(18,9), coalesce(b.held_usd, 0)::DECIMAL(18,9)
FROM store.collections c
    LEFT JOIN store.balances b ON b.mode = $1 AND b.scope = 'collection:' || c.collection
ORDER BY c.collection
"""


@dataclass(frozen=True)
class CollectionCard:
    """One collection on the first page.

    Args:
        collection: Its name.
        title: For people.
        phase: `sample`, `canary`, `production`, `paused`, `stopped` or `open`.
        by_state: Number of wanted images by state.
        waiting: How many wait for a person.
        approved: How many are approved.
        sample: How many the sample has.
        sample_done: How many of these are made.
        spent_usd: What it has cost in this mode.
        held_usd: What is set aside for it.
    """

    collection: str
    title: str
    phase: str
    by_state: Mapping[str, int]
    waiting: int
    approved: int
    sample: int
    sample_done: int
    spent_usd: Decimal
    held_usd: Decimal

    @property
    def total(self) -> int:
        """How many images it wants."""
        return sum(self.by_state.values())

    @property
    def made(self) -> int:
        """How many of them are there."""
        return self.by_state.get("done", 0) + self.by_state.get("rejected", 0)


def read_overview(connection: Connection, *, mode: str, has_gate: bool) -> list[CollectionCard]:
    """Return all collections that want images, by name."""
    counts: dict[str, list[tuple[Any, ...]]] = {}
    for collection, *values in connection.execute(_COUNTS).fetchall():
        counts.setdefault(collection, []).append(tuple(values))
    decided = read_decided(connection, mode=mode)
    waiting = read_waiting(connection, mode=mode, gated=has_gate)
    cards = []
    for name, title, spent, held in connection.execute(_HEADS, [mode]).fetchall():
        rows = counts.get(name)
        if not rows:
            continue
        approved, sample, sample_done = (sum(row[column] for row in rows) for column in range(2, 5))
        cards.append(
            CollectionCard(
                collection=name,
                title=title,
                phase=decided[name].phase(is_gated=has_gate),
                by_state={row[0]: row[1] for row in rows},
                waiting=waiting.get(name, 0),
                approved=approved,
                sample=sample,
                sample_done=sample_done,
                spent_usd=spent,
                held_usd=held,
            )
        )
    return cards


def read_title(connection: Connection, collection: str) -> str | None:
    """Return a collection's title; None where there is no such collection."""
    row = connection.execute("SELECT title FROM store.collections WHERE collection = $1", [collection]).fetchone()
    return None if row is None else str(row[0])
