"""Chooses the part of a picture that is kept: always the largest of the wanted shape, with the subject in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from asset_pipeline.images.finish.interest import Interest
from asset_pipeline.images.finish.light import Floats
from asset_pipeline.images.finish.scale import Box, Size

# The middle is left only where it shows less than this of what the best part shows.
_GOOD_ENOUGH = 0.95
_AS_GOOD = 0.998
# The grid of places that are compared, along the picture.
_STEPS = 512
# What lies at the edge of a part counts half: a subject has room around it.
_AT_THE_EDGE = 0.5


def crop_box(size: Size, wanted: Size) -> Box:
    """Return the largest centred part of a picture that has the wanted shape."""
    return _part(size, wanted, 0.5)


def subject_box(size: Size, wanted: Size, interest: Callable[[], Interest]) -> Box:
    """Return the largest part of a picture that has the wanted shape and shows most of what draws the eye.

    Where the middle is as good, or nothing stands out, it is the middle.

    Args:
        size: Of the picture.
        wanted: Its shape is kept.
        interest: Looks at the picture; asked only where something has to be left out.
    """
    left, top, right, bottom = crop_box(size, wanted)
    across, down = (right - left) / size[0], (bottom - top) / size[1]
    if min(across, down) > 1 - 1 / _STEPS:
        return left, top, right, bottom
    place = _best_place(interest().across, across) if across < down else _best_place(interest().down, down)
    return _part(size, wanted, place)


def _part(size: Size, wanted: Size, place: float) -> Box:
    """Return the largest part of a shape; `place` is 0 where it begins with the picture, and 1 where both end."""
    width, height = size
    ratio = wanted[0] / wanted[1]
    kept_width, kept_height = (height * ratio, height) if width / height > ratio else (width, width / ratio)
    # Rounding must not push an edge out of the picture.
    left, top = max(0.0, (width - kept_width) * place), max(0.0, (height - kept_height) * place)
    return left, top, min(left + kept_width, width), min(top + kept_height, height)


def _best_place(profile: Floats, kept: float) -> float:
    """Return where a window that keeps a share of a profile's length has most of it, 0 to 1."""
    window = max(1, round(kept * _STEPS))
    steps = np.interp((np.arange(_STEPS) + 0.5) / _STEPS * len(profile) - 0.5, np.arange(len(profile)), profile)
    within = np.sin(np.pi * (np.arange(window) + 0.5) / window)
    seen = np.convolve(steps, _AT_THE_EDGE + (1 - _AT_THE_EDGE) * within, mode="valid")
    middle = (len(seen) - 1) / 2
    best = seen.max()
    if seen[round(middle)] >= _GOOD_ENOUGH * best:
        return 0.5
    good = np.flatnonzero(seen >= _AS_GOOD * best)
    return float(good[np.abs(good - middle).argmin()] / (len(seen) - 1))
