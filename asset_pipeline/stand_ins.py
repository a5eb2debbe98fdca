"""Looks whether the image models that stand in for others have a price: without one, none of them can be bought."""

from __future__ import annotations

from collections.abc import Iterator

from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.settings import Settings


def unpriced_stand_ins(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the keys of `budget.cheaper_models` whose model has no known price, and what is to be done."""
    if not settings.budget.cheaper_models:
        return
    table = PriceTable(settings.prices)
    for model, cheaper in settings.budget.cheaper_models.items():
        if not table.rows(cheaper):
            what = (
                f"{cheaper!r} has no known price, so it can be bought for nobody; set prices.{cheaper} (USD per image)"
            )
            yield ("budget", "cheaper_models", model), f"{what}, or name a model of `asset-pipeline prices show`"
