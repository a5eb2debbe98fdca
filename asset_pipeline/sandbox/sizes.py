"""How large a picture an input asks for, in each of the vocabularies that image models have for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import sqrt
from typing import Any

Size = tuple[int, int]

MEGAPIXEL = 1024 * 1024
_STEP = 32
_SIDE = 1024
_SIZE_KEYS = ("resolution", "size", "image_size")
_AREA_KEYS = ("megapixels", "output_megapixels")


def output_size(values: Mapping[str, Any], *, sizes: Mapping[str, Size] | None = None, pixels: int = MEGAPIXEL) -> Size:
    """Return width and height in pixels.

    Pixels given outright are taken as they are. A shape with an area becomes the largest picture of that shape, in
    steps of 32, that has no more pixels than the area: what FLUX models do, and for others a guess. There is no input
    picture to match, so `match_input_image` is a square.

    Args:
        values: The input, defaults included.
        sizes: The model's own pixels for some shapes.
        pixels: Area where the input names none.
    """
    shape = _shape(values)
    for key in _SIZE_KEYS:
        outright = re.fullmatch(r"(\d+)x(\d+)", str(values.get(key)))
        # Recraft ignores `size` where a shape is set; Ideogram ignores the shape where a `resolution` is set.
        if outright and (key == "resolution" or shape is None):
            return int(outright[1]), int(outright[2])
    if _is_custom(values):
        return int(values.get("width") or _SIDE), int(values.get("height") or _SIDE)
    across, down = shape or (1, 1)
    area = _area(values)
    known = (sizes or {}).get(f"{across}:{down}")
    if area is None and known:
        return known
    area = area or pixels
    return _step(sqrt(area * across / down)), _step(sqrt(area * down / across))


def _shape(values: Mapping[str, Any]) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d+):(\d+)", str(values.get("aspect_ratio")))
    return (int(found[1]), int(found[2])) if found else None


def _is_custom(values: Mapping[str, Any]) -> bool:
    """Say whether width and height count: where they are asked for, and where there is nothing else."""
    if "custom" in (values.get("aspect_ratio"), values.get("size")):
        return True
    has_other = any(key in values for key in ("aspect_ratio", *_SIZE_KEYS))
    return not has_other and bool(values.get("width") or values.get("height"))


def _area(values: Mapping[str, Any]) -> int | None:
    for key in _SIZE_KEYS:
        found = re.fullmatch(r"([\d.]+) ?(K|MP)", str(values.get(key)))
        if found:
            amount = float(found[1])
            return int((amount * _SIDE) ** 2 if found[2] == "K" else amount * MEGAPIXEL)
    for key in _AREA_KEYS:
        if values.get(key):
            return int(float(values[key]) * MEGAPIXEL)
    return None


def _step(pixels: float) -> int:
    return max(_STEP, int(pixels / _STEP + 1e-9) * _STEP)
