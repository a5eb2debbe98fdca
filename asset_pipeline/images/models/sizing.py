"""Which of the sizes that a model offers fits a wanted file best: little is cropped, little invented, little paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Size = tuple[int, int]
MEGAPIXEL = 1024 * 1024


@dataclass(frozen=True)
class Offer:
    """A size that a model can be asked for.

    Args:
        values: The keys of the input that ask for it.
        width: Pixels of what comes; estimated where a model is told a shape and not a size.
        height: Pixels of what comes.
        ratio: Width by height, as exactly as it is known.
        area: Pixels it counts as; the same for all shapes of a resolution.
    """

    values: Mapping[str, Any]
    width: int
    height: int
    ratio: float
    area: int

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.width, self.height


def crop_loss(offered: Size, wanted: Size) -> float:
    """Return the share of an offered picture, 0 to 1, that is cut away to reach a wanted shape."""
    return _lost(offered[0] / offered[1], wanted)


def enlargement(offered: Size, wanted: Size) -> float:
    """Return the factor by which an offered picture must grow to fill a wanted size; 1 where it is large enough."""
    return max(1.0, wanted[0] / offered[0], wanted[1] / offered[1])


def best_offer(offers: Iterable[Offer], wanted: Size, *, native: bool = False) -> Offer | None:
    """Return the offer that fits a wanted size best, or None where there is none.

    First the least crop, to a percent; then the least enlargement; then what is nearest to a megapixel: models draw
    poorly below it, and pixels cost money above it.

    Args:
        offers: What there is.
        wanted: Width and height of the finished file.
        native: Whether enlargement does not count, because the model draws best at about a megapixel.
    """

    def rank(offer: Offer) -> tuple[float, float, int, float]:
        lost = _lost(offer.ratio, wanted)
        grown = 1.0 if native else enlargement(offer.size, wanted)
        return round(lost, 2), grown, abs(offer.area - MEGAPIXEL), lost

    return min(offers, key=rank, default=None)


def _lost(ratio: float, wanted: Size) -> float:
    by_wanted = ratio * wanted[1] / wanted[0]
    return 1 - min(by_wanted, 1 / by_wanted)
