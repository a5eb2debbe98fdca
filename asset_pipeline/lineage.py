"""Where an image's money went: every call that was made for it, losers, judge and failures included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from asset_pipeline.ledger import Connection


@dataclass(frozen=True)
class PaidCall:
    """A call that was made for an image.

    Args:
        call_id: The call.
        kind: `writer`, `judge` or `image`.
        provider: Who was asked.
        model: Which model.
        state: Where it stands.
        outcome: What it brought, if it is settled.
        cost_usd: What it cost.
        held_usd: What is still set aside for it.
        provider_call_id: The provider's id.
        reason: What the ledger last said about it.
        model_version: Which version made the picture, as the provider says; `hidden` for official models.
        created_at: When it was made, UTC.
    """

    call_id: str
    kind: str
    provider: str
    model: str
    state: str
    outcome: str | None
    cost_usd: Decimal
    held_usd: Decimal
    provider_call_id: str | None
    reason: str | None
    model_version: str | None
    created_at: datetime


@dataclass(frozen=True)
class Lineage:
    """What an image has cost, and for what.

    Args:
        image_key: The image.
        state: Where it stands.
        reason: Why it is not done.
        path: Its file, relative to the data directory.
        cost_usd: As the view `images` says it.
        held_usd: As the view `images` says it.
        calls: All calls, oldest first; their costs add up to it.
        fallback: Why its prompt was not found by a competition; None where it was, or where there is none yet.
    """

    image_key: str
    state: str
    reason: str | None
    path: str | None
    cost_usd: Decimal
    held_usd: Decimal
    calls: tuple[PaidCall, ...]
    fallback: str | None = None


def read_lineage(connection: Connection, image_keys: Sequence[str]) -> list[Lineage]:
    """Return the lineage of those images that are known, retired ones included."""
    calls: dict[str, list[PaidCall]] = {}
    for key, *values in connection.execute(
        "SELECT c.image_key, c.call_id, c.kind, c.provider, c.model, c.state, c.outcome, c.cost_usd, c.held_usd,"
        " c.provider_call_id, e.reason, o.model_version, c.created_at FROM main.calls c"
        " LEFT JOIN store.originals o ON o.call_id = c.call_id LEFT JOIN"
        " (SELECT call_id, reason FROM store.entries WHERE reason IS NOT NULL"
        "  QUALIFY row_number() OVER (PARTITION BY call_id ORDER BY entry_id DESC) = 1) e ON e.call_id = c.call_id"
        " WHERE c.image_key IN (SELECT unnest($1)) ORDER BY c.created_at, c.kind = 'judge', c.call_id",
        [list(image_keys)],
    ).fetchall():
        calls.setdefault(key, []).append(PaidCall(*values))
    rows = connection.execute(
        "SELECT i.image_key, state, reason, path, cost_usd, held_usd, p.fallback FROM main.images i LEFT JOIN"
        " (SELECT d.image_key, c.fallback FROM store.deliveries d LEFT JOIN store.competitions c"
        "  ON c.content_key = d.prompt_key"
        "  QUALIFY row_number() OVER (PARTITION BY d.image_key ORDER BY delivery_id DESC) = 1) p"
        " ON p.image_key = i.image_key WHERE i.image_key IN (SELECT unnest($1)) ORDER BY i.image_key",
        [list(image_keys)],
    ).fetchall()
    return [
        Lineage(key, state, reason, path, cost, held, tuple(calls.get(key, ())), fallback)
        for key, state, reason, path, cost, held, fallback in rows
    ]
