"""An original and its finished picture, with the reduced copies that the checks look at, each made once."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

import numpy as np
from PIL import Image

from asset_pipeline.images.checks.colour import Bytes, Floats, to_lab
from asset_pipeline.images.checks.opened import Opened
from asset_pipeline.images.finish import crop_box
from asset_pipeline.images.finish.plain import plain
from asset_pipeline.specs import WantedImage

Box: TypeAlias = tuple[float, float, float, float]

# A look at this many pixels tells colours and shapes as well as one at all of them.
SAMPLE_SIDE, SOURCE_SIDE = 256, 512
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


class Pair:
    """What is looked at; used by one thread, for one image, and then thrown away.

    Args:
        original: What the provider delivered.
        finished: What was made of it.
        wanted: What both should show.
        box: The part of the original that was finished, in its upright pixels; the centred one if left out.
    """

    def __init__(self, original: Opened, finished: Opened, wanted: WantedImage, *, box: Box | None = None) -> None:
        self.files = original, finished
        self.original = plain(original.picture)
        self.finished = plain(finished.picture)
        self.wanted = wanted
        self.kept_box = box or crop_box(self.original.size, self.finished.size)

    @cached_property
    def samples(self) -> tuple[Bytes, ...]:
        """The finished picture, reduced: as it is, or on white and on black where one can see through it."""
        small = reduced(self.finished, SAMPLE_SIDE)
        return tuple(np.asarray(on_ground(small, ground)) for ground in self.grounds)

    @cached_property
    def finals(self) -> tuple[Bytes, ...]:
        """The finished picture at its own size, on the same grounds."""
        return tuple(np.asarray(on_ground(self.finished, ground)) for ground in self.grounds)

    @cached_property
    def sample_labs(self) -> tuple[Floats, ...]:
        """The samples as L*a*b*."""
        return tuple(to_lab(sample) for sample in self.samples)

    @cached_property
    def source(self) -> Bytes:
        """The whole original, reduced, on white."""
        return np.asarray(on_ground(reduced(self.original, SOURCE_SIDE), _WHITE))

    @property
    def grounds(self) -> tuple[tuple[int, int, int], ...]:
        """What the finished picture is seen on; more than one colour where one can see through it."""
        return (_WHITE, _BLACK) if self.finished.mode == "RGBA" else (_WHITE,)


def reduced(picture: Image.Image, side: int) -> Image.Image:
    """Return the picture reduced by a whole number, so that its longer side is at least `side` if it was."""
    factor = max(picture.size) // side
    if factor < 2:
        return picture
    # A side that is very short is not reduced to nothing.
    return picture.reduce((min(factor, picture.width), min(factor, picture.height)))


def on_ground(picture: Image.Image, ground: tuple[int, int, int]) -> Image.Image:
    """Return the picture as RGB, on a ground where one can see through it."""
    if picture.mode == "RGB":
        return picture
    under = Image.new("RGBA", picture.size, (*ground, 255))
    under.alpha_composite(picture)
    return under.convert("RGB")


def blocks(values: Floats, side: int) -> Floats:
    """Return the means of squares of a picture; what is left over at its far edges is spread over all of them."""
    if side == 1:
        return values
    rows, columns = (np.linspace(0, length, max(1, length // side) + 1).astype(int) for length in values.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(values, rows[:-1], axis=0), columns[:-1], axis=1)
    sizes = np.diff(rows)[:, None] * np.diff(columns)
    per_value = sizes.reshape(sizes.shape + (1,) * (values.ndim - 2))
    means: Floats = (sums / per_value).astype(np.float32)
    return means
