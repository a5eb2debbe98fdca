"""Reads how runs of any process get on: what stands now, and what has been added to the ledger since the last look.

It reads the tables and not the views: a look must cost milliseconds, with thousands of images and tens of thousands
of entries. What it has seen is told by the number of the ledger's last entry and the time of an image's last change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.budgets import read_budgets
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.review.live_look import Change, Cursor, Entry, Look, Progress
from asset_pipeline.review.live_words import in_words
from asset_pipeline.review.money_facts import unknown_by_scope
from asset_pipeline.rollout.phases import Decided, read_decided
from asset_pipeline.rollout.waiting import read_waiting

# More than this at once is not told line by line; who listens is told that there was more.
MOST_ENTRIES = 200
MOST_IMAGES = 500
# Whoever comes new is told of what changed while their page was on its way.
LOOK_BACK = timedelta(minutes=2)
FIRST_ENTRIES = 30
_PROGRESS = """
SELECT collection, state, count(*) FROM store.images WHERE retired_at IS NULL GROUP BY ALL ORDER BY ALL
"""


def look(connection: Connection, *, mode: str, is_gated: bool, since: Cursor | None) -> Look:
    """Look at the database.

    Args:
        connection: In its transaction.
        mode: Whose money and calls.
        is_gated: Whether collections have to be approved.
        since: How far whoever asks has seen; None for one who comes new.
    """
    now = utc_now()
    tip, changed_at = _row(
        connection,
        "SELECT (SELECT coalesce(max(entry_id), 0) FROM store.entries), (SELECT max(updated_at) FROM store.images)",
    )
    cursor = Cursor(tip, changed_at or now)
    if since is None or since.entry_id > tip:  # or the ledger is another one by now
        since = Cursor(max(0, tip - FIRST_ENTRIES), now - LOOK_BACK)
    entries = _entries(connection, mode, since)
    changes = _changes(connection, since)
    return Look(
        cursor=cursor,
        progress=_progress(connection, mode, is_gated=is_gated),
        budgets=tuple(read_budgets(connection, mode=mode, day=now.strftime("%Y-%m-%d"))),
        unknown=unknown_by_scope(connection, mode=mode, day=now.strftime("%Y-%m-%d")),
        entries=entries[-MOST_ENTRIES:],
        changes=changes[-MOST_IMAGES:],
        more=len(changes) > MOST_IMAGES or len(entries) > MOST_ENTRIES,
    )


def _row(connection: Connection, sql: str, values: Sequence[Any] | None = None) -> tuple[Any, ...]:
    row = connection.execute(sql, values).fetchone()
    assert row is not None, "a query without FROM has one row"  # noqa: S101 - a truth of SQL
    return tuple(row)


def _entries(connection: Connection, mode: str, since: Cursor) -> tuple[Entry, ...]:
    rows = connection.execute(
        "WITH news AS (SELECT * FROM store.entries WHERE entry_id > $2 ORDER BY entry_id DESC LIMIT $3)"
        " SELECT n.entry_id, n.created_at, c.collection, c.image_key, c.kind, c.model, n.state, n.spent_change_usd,"
        " n.reason, n.held_change_usd, c.outcome FROM news n JOIN store.calls c USING (call_id)"
        " WHERE c.mode = $1 ORDER BY n.entry_id",
        [mode, since.entry_id, MOST_ENTRIES + 1],
    ).fetchall()
    return tuple(_entry(row) for row in rows)


def _entry(row: Sequence[Any]) -> Entry:
    facts, (held_usd, outcome) = row[:-2], row[-2:]
    *_, kind, model, state, cost_usd, reason = facts
    text = in_words(
        kind=kind, model=model, state=state, outcome=outcome, held_usd=held_usd, cost_usd=cost_usd, reason=reason
    )
    return Entry(*(*facts, text))


def _changes(connection: Connection, since: Cursor) -> tuple[Change, ...]:
    rows = connection.execute(
        "WITH news AS (SELECT image_key, collection, state, reason, updated_at FROM store.images WHERE updated_at > $1"
        " ORDER BY updated_at DESC, image_key LIMIT $2), files AS (SELECT image_key, sha256 FROM store.deliveries"
        " WHERE image_key IN (SELECT image_key FROM news)"
        " QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1)"
        " SELECT image_key, collection, state, reason, sha256, updated_at FROM news LEFT JOIN files USING (image_key)"
        " ORDER BY updated_at, image_key",
        [since.changed_at, MOST_IMAGES + 1],
    ).fetchall()
    return tuple(Change(*row) for row in rows)


def _progress(connection: Connection, mode: str, *, is_gated: bool) -> tuple[Progress, ...]:
    rows = connection.execute(_PROGRESS).fetchall()
    money = _by_key(
        connection,
        "SELECT scope, spent_usd, held_usd FROM store.balances WHERE mode = $1 AND starts_with(scope, 'collection:')",
        mode,
    )
    flying = _by_key(
        connection,
        "SELECT collection, count(*) FROM store.calls WHERE mode = $1 AND state NOT IN ('settled', 'released')"
        " GROUP BY collection",
        mode,
    )
    decided, waiting = read_decided(connection, mode=mode), read_waiting(connection, mode=mode, gated=is_gated)
    found = []
    for name in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == name]
        (in_flight,) = flying.get(name, (0,))
        spent, held = money.get(f"collection:{name}", (Decimal(0), Decimal(0)))
        found.append(
            Progress(
                collection=name,
                by_state={state: count for _, state, count in own},
                in_flight=in_flight,
                waiting=waiting.get(name, 0),
                phase=decided.get(name, Decided()).phase(is_gated=is_gated),
                spent_usd=spent,
                held_usd=held,
            )
        )
    return tuple(found)


def _by_key(connection: Connection, sql: str, mode: str) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(values) for key, *values in connection.execute(sql, [mode]).fetchall()}
