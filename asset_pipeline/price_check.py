"""Says which prices a project relies on, and how old each is. Knows only the price table: it asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.ledger.money import brief
from asset_pipeline.providers.prices import MILLION, ImagePrice, PriceTable
from asset_pipeline.results import Failed
from asset_pipeline.settings import Settings
from asset_pipeline.specs import Collection, WantedImage
from asset_pipeline.used_models import used_models, wishes_by_model


class Verdict(StrEnum):
    """How good a price is."""

    OK = "ok"
    OLD = "old"
    NO_ESTIMATE = "no estimate"  # of a language model: a run asks for its price, only `plan` does not know it
    MISSING = "missing"  # of an image model: nothing is bought without it


@dataclass(frozen=True)
class CheckedPrice:
    """A price that the project relies on.

    Args:
        model: As specs and settings name it.
        kind: `image` or `language`.
        verdict: How good it is.
        price: It, for people; empty where there is none.
        seen: The day from which it is known to hold.
        source: Where it was seen.
        places: Where the model is named.
        fix: What to do, where it is missing or old.
    """

    model: str
    kind: str
    verdict: Verdict
    price: str
    seen: date | None
    source: str
    places: tuple[str, ...]
    fix: str = ""


def check_prices(
    settings: Settings, collections: Sequence[Collection], table: PriceTable, *, today: date, max_age_days: int
) -> list[CheckedPrice]:
    """Return the prices of all models that specs and settings name; of some models there are several.

    Args:
        settings: Name the language models, and image models that stand in.
        collections: Name the image models.
        table: Where prices are looked up.
        today: In UTC.
        max_age_days: Age above which a price is old.
    """
    used = used_models(settings, collections)
    wishes = wishes_by_model(settings, collections)
    found: list[CheckedPrice] = []
    for model, places in used.images.items():
        priced = _prices_of(table, model, wishes.get(model, ()))
        if not priced:
            fix = f"without it nothing is bought; set prices.{model} in pipeline.yaml, in USD per image"
            found.append(CheckedPrice(model, "image", Verdict.MISSING, "", None, "", places, fix))
        for price in priced:
            old = (today - price.valid_from).days > max_age_days
            fix = f"look at {_page(model)}, and set prices.{model} in pipeline.yaml if it has changed" if old else ""
            verdict = Verdict.OLD if old else Verdict.OK
            shown = show_image_price(price)
            found.append(CheckedPrice(model, "image", verdict, shown, price.valid_from, price.source, places, fix))
    found += [
        _language(table, model, places, today=today, max_age_days=max_age_days)
        for model, places in used.language.items()
    ]
    return found


def _prices_of(table: PriceTable, model: str, wishes: Iterable[WantedImage]) -> list[ImagePrice]:
    """Return the prices of what a model is asked for; none at all where one of them has no price.

    A model that only the settings name is asked for nothing yet: any price of it will do.
    """
    book = ModelBook()
    priced: list[ImagePrice] = []
    asked = 0
    for wanted in wishes:
        chosen = book.choose(wanted, prompt="")
        if isinstance(chosen, Failed):
            continue  # what a model cannot be asked for is said by `plan`
        asked += 1
        price = table.image(model, chosen.values)
        if price is None:
            return []
        if price not in priced:
            priced.append(price)
    return priced if asked else table.rows(model)


def _language(
    table: PriceTable, model: str, places: tuple[str, ...], *, today: date, max_age_days: int
) -> CheckedPrice:
    price = table.language(model)
    asks = "a run asks OpenRouter what it costs now"
    if price is None:
        fix = f"`plan` leaves it out; {asks}"
        return CheckedPrice(model, "language", Verdict.NO_ESTIMATE, "", None, "", places, fix)
    seen = date.fromisoformat(price.as_of)
    old = (today - seen).days > max_age_days
    shown = f"{brief(price.input_usd * MILLION)} in, {brief(price.output_usd * MILLION)} out per million tokens"
    verdict, fix = (Verdict.OLD, f"only `plan` uses it; {asks}") if old else (Verdict.OK, "")
    return CheckedPrice(model, "language", verdict, shown, seen, price.source, places, fix)


def show_image_price(price: ImagePrice) -> str:
    """Return what a run of an image model costs, for people."""
    parts = [f"{_exact(usd)} per {unit}" for unit, usd in price.per.items()]
    time = f" (at most {price.worst_seconds} s)" if price.worst_seconds else ""
    return " + ".join(parts) + time


def show_when(when: Mapping[str, object]) -> str:
    """Return for which input a price holds, for people; empty for any."""
    return ", ".join(
        f"{name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in when.items()
    )


def _exact(usd: Decimal) -> str:
    return f"${usd.normalize():f}"


def _page(model: str) -> str:
    name = model.removeprefix("openrouter:").removeprefix("deployments/").partition(":")[0]
    return f"https://{'openrouter.ai' if model.startswith('openrouter:') else 'replicate.com'}/{name}"
