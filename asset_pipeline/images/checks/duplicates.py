"""Finds pictures of a collection that nobody could tell apart: candidates by their hashes, the verdict by a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from asset_pipeline.images.checks.check import Bound, Check
from asset_pipeline.images.checks.colour import Floats, to_lab
from asset_pipeline.images.checks.hashes import neighbours
from asset_pipeline.images.checks.pair import on_ground
from asset_pipeline.images.finish.plain import plain
from asset_pipeline.settings.checks import ChecksSettings

# Files of one picture are within so many bits; but so are letter headers that differ only in their emblem.
_MAY_BE_ALIKE = 10
_MOST_LOOKS = 16
_SIDE = 96
_SEEN = 12.0  # ΔE*ab from which on two pixels differ, whatever JPEG did to them
_GROUND = (255, 255, 255)


def check_duplicates(
    hashes: Mapping[str, int], open_picture: Callable[[str], Image.Image], *, settings: ChecksSettings
) -> dict[str, Check]:
    """Return for each image of a collection whether another one looks like it.

    Args:
        hashes: What `perceptual_hash` says, by image key.
        open_picture: Opens the finished picture of a key; asked only for those whose hashes are alike, once each.
        settings: How much must differ.
    """
    if not settings.duplicate.enabled:
        return {}
    small: dict[str, Floats] = {}

    def differs(first: str, second: str) -> float:
        for key in (first, second):
            if key not in small:
                small[key] = _small(open_picture(key))
        return _difference(small[first], small[second])

    candidates = neighbours(hashes, _MAY_BE_ALIKE, most=_MOST_LOOKS)
    return {key: _check([(differs(key, other), other) for other in candidates[key]], settings) for key in hashes}


def _check(differences: list[tuple[float, str]], settings: ChecksSettings) -> Check:
    value, other = min(differences, default=(100.0, ""))
    return Check.of(
        "duplicate",
        value,
        unit="%",
        bound=Bound.AT_LEAST,
        rule=settings.duplicate,
        good="No other image looks like it.",
        bad=f"It looks just like {other}: look at both, and make one of them anew.",
    )


def _small(picture: Image.Image) -> Floats:
    scale = _SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = plain(picture).resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    return to_lab(np.asarray(on_ground(small, _GROUND)))


def _difference(first: Floats, second: Floats) -> float:
    """Return the percentage of two pictures in which they visibly differ; of two shapes, all."""
    if first.shape != second.shape:
        return 100.0
    return 100 * float((np.sqrt(((first - second) ** 2).sum(axis=-1)) > _SEEN).mean())
