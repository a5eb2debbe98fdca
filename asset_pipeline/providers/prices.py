"""What things cost: the dated price table for images, and the worst case of a language model's answer.

No known price means no call; a price that is missing, negative or unreadable is no price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib import resources
from typing import Any

import yaml

from asset_pipeline.ledger.calls import Price
from asset_pipeline.ledger.money import ZERO, usd, worst
from asset_pipeline.providers.openrouter import Endpoint

MILLION = Decimal(1_000_000)
# Room for what the provider adds around the messages: roles, separators, a schema's echo.
MESSAGE_OVERHEAD_TOKENS = 200
# What an endpoint may charge for a chat; each that is named must be readable.
_CHARGED = ("prompt", "completion", "request", "input_cache_write", "input_cache_write_1h", "internal_reasoning")
# An average of English text; only for estimates, never for a hold.
BYTES_PER_TOKEN = Decimal(4)


@dataclass(frozen=True)
class ImagePrice:
    """What one run of an image model costs.

    Args:
        unit: `image` or `second`.
        usd: Price of one unit.
        as_of: Date on which it was seen.
        source: Where.
        worst_seconds: For `second`: how long a run is allowed to be.
    """

    unit: str
    usd: Decimal
    as_of: str
    source: str
    worst_seconds: Decimal = ZERO

    def worst_usd(self) -> Decimal:
        """Return the most that one image can cost."""
        return worst(self.usd * (self.worst_seconds if self.unit == "second" else 1))

    def actual_usd(self, metrics: Mapping[str, Any]) -> tuple[Decimal, str | None]:
        """Return what a finished run cost.

        Args:
            metrics: Of the terminal prediction.

        Returns:
            The cost, and a remark where the metrics do not say and the worst case is taken.
        """
        if self.unit == "second":
            seconds = _number(metrics.get("predict_time"))
            if seconds is None:
                return self.worst_usd(), "no predict_time in the metrics; booked at the worst case"
            return usd(self.usd * seconds), None
        count = _number(metrics.get("image_output_count", metrics.get("image_count", 1)))
        return (usd(self.usd * count), None) if count else (self.worst_usd(), "the metrics count no image")

    def record(self) -> Price:
        """Return what the journal keeps of it."""
        return Price(self.unit, {self.unit: str(self.usd)}, self.as_of, self.source)


def _number(value: object) -> Decimal | None:
    """Return a finite number that is not negative, or None; recorded metrics hold negative times and text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


@dataclass(frozen=True)
class LanguagePrice:
    """The dearest price of a model's tokens over the endpoints a request may reach.

    Args:
        input_usd: Per input token, cache writes included.
        output_usd: Per output token, reasoning included.
        request_usd: Per request.
        as_of: Date on which it was seen.
        source: Where.
    """

    input_usd: Decimal
    output_usd: Decimal
    request_usd: Decimal
    as_of: str
    source: str

    def worst_usd(self, *, prompt_bytes: int, max_tokens: int) -> Decimal:
        """Return the most an answer can cost: a token is at least one byte of the prompt."""
        tokens = prompt_bytes + MESSAGE_OVERHEAD_TOKENS
        return worst(self.input_usd * tokens + self.output_usd * max_tokens + self.request_usd)

    def likely_usd(self, *, prompt_bytes: int, output_tokens: int) -> Decimal:
        """Return what an answer of a length probably costs."""
        tokens = Decimal(prompt_bytes) / BYTES_PER_TOKEN
        return usd(self.input_usd * tokens + self.output_usd * output_tokens + self.request_usd)

    def record(self) -> Price:
        """Return what the journal keeps of it."""
        prices = {
            "input": str(self.input_usd),
            "output": str(self.output_usd),
            "request": str(self.request_usd),
        }
        return Price("token", prices, self.as_of, self.source)


def dearest(endpoints: Sequence[Endpoint], *, as_of: str) -> LanguagePrice | None:
    """Return the dearest price over endpoints, or None where one of them has none that can be trusted."""
    inputs, outputs, requests = [ZERO], [ZERO], [ZERO]
    for endpoint in endpoints:
        for prices in (endpoint.pricing, *_overrides(endpoint.pricing)):
            prompt, completion = _price(prices, "prompt"), _price(prices, "completion")
            if prices is endpoint.pricing and (prompt is None or completion is None):
                return None
            if any(prices.get(name) is not None and _price(prices, name) is None for name in _CHARGED):
                return None
            inputs += [prompt or ZERO, *_prices(prices, ("input_cache_write", "input_cache_write_1h"))]
            outputs += [completion or ZERO, *_prices(prices, ("internal_reasoning",))]
            requests += _prices(prices, ("request",))
    if not endpoints or max(outputs) == 0:
        return None
    return LanguagePrice(max(inputs), max(outputs), max(requests), as_of, "openrouter endpoints")


def _overrides(pricing: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    found = pricing.get("overrides")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _prices(pricing: Mapping[str, Any], names: Iterable[str]) -> list[Decimal]:
    return [price for name in names if (price := _price(pricing, name)) is not None]


def _price(pricing: Mapping[str, Any], name: str) -> Decimal | None:
    return _number(pricing.get(name))


class PriceTable:
    """The prices that are known without asking anybody.

    Args:
        overrides: USD per image by model, from the settings.
    """

    def __init__(self, overrides: Mapping[str, Decimal] | None = None) -> None:
        text = resources.files(__package__ or "asset_pipeline.providers").joinpath("prices.yaml").read_text("utf-8")
        table = yaml.safe_load(text)
        self._images = {model: _image_price(row) for model, row in table["images"].items()}
        self._language = {model: _language_price(row) for model, row in table["language"].items()}
        for model, price in (overrides or {}).items():
            self._images[model] = ImagePrice("image", price, "now", "pipeline.yaml")

    def image(self, model: str) -> ImagePrice | None:
        """Return the price of an image model, with or without its version, or None where it is not known."""
        return self._images.get(model) or self._images.get(model.partition(":")[0])

    def language(self, model: str) -> LanguagePrice | None:
        """Return the price of a language model for an estimate, or None where it is not known."""
        return self._language.get(model)


def _image_price(row: Mapping[str, Any]) -> ImagePrice:
    return ImagePrice(
        row["unit"],
        Decimal(row["usd"]),
        str(row["as_of"]),
        row["source"],
        Decimal(row.get("worst_seconds", 0)),
    )


def _language_price(row: Mapping[str, Any]) -> LanguagePrice:
    return LanguagePrice(
        Decimal(row["input"]) / MILLION,
        Decimal(row["output"]) / MILLION,
        ZERO,
        str(row["as_of"]),
        row["source"],
    )
