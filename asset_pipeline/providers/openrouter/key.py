"""What a key may spend and has spent, as `GET /key` says. Shape: OpenRouter's API reference; never recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from asset_pipeline.providers.numbers import number
from asset_pipeline.providers.openrouter.bodies import mapping


@dataclass(frozen=True)
class KeyInformation:
    """What OpenRouter says of a key; None where it does not say.

    Args:
        usage: USD spent over its whole life; it lags by minutes.
        limit: USD that it may spend; None also where there is no limit.
        limit_remaining: USD left of the limit until its next reset, so not `limit - usage`; below 0 if overdrawn.
        is_free_tier: Whether no credit was ever bought.
        expires_at: When it ends, in UTC; None also where it never does.
        is_management_key: Whether it manages keys and cannot ask models.
        label: Its name, which OpenRouter makes of its first and last characters; empty where it has none.
    """

    usage: Decimal | None
    limit: Decimal | None
    limit_remaining: Decimal | None
    is_free_tier: bool | None
    expires_at: datetime | None
    is_management_key: bool | None
    label: str = ""


def parse_key(body: Any) -> KeyInformation:  # noqa: ANN401 - any JSON
    """Return what a body says of a key; what is missing or cannot be read is None."""
    data = mapping(mapping(body).get("data"))
    return KeyInformation(
        usage=number(data.get("usage")),
        limit=number(data.get("limit")),
        limit_remaining=_signed(data.get("limit_remaining")),
        is_free_tier=_truth(data.get("is_free_tier")),
        expires_at=_moment(data.get("expires_at")),
        is_management_key=_truth(data.get("is_management_key")),
        label=str(data.get("label") or ""),
    )


def _signed(value: object) -> Decimal | None:
    """Return an amount that may be below zero: an overdrawn limit must not look like none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        size = number(-value)
        return None if size is None else -size
    return number(value)


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None
