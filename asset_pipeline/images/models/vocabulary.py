"""The sizes that an input schema offers, whatever words it has for them: sides, pixel sizes, or shapes and resolutions.

Seen on Replicate: `width` and `height` (alone, or with `custom` as aspect ratio or size); a list of `1536x1024` as
`size` or `resolution`; `aspect_ratio`, alone or with `resolution: 1 MP`, `size: 2K` or `megapixels: "1"`. What means a
size of something else, such as match_input_image or "Not set", is never offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import lcm, sqrt
from typing import Any

from asset_pipeline.images.models.builtin import ModelFacts, Sides
from asset_pipeline.images.models.sizing import MEGAPIXEL, Offer, Size

Properties = Mapping[str, Mapping[str, Any]]

# Keys that decide the size, whichever of them a schema has.
SHAPE = "aspect_ratio"
RESOLUTIONS = ("size", "resolution", "image_size", "megapixels", "output_megapixels", "img_size", "pixel")
SIDES = ("width", "height")
SIZE_KEYS = frozenset({SHAPE, *RESOLUTIONS, *SIDES})

_PIXELS = re.compile(r"([1-9]\d{1,4}) ?[x*] ?([1-9]\d{1,4})")
_RATIO = re.compile(r"[1-9]\d{0,3}:[1-9]\d{0,3}")
_AMOUNT = r"(\d{0,5}\.?\d{1,5})"
_MEGAPIXELS = re.compile(rf"{_AMOUNT} ?MP", re.IGNORECASE)
_KILO = re.compile(rf"{_AMOUNT} ?K", re.IGNORECASE)
_NUMBER = re.compile(_AMOUNT)
_MULTIPLE = re.compile(r"(?:multiples? of|divisible by) (\d{1,4})", re.IGNORECASE)
# Every model takes sides of such a step, and offering fewer sizes costs nothing.
_STEP = 8
# For models that say nothing about their sides: what models of a megapixel are good at.
_LOW, _HIGH, _MOST = 512, 1536, 1536 * 1024
_LARGEST = 8192
_SMALLEST_SIDE = 64


def offers(properties: Properties, facts: ModelFacts, wanted: Size) -> list[Offer]:
    """Return the sizes that may fit a wanted one.

    Args:
        properties: Of the input schema.
        facts: What else is known of the model.
        wanted: Width and height of the finished file.
    """
    extra = _asking_for_sides(properties)
    if extra is not None:
        return [
            _exactly({**extra, "width": width, "height": height}, (width, height))
            for width, height in _free_sizes(properties, facts.sides, wanted)
        ]
    return list(_listed_sizes(properties)) or list(_shapes(properties, facts))


def _asking_for_sides(properties: Properties) -> dict[str, str] | None:
    """Return the keys that go with width and height, or None where these are of no use."""
    if not all(side in properties for side in SIDES):
        return None
    for key in (SHAPE, "size"):
        if "custom" in properties.get(key, {}).get("enum", ()):
            return {key: "custom"}
    return None if SHAPE in properties else {}


def _free_sizes(properties: Properties, known: Sides, wanted: Size) -> list[Size]:
    """Return, for each width and each height there is, the two sizes nearest to the wanted shape."""
    widths, heights = (_sides(properties[side], known) for side in SIDES)
    ratio = wanted[0] / wanted[1]
    sizes = {(width, height) for width in widths for height in _nearest(heights, width / ratio)}
    sizes |= {(width, height) for height in heights for width in _nearest(widths, height * ratio)}
    bounded = all("maximum" in properties[side] for side in SIDES)
    most = known.most or (_LARGEST**2 if bounded else _MOST)
    return sorted(size for size in sizes if size[0] * size[1] <= most)


def _sides(rule: Mapping[str, Any], known: Sides) -> range:
    low, high = rule.get("minimum", known.low or _LOW), rule.get("maximum", known.high or _HIGH)
    said = _MULTIPLE.search(str(rule.get("description", "")))
    step = rule.get("multipleOf") or known.step or (int(said[1]) if said else _STEP)
    step = lcm(int(min(step, _LARGEST)) or _STEP, _STEP)
    first = -(-int(min(max(low, _SMALLEST_SIDE), _LARGEST)) // step) * step
    return range(first, int(min(high, _LARGEST)) + 1, step)


def _nearest(sides: range, exact: float) -> list[int]:
    if not sides:
        return []
    below = int((exact - sides.start) // sides.step)
    return [sides[min(max(place, 0), len(sides) - 1)] for place in (below, below + 1)]


def _listed_sizes(properties: Properties) -> Iterator[Offer]:
    for key in RESOLUTIONS:
        for value in properties.get(key, {}).get("enum", ()):
            match = _PIXELS.fullmatch(str(value))
            if match:
                yield _exactly({key: value}, (int(match[1]), int(match[2])))


def _shapes(properties: Properties, facts: ModelFacts) -> Iterator[Offer]:
    """Return all shapes in all resolutions; of a model that has only one of the two, these."""
    areas = list(_areas(properties)) or [({}, facts.pixels)]
    shapes = [value for value in properties.get(SHAPE, {}).get("enum", ()) if _RATIO.fullmatch(str(value))]
    for resolution, area in areas:
        for shape in shapes:
            values = {SHAPE: shape, **resolution}
            yield _exactly(values, facts.sizes[shape]) if shape in facts.sizes else _about(values, _ratio(shape), area)
        if resolution and not shapes:
            yield _about(resolution, 1, area)


def _areas(properties: Properties) -> Iterator[tuple[dict[str, Any], int]]:
    for key in RESOLUTIONS:
        found = [(value, _area(key, str(value))) for value in properties.get(key, {}).get("enum", ())]
        areas = [({key: value}, area) for value, area in found if area]
        if areas:
            yield from areas
            return


def _area(key: str, text: str) -> int | None:
    """Return the pixels of `1 MP`, `2K`, or a number: megapixels, or a side where the key does not say megapixels."""
    if match := _MEGAPIXELS.fullmatch(text):
        return round(float(match[1]) * MEGAPIXEL)
    if match := _KILO.fullmatch(text):
        return round((float(match[1]) * 1024) ** 2)
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if key.endswith("megapixels"):
        return round(number * MEGAPIXEL)
    return round(number**2) if number >= _SMALLEST_SIDE else None


def _ratio(shape: str) -> float:
    across, _, down = shape.partition(":")
    return int(across) / int(down)


def _exactly(values: Mapping[str, Any], size: Size) -> Offer:
    return Offer(values, *size, size[0] / size[1], size[0] * size[1])


def _about(values: Mapping[str, Any], ratio: float, area: int) -> Offer:
    width = sqrt(area * ratio)
    return Offer(values, max(1, round(width)), max(1, round(area / width)), ratio, area)
