"""What images cost: the dated price table, the worst case of a request, and what a finished run has cost.

Providers publish image prices on pages, not through an API, so the table is data with dates and sources. No known
price means no call; a price that is missing, negative or unreadable is no price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any

from asset_pipeline.ledger.calls import Price
from asset_pipeline.ledger.money import ZERO, usd, worst
from asset_pipeline.model_names import without_version
from asset_pipeline.providers.language_prices import LanguagePrice
from asset_pipeline.providers.numbers import MOST_USD, number
from asset_pipeline.settings.providers import ImagePriceSettings
from asset_pipeline.yamlfile import load_own

MILLION = Decimal(1_000_000)
# What can be paid for, and which billing counter of a finished prediction says how much of it there was.
COUNTERS: Mapping[str, tuple[str, ...]] = {
    "image": ("image_output_count", "image_count"),
    "megapixel": ("image_output_megapixel_count",),
    "run": ("run_count",),
    "second": ("predict_time",),
}
# A run that is paid by time usually takes so long (replicate.com model pages); only for estimates.
USUAL_SECONDS = Decimal(5)
# Without a counter there was one of these, as one picture is asked for at a time; of time and area nobody knows.
_ONE = frozenset({"image", "run"})


@dataclass(frozen=True)
class Output:
    """What a request asks for, as far as it decides the price.

    Args:
        width: Pixels of each picture.
        height: Pixels of each picture.
        count: Pictures.
    """

    width: int = 1024
    height: int = 1024
    count: int = 1

    @property
    def megapixels(self) -> Decimal:
        """Megapixels of all pictures, as the dearest way to count them has it that agrees with what was seen.

        Nobody documents how they are counted; a FLUX.2 prediction of one megapixel (1024x1024) counted 1.
        """
        pixels = Decimal(self.width * self.height)
        begun = (pixels / (1024 * 1024)).to_integral_value(ROUND_CEILING)
        rounded = (pixels / MILLION).to_integral_value(ROUND_HALF_UP)
        return max(begun, rounded) * self.count


@dataclass(frozen=True)
class ImagePrice:
    """What one run of an image model costs.

    Args:
        per: USD by unit; a run costs their sum.
        valid_from: Date from which it holds.
        source: Where it was seen.
        when: The input values it holds for.
        worst_seconds: Where time is paid: how long a run may take; the request carries it as its deadline.
    """

    per: Mapping[str, Decimal]
    valid_from: date
    source: str
    when: Mapping[str, Any]
    worst_seconds: Decimal = ZERO

    def worst_usd(self, output: Output) -> Decimal:
        """Return the most that a request can cost."""
        most = {
            "image": Decimal(output.count),
            "megapixel": output.megapixels,
            "run": Decimal(1),
            "second": self.worst_seconds,
        }
        return worst(sum((price * most[unit] for unit, price in self.per.items()), ZERO))

    def likely_usd(self, output: Output) -> Decimal:
        """Return what a request probably costs."""
        usual = replace(self, worst_seconds=min(self.worst_seconds, USUAL_SECONDS))
        return usual.worst_usd(output)

    def record(self) -> Price:
        """Return what the journal keeps of it."""
        prices = {unit: str(price) for unit, price in self.per.items()}
        return Price("+".join(self.per), prices, self.valid_from.isoformat(), self.source)


def actual_usd(price: Price, metrics: Mapping[str, Any], *, worst_usd: Decimal) -> tuple[Decimal, str | None]:
    """Return what a finished run cost, at the price that its call was made at.

    Args:
        price: Of the call.
        metrics: Of the terminal prediction.
        worst_usd: What is held for the call.

    Returns:
        The cost, and a remark where the metrics do not say and the worst case is taken.
    """
    if not price.usd or not COUNTERS.keys() >= price.usd.keys():
        return worst_usd, "what the call's price counts is not known; booked at the worst case"
    total = ZERO
    for unit, each in price.usd.items():
        counter = next((name for name in COUNTERS[unit] if name in metrics), None)
        amount = number(metrics[counter]) if counter else None
        if counter is None and unit in _ONE:
            amount = Decimal(1)
        if amount is None or (unit != "second" and amount == 0):
            said = f"{counter} is {metrics[counter]!r}" if counter else f"no {COUNTERS[unit][0]}"
            return worst_usd, f"{said} in the metrics; booked at the worst case"
        total += Decimal(each) * amount
    if total > MOST_USD:
        return worst_usd, f"{total:.3g} USD by the metrics, which cannot be; booked at the worst case"
    return usd(total), None


@cache
def _built_in() -> dict[str, Any]:
    """Return the built-in table as it is written."""
    text = resources.files("asset_pipeline.providers").joinpath("prices.yaml").read_text("utf-8")
    table: dict[str, Any] = load_own(text)
    return table


class PriceTable:
    """The prices that are known without asking anybody.

    Args:
        overrides: By model, from the settings; they come before the built-in ones.
        today: The day prices are asked for (UTC).
    """

    def __init__(self, overrides: Mapping[str, ImagePriceSettings] | None = None, *, today: date | None = None) -> None:
        table = _built_in()
        self._today = today or datetime.now(UTC).date()
        self._images: dict[str, list[ImagePrice]] = {}
        for row in table["images"]:
            self._images.setdefault(row["model"], []).append(_image_price(row))
        self._language = {row["model"]: _language_price(row) for row in table["language"]}
        for model, entry in (overrides or {}).items():
            seconds = Decimal(entry.worst_seconds or 0)
            self._images[model] = [ImagePrice(entry.per(), self._today, "pipeline.yaml", {}, seconds)]

    def image(self, model: str, values: Mapping[str, Any]) -> ImagePrice | None:
        """Return the price of a request now, or None where it is not known.

        Args:
            model: As the spec names it, with or without a version.
            values: The request's input: of some models, quality or resolution decide the price.
        """
        fitting = [price for price in self._rows(model) if _holds(price, values) and price.valid_from <= self._today]
        return max(fitting, key=lambda price: price.valid_from, default=None)

    @property
    def models(self) -> list[str]:
        """All image models that have a price."""
        return sorted(self._images)

    @property
    def language_models(self) -> list[str]:
        """All language models that have an estimate."""
        return sorted(self._language)

    def rows(self, model: str) -> list[ImagePrice]:
        """Return all prices of an image model, past and future."""
        return list(self._rows(model))

    def _rows(self, model: str) -> Iterable[ImagePrice]:
        return self._images.get(model) or self._images.get(without_version(model)) or ()

    def language(self, model: str) -> LanguagePrice | None:
        """Return the price of a language model for an estimate, or None where it is not known."""
        return self._language.get(model)


def _holds(price: ImagePrice, values: Mapping[str, Any]) -> bool:
    return all(values.get(name) == value for name, value in price.when.items())


def _image_price(row: Mapping[str, Any]) -> ImagePrice:
    return ImagePrice(
        {unit: Decimal(price) for unit, price in row["per"].items()},
        row["valid_from"],
        row["source"],
        row.get("when", {}),
        Decimal(row.get("worst_seconds", 0)),
    )


def _language_price(row: Mapping[str, Any]) -> LanguagePrice:
    return LanguagePrice(
        Decimal(row["input"]) / MILLION,
        Decimal(row["output"]) / MILLION,
        ZERO,
        row["valid_from"].isoformat(),
        row["source"],
    )
