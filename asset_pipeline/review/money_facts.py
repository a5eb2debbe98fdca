"""Reads what was spent, on what, when and under which limits; every sum is the ledger's own, to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.budgets import Budget, read_budgets
from asset_pipeline.ledger.database import utc_now

POINTS = 60
DAYS = 30
LISTED_CALLS = 50
PRICE_CLASSES = 8
_CHOSEN = "mode = $1 AND ($2 IS NULL OR collection = $2)"
_BOOKED = f"""
WITH booked AS (
    SELECT e.created_at AS booked_at, e.spent_change_usd AS usd FROM store.entries e JOIN store.calls USING (call_id)
    WHERE {_CHOSEN} AND e.spent_change_usd <> 0
), span AS (
    SELECT min(booked_at) AS begun_at, greatest(epoch(max(booked_at) - min(booked_at)), 0.001) AS seconds FROM booked
)
SELECT max(booked_at), sum(usd)::DECIMAL(18,9) FROM booked, span
GROUP BY least(floor(epoch(booked_at - begun_at) / seconds * {POINTS - 1}), {POINTS - 1}) ORDER BY 1
"""  # noqa: S608 - our own text


@dataclass(frozen=True)
class Share:
    """What was spent on one of several things.

    Args:
        name: The type, model or kind.
        calls: How many paid calls.
        spent_usd: What they have cost.
        held_usd: What is set aside for those that are not resolved.
    """

    name: str
    calls: int
    spent_usd: Decimal
    held_usd: Decimal


@dataclass(frozen=True)
class UnknownCall:
    """A call whose outcome nobody knows; its money stays set aside."""

    call_id: str
    image_key: str
    provider: str
    model: str
    held_usd: Decimal
    created_at: datetime


@dataclass(frozen=True)
class PriceClass:
    """How many finished images have cost from so much up to so much.

    Args:
        low_usd: From this amount on.
        high_usd: Below this one.
        images: How many.
    """

    low_usd: Decimal
    high_usd: Decimal
    images: int


@dataclass(frozen=True)
class MoneyFacts:
    """Money of one mode, over all collections or one.

    Args:
        budgets: All limits, with what is spent and held under each.
        unknown: What is held for calls whose outcome nobody knows, by scope.
        spent_usd: What was spent on what is shown.
        held_usd: What is set aside for it.
        calls: How many paid calls.
        cumulative: What had been spent by when.
        by_day: What was spent on calls of each UTC day, as the daily limit counts it; days without any included.
        by_type: Spent by type of image.
        by_model: Spent by model.
        by_kind: Spent by kind of call.
        prices: How many finished images cost how much.
        finished: How many images are finished.
        finished_usd: What those have cost together.
        unknown_calls: Calls whose outcome nobody knows, oldest first, the first fifty.
        unknown_count: How many there are.
    """

    budgets: tuple[Budget, ...]
    unknown: dict[str, Decimal]
    spent_usd: Decimal
    held_usd: Decimal
    calls: int
    cumulative: tuple[tuple[datetime, Decimal], ...]
    by_day: tuple[tuple[date, Decimal], ...]
    by_type: tuple[Share, ...]
    by_model: tuple[Share, ...]
    by_kind: tuple[Share, ...]
    prices: tuple[PriceClass, ...]
    finished: int
    finished_usd: Decimal
    unknown_calls: tuple[UnknownCall, ...]
    unknown_count: int


def read_money(connection: Connection, *, mode: str, collection: str | None) -> MoneyFacts:
    """Return where the money of a mode went; of one collection, or of all."""
    now = utc_now()
    chosen = [mode, collection]
    kinds, types, models = (
        _shares(connection, by, chosen) for by in ("kind", "split_part(image_key, '.', 2)", "model")
    )
    costs = _costs_of_finished(connection, chosen)
    unknown_calls = connection.execute(
        "SELECT call_id, image_key, provider, model, worst_usd, created_at, count(*) OVER () FROM store.calls"  # noqa: S608 - our own text
        f" WHERE {_CHOSEN} AND state = 'unknown' ORDER BY created_at LIMIT {LISTED_CALLS}",
        chosen,
    ).fetchall()
    return MoneyFacts(
        budgets=tuple(read_budgets(connection, mode=mode, day=f"{now:%Y-%m-%d}")),
        unknown=unknown_by_scope(connection, mode=mode, day=f"{now:%Y-%m-%d}"),
        spent_usd=sum((share.spent_usd for share in kinds), Decimal(0)),
        held_usd=sum((share.held_usd for share in kinds), Decimal(0)),
        calls=sum(share.calls for share in kinds),
        cumulative=_cumulative(connection, chosen),
        by_day=_by_day(connection, chosen, now.date()),
        by_type=types,
        by_model=models,
        by_kind=kinds,
        prices=price_classes(costs),
        finished=len(costs),
        finished_usd=sum(costs, Decimal(0)),
        unknown_calls=tuple(UnknownCall(*row[:-1]) for row in unknown_calls),
        unknown_count=unknown_calls[0][-1] if unknown_calls else 0,
    )


def read_collections(connection: Connection) -> list[str]:
    """Return the names of all collections that there are or have been."""
    return [name for (name,) in connection.execute("SELECT collection FROM store.collections ORDER BY 1").fetchall()]


def unknown_by_scope(connection: Connection, *, mode: str, day: str) -> dict[str, Decimal]:
    """Return what is held for calls whose outcome nobody knows, by scope; of days, only that one."""
    rows = connection.execute(
        "SELECT scope, sum(worst_usd)::DECIMAL(18,9) FROM (SELECT unnest(scopes) AS scope, worst_usd FROM store.calls"
        " WHERE mode = $1 AND state = 'unknown') GROUP BY scope",
        [mode],
    ).fetchall()
    today = {("day" if scope == f"day:{day}" else scope): amount for scope, amount in rows}
    return {scope: amount for scope, amount in today.items() if not scope.startswith("day:")}


def price_classes(costs: Sequence[Decimal]) -> tuple[PriceClass, ...]:
    """Return how many amounts lie in each of a few equally wide classes with round bounds."""
    if not costs:
        return ()
    low, high = min(costs), max(costs)
    width = _round_width((high - low) / PRICE_CLASSES or high / PRICE_CLASSES or Decimal("0.01"))
    first = (low // width) * width
    found = []
    while first <= high:
        count = sum(first <= cost < first + width for cost in costs)
        found.append(PriceClass(first, first + width, count))
        first += width
    return tuple(found)


def _round_width(least: Decimal) -> Decimal:
    unit = Decimal(10) ** least.adjusted()
    return next(unit * step for step in (1, 2, 5, 10) if unit * step >= least)


def _shares(connection: Connection, by: str, chosen: Sequence[Any]) -> tuple[Share, ...]:
    rows = connection.execute(
        f"SELECT {by}, count(*), coalesce(sum(cost_usd), 0)::DECIMAL(18,9),"  # noqa: S608 - our own text
        " coalesce(sum(worst_usd) FILTER (state NOT IN ('settled', 'released')), 0)::DECIMAL(18,9)"
        f" FROM store.calls WHERE {_CHOSEN} GROUP BY 1 ORDER BY 3 DESC, 1",
        chosen,
    ).fetchall()
    return tuple(Share(*row) for row in rows)


def _cumulative(connection: Connection, chosen: Sequence[Any]) -> tuple[tuple[datetime, Decimal], ...]:
    rows = connection.execute(_BOOKED, chosen).fetchall()
    points, spent = [], Decimal(0)
    for at, amount in rows:
        spent += amount
        points.append((at, spent))
    return tuple(points)


def _by_day(connection: Connection, chosen: Sequence[Any], today: date) -> tuple[tuple[date, Decimal], ...]:
    rows = connection.execute(
        "SELECT created_at::DATE, sum(coalesce(cost_usd, 0))::DECIMAL(18,9) FROM store.calls"  # noqa: S608 - our own text
        f" WHERE {_CHOSEN} AND created_at::DATE > $3 GROUP BY 1 ORDER BY 1",
        [*chosen, today - timedelta(days=DAYS)],
    ).fetchall()
    spent = dict(rows)
    first = min(spent, default=today)
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    return tuple((day, spent.get(day, Decimal(0))) for day in days)


def _costs_of_finished(connection: Connection, chosen: Sequence[Any]) -> list[Decimal]:
    rows = connection.execute(
        "WITH costs AS (SELECT image_key, sum(cost_usd) AS usd FROM store.calls WHERE mode = $1 GROUP BY image_key)"
        " SELECT coalesce(usd, 0)::DECIMAL(18,9) FROM store.images LEFT JOIN costs USING (image_key)"
        " WHERE state = 'done' AND ($2 IS NULL OR collection = $2)",
        chosen,
    ).fetchall()
    return [amount for (amount,) in rows]
