"""What one provider of a language model charges at most, read once from its price list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.numbers import number
from asset_pipeline.providers.openrouter.bodies import items

# What an endpoint may charge for a chat; each that is named must be readable.
_CHARGED = (
    "prompt", "completion", "request", "input_cache_write", "input_cache_write_1h", "internal_reasoning", "image",
    "image_token",
)  # fmt: skip


@dataclass(frozen=True)
class Rates:
    """The dearest of everything on a price list, in USD.

    Args:
        input: Per input token, cache writes included.
        output: Per output token, reasoning included.
        request: Per request.
        picture: Per picture in the prompt.
        picture_token: Per token of such a picture.
        listed_input: Per input token, without cache writes.
        listed_output: Per output token, without reasoning.
    """

    input: Decimal
    output: Decimal
    request: Decimal
    picture: Decimal
    picture_token: Decimal
    listed_input: Decimal
    listed_output: Decimal


def rates_of(pricing: Mapping[str, Any]) -> Rates | None:
    """Return what a price list and its overrides charge at most; None where it cannot be trusted.

    Args:
        pricing: USD per token or request, as text by what is paid for.
    """
    lists = [pricing, *items(pricing.get("overrides"))]
    if any(number(pricing.get(name)) is None for name in ("prompt", "completion")):
        return None
    if any(one.get(name) is not None and number(one[name]) is None for one in lists for name in _CHARGED):
        return None
    return Rates(
        input=_most(lists, ("prompt", "input_cache_write", "input_cache_write_1h")),
        output=_most(lists, ("completion", "internal_reasoning")),
        request=_most(lists, ("request",)),
        picture=_most(lists, ("image",)),
        picture_token=_most(lists, ("image_token",)),
        listed_input=_most(lists, ("prompt",)),
        listed_output=_most(lists, ("completion",)),
    )


def _most(lists: Iterable[Mapping[str, Any]], names: Iterable[str]) -> Decimal:
    return max((price for one in lists for name in names if (price := number(one.get(name))) is not None), default=ZERO)
