"""Whether an icon can be read at its final size: its symbol stands out, and its detail is still there."""

from __future__ import annotations

import numpy as np
from PIL import Image

from asset_pipeline.images.checks.colour import Bytes, Floats, contrast, lightness, luminance
from asset_pipeline.images.checks.pair import Pair, on_ground

# The middle, where the symbol is: around it there may be the edge of a tile, which says nothing about the symbol.
_MIDDLE = 0.7
_FEWEST = 0.03  # share of the middle that a symbol must have
_ENLARGED = 4
_MOST_PIXELS = 512
# Differences of L* from one pixel to the next that nobody sees: JPEG, and soft shading.
_UNSEEN = 1.5


def symbol_contrast(pair: Pair) -> float:
    """Return the contrast ratio of symbol and ground, 1 to 21, in the middle of the finished picture.

    WCAG 2.1 asks for 3 (success criterion 1.4.11, non-text contrast). A picture that one can see through is judged on
    the better of white and black.
    """
    return max(_contrast_of_two(luminance(_middle(final))) for final in pair.finals)


def detail_kept(pair: Pair) -> float:
    """Return the percentage of the original's edges that the finished picture still has.

    A plain shape keeps its edges when it is made small: they only become softer, and the sum of all steps along a line
    stays the same. Hairlines, hatching and the small things of a scene lose them.
    """
    width, height = pair.finished.size
    box = pair.kept_box
    scale = min(_ENLARGED, (box[2] - box[0]) / width, _MOST_PIXELS / max(width, height))
    if scale <= 1:
        return 100.0
    size = (round(width * scale), round(height * scale))
    before = pair.original.resize(size, Image.Resampling.BOX, box=box, reducing_gap=2.0)
    grounds = pair.grounds
    after = pair.finished.resize(size, Image.Resampling.BICUBIC)
    return 100 * min(1.0, max(_steps(after, ground) / max(_steps(before, ground), 1e-6) for ground in grounds))


def _middle(rgb: Bytes) -> Bytes:
    height, width = rgb.shape[:2]
    left, top = int(width * (1 - _MIDDLE) / 2), int(height * (1 - _MIDDLE) / 2)
    return rgb[top : height - top, left : width - left]


def _contrast_of_two(light: Floats) -> float:
    """Return the contrast of the two groups into which luminances fall best (N. Otsu, 1979), on a scale of L*."""
    ordered = np.sort(light.ravel()).astype(np.float64)
    scale = np.cbrt(ordered)  # about L*: steps that look alike are alike
    count = len(scale)
    sums, lights = np.cumsum(scale), np.cumsum(ordered)
    below = np.arange(1, count)
    between = (sums[:-1] / below - (sums[-1] - sums[:-1]) / (count - below)) ** 2 * below * (count - below)
    few = max(1, int(count * _FEWEST))
    cut = few + int(between[few - 1 : count - few].argmax())
    return contrast(lights[cut - 1] / cut, (lights[-1] - lights[cut - 1]) / (count - cut))


def _steps(picture: Image.Image, ground: tuple[int, int, int]) -> float:
    light = lightness(np.asarray(on_ground(picture, ground)))
    return sum(float(np.maximum(np.abs(np.diff(light, axis=axis)) - _UNSEEN, 0).sum()) for axis in (0, 1))
