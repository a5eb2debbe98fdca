"""Puts into words what models read badly: colours as numbers, and things that must not be seen."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable
from functools import cache

from asset_pipeline.specs import ImageType

# Most models draw what they read, "no" or not; so each of these is said as what is there instead: in a scene, for a
# symbol, on a surface.
_INSTEAD: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (
        ("text", "word", "words", "lettering", "letters", "writing", "typography", "caption", "captions"),
        "every surface blank", "unlettered", "unlettered",
    ),
    (
        ("people", "person", "persons", "humans", "faces", "face", "figures", "portraits"),
        "objects and places alone", "an object by itself", "the material by itself",
    ),
    (
        ("clutter", "mess", "busyness", "busy backgrounds"),
        "few things, well spaced", "an empty ground around it", "the material by itself",
    ),
    (
        ("logos", "logo", "watermark", "watermarks", "signature", "signatures", "brands"),
        "plain, unmarked surfaces", "unmarked", "unmarked",
    ),
    (("frame", "frames", "border", "borders"), *("open edges",) * 3),
    (("gradients", "gradient"), *("solid flat colours",) * 3),
    (("shadows", "shadow", "drop shadows"), *("even, shadowless light",) * 3),
    (("photorealism", "photo", "photos", "photographs", "photography"), *("clearly drawn",) * 3),
    (("cartoon", "cartoons", "comics", "cuteness"), *("sober, grown-up drawing",) * 3),
    (("noise", "grain", "dirt"), *("clean surfaces",) * 3),
    (("blur", "blurriness", "blurry edges"), *("crisp edges",) * 3),
    (("neon", "neon colours", "bright colours", "loud colours"), *("subdued colours",) * 3),
)  # fmt: skip
_POSITIVE = {word: phrases for words, *phrases in _INSTEAD for word in words}
_PHRASE = {
    ImageType.COVERS: 0,
    ImageType.LETTER_HEADERS: 0,
    ImageType.ICONS: 1,
    ImageType.DATABASE_ICONS: 1,
    ImageType.TEXTURES: 2,
}
# Upper end of each hue in degrees, and its name.
_HUES = (
    (12, "red"), (28, "vermilion"), (36, "orange"), (52, "gold"), (68, "yellow"), (90, "lime"), (145, "green"),
    (165, "sea green"), (195, "teal"), (203, "cyan"), (222, "blue"), (250, "royal blue"), (275, "indigo"),
    (300, "violet"), (325, "magenta"), (345, "rose"), (361, "red"),
)  # fmt: skip
_BLACK, _DARK, _LIGHT, _PALE, _WHITE = 0.1, 0.32, 0.68, 0.84, 0.95
_GREY, _MUTED = 0.09, 0.4


def without(avoid: Iterable[str], kind: ImageType) -> tuple[list[str], list[str]]:
    """Return what to say instead of things that must not be seen, and the things for which no such words are known.

    Args:
        avoid: The things.
        kind: Type of the image.
    """
    instead, rest = dict[str, None](), []
    for thing in avoid:
        phrases = _POSITIVE.get(thing.lower())
        if phrases:
            instead[phrases[_PHRASE[kind]]] = None
        else:
            rest.append(thing)
    return list(instead), rest


@cache
def colour_name(code: str) -> str:
    """Return a colour in words, such as `dark blue` for `#1F3A4D`.

    Args:
        code: `#RRGGBB`.
    """
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    if light <= _BLACK:
        return "black"
    if light >= _WHITE:
        return "white"
    # How colourful it is to the eye: near black and white, saturation says nothing.
    chroma = max(red, green, blue) - min(red, green, blue)
    if chroma < _GREY:
        warm = "warm " if red > blue and light > _LIGHT else ""
        return f"{_shade(light)}{warm}grey"
    name = next(name for limit, name in _HUES if hue * 360 < limit)
    if name in ("vermilion", "orange") and light < 0.4:
        return "dark brown" if light < 0.25 else "brown"
    if name in ("orange", "gold") and light > _PALE:
        return "cream"
    muted = "muted " if saturation < _MUTED and _DARK <= light <= _LIGHT else ""
    return f"{_shade(light)}{muted}{name}"


def _shade(light: float) -> str:
    if light < _DARK:
        return "dark "
    return "pale " if light > _PALE else "light " if light > _LIGHT else ""
