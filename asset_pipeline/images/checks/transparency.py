"""Whether transparency is real: pixels that one can see through, and no checkerboard painted in their place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from asset_pipeline.images.checks.colour import Bytes
from asset_pipeline.images.checks.pair import Pair
from asset_pipeline.specs import WantedImage

_CLEAR = 16  # an alpha below this is not seen
_GREY = 14  # how far apart the three bytes of a grey may be
_BESIDE = 5  # how far a square may be from its own shade
_FEWEST = 0.02  # share of the picture that each shade must have
_PERIODS = range(2, 65)  # sides of a square that are looked for, in pixels of the reduced original
_SURE = 0.5  # correlation from which on squares really alternate


def wants_transparency(wanted: WantedImage) -> bool:
    """Say whether an image should have a transparent ground: the spec says so, or its model was asked for one."""
    return wanted.transparent or ("background", "transparent") in wanted.input


def clear(pair: Pair) -> float | None:
    """Return the percentage of the finished picture that one can see through; None where nobody wants that."""
    if not wants_transparency(pair.wanted):
        return None
    if pair.finished.mode != "RGBA":
        return 0.0
    histogram = pair.finished.getchannel("A").histogram()
    return 100 * sum(histogram[:_CLEAR]) / sum(histogram)


def checkerboard(pair: Pair) -> float:
    """Return the percentage of the original that is covered by a painted checkerboard of two greys."""
    shades = _two_greys(pair.source)
    return 100 * float(np.abs(shades).mean()) if shades is not None and _alternates(shades) else 0.0


def _two_greys(rgb: Bytes) -> NDArray[np.float32] | None:
    """Return the picture as +1 and -1 for its two commonest greys and 0 elsewhere; None where one is hardly there."""
    high = rgb.max(axis=-1)
    grey = high - rgb.min(axis=-1) <= _GREY
    counts = np.bincount(high[grey], minlength=256)
    masks = []
    for _ in range(2):
        commonest = int(np.convolve(counts, np.ones(2 * _BESIDE + 1), mode="same").argmax())
        low, top = max(0, commonest - _BESIDE), commonest + _BESIDE
        masks.append(grey & (high >= low) & (high <= top))
        counts[low : top + 1] = 0
    if min(mask.mean() for mask in masks) < _FEWEST:
        return None
    shades: NDArray[np.float32] = masks[0].astype(np.float32) - masks[1].astype(np.float32)
    return shades


def _alternates(shades: NDArray[np.float32]) -> bool:
    """Say whether the two shades are the squares of a checkerboard."""
    present = np.abs(shades)
    return any(_has_squares(shades, present, side) for side in _PERIODS if 2 * side < min(shades.shape))


def _has_squares(shades: NDArray[np.float32], present: NDArray[np.float32], side: int) -> bool:
    # One square aside the shade is the other one; two squares aside, or one aside and one down, it is the same.
    steps = ((side, 0, -1), (0, side, -1), (side, side, 1), (2 * side, 0, 1))
    return all(sign * _correlation(shades, present, right, down) >= _SURE for right, down, sign in steps)


def _correlation(shades: NDArray[np.float32], present: NDArray[np.float32], right: int, down: int) -> float:
    height, width = shades.shape
    here, there = np.s_[: height - down, : width - right], np.s_[down:, right:]
    both = float(np.vdot(present[here], present[there]))
    return float(np.vdot(shades[here], shades[there])) / both if both else 0.0
