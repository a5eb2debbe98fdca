"""How models would be asked for sizes, side by side: to choose a model by before anything is paid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.images.models.model import ImageModel
from asset_pipeline.images.models.sizing import Size
from asset_pipeline.images.models.vocabulary import SIZE_KEYS
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.results import Failed

# What specs ask for: icons, squares, banners, an odd one, and the largest there may be.
USUAL_SIZES: tuple[Size, ...] = (
    (48, 48),
    (64, 64),
    (512, 512),
    (1500, 400),
    (1920, 400),
    (400, 1500),
    (2100, 600),
    (1000, 1000),
    (333, 777),
    (4096, 4096),
)


@dataclass(frozen=True)
class Fit:
    """How a model would be asked for a size.

    Args:
        model: As a spec names it.
        size: Width and height in pixels of the finished file.
        asked: The keys of the input that decide the size.
        pixels: Width and height of what comes; estimated where the model is told a shape and not a size.
        crop_loss: Share of it, 0 to 1, that is cut away.
        enlargement: Factor by which the rest grows; 1 where it is large enough.
        worst_usd: What it costs at most; None where no price is known.
    """

    model: str
    size: Size
    asked: Mapping[str, Any]
    pixels: Size
    crop_loss: float
    enlargement: float
    worst_usd: Decimal | None


def survey(models: Iterable[ImageModel], sizes: Iterable[Size], prices: PriceTable) -> Iterator[Fit]:
    """Yield how each model would be asked for each size.

    Args:
        models: Which; one that cannot be asked at all is left out.
        sizes: Of the finished files.
        prices: What they cost.
    """
    wanted = list(sizes)
    for model in models:
        for size in wanted:
            chosen = model.choose(size=size, prompt="a picture")
            if isinstance(chosen, Failed):
                continue
            price = prices.image(model.name, chosen.values)
            yield Fit(
                model=model.name,
                size=size,
                asked={key: value for key, value in chosen.values.items() if key in SIZE_KEYS},
                pixels=(chosen.output.width, chosen.output.height),
                crop_loss=chosen.crop_loss(size),
                enlargement=chosen.enlargement(size),
                worst_usd=price.worst_usd(chosen.output) if price else None,
            )
