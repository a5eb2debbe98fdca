"""The table of all checks of one picture: what is measured, for which types, and what people are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asset_pipeline.images.checks import files, legibility, palette, quiet, stray_text, substance, tiling, transparency
from asset_pipeline.images.checks.check import Bound
from asset_pipeline.images.checks.pair import Pair
from asset_pipeline.specs.wanted import ImageType

ALL = frozenset(ImageType)
ICONS = frozenset({ImageType.ICONS, ImageType.DATABASE_ICONS})
TEXTURES = frozenset({ImageType.TEXTURES})
LETTER_HEADERS = frozenset({ImageType.LETTER_HEADERS})


@dataclass(frozen=True)
class Kind:
    """One kind of check.

    Args:
        name: Its key in the settings.
        measure: Measures a pair; None where there is nothing to measure.
        unit: Of what it measures.
        bound: Which side of the threshold is good.
        types: Image types that it is for.
        good: What people are told where a picture passes.
        bad: And where not; `{value}` stands for what was measured.
    """

    name: str
    measure: Callable[[Pair], float | None]
    unit: str
    bound: Bound
    types: frozenset[ImageType]
    good: str
    bad: str


KINDS = (
    Kind(
        "size",
        files.size_error,
        "px",
        Bound.AT_MOST,
        ALL,
        "The file has exactly the wanted size.",
        "A side is {value:.0f} pixels off the wanted size: finish the image again.",
    ),
    Kind(
        "format",
        files.wrong_formats,
        "files",
        Bound.AT_MOST,
        ALL,
        "Each file is what the spec and its name say.",
        "{value:.0f} of the files is not in the format that the spec or its name says: finish the image again.",
    ),
    Kind(
        "colour_mode",
        files.wrong_modes,
        "files",
        Bound.AT_MOST,
        ALL,
        "The colours are stored as every program reads them.",
        "The file's colours are not RGB, or RGB with alpha, which some programs show wrong: finish the image again.",
    ),
    Kind(
        "enlargement",
        files.enlargement,
        "times",
        Bound.AT_MOST,
        ALL,
        "The original has pixels enough.",
        "The original was made {value:.1f} times larger and will look soft: ask the model for a larger picture.",
    ),
    Kind(
        "content",
        substance.content,
        "%",
        Bound.AT_LEAST,
        ALL - TEXTURES - LETTER_HEADERS,
        "There is something to be seen.",
        "Only {value:.2f} % of the picture stands out from its ground, so it is blank: make it anew.",
    ),
    Kind(
        "spread",
        substance.spread,
        "ΔE*ab",
        Bound.AT_LEAST,
        ALL,
        "The picture has more than one colour.",
        "The picture is one flat colour (its colours are {value:.1f} ΔE apart): make it anew.",
    ),
    Kind(
        "noise",
        substance.noise,
        "%",
        Bound.AT_MOST,
        ALL,
        "The original is a picture, not noise.",
        "{value:.0f} % of the original is noise: make it anew.",
    ),
    Kind(
        "transparency",
        transparency.clear,
        "%",
        Bound.AT_LEAST,
        ALL,
        "The ground is transparent, as wanted.",
        "Transparency is wanted, and {value:.1f} % of the picture is clear: remove the ground, or make it anew as PNG.",
    ),
    Kind(
        "checkerboard",
        transparency.checkerboard,
        "%",
        Bound.AT_MOST,
        ALL - TEXTURES,
        "No checkerboard is painted in place of transparency.",
        "A grey checkerboard is painted on {value:.0f} % of the original: ask for a plain ground, and make it anew.",
    ),
    Kind(
        "palette",
        palette.palette_distance,
        "ΔE2000",
        Bound.AT_MOST,
        ALL,
        "The colours belong to the theme.",
        "The colours are {value:.0f} ΔE from the theme's palette: name its colours in the prompt, and make it anew.",
    ),
    Kind(
        "symbol_contrast",
        legibility.symbol_contrast,
        "ratio",
        Bound.AT_LEAST,
        ICONS,
        "The symbol stands out from its ground.",
        "Symbol and ground have a contrast of {value:.1f}:1, which is hard to see: ask for a light symbol on a dark"
        " ground, or the other way round.",
    ),
    Kind(
        "detail",
        legibility.detail_kept,
        "%",
        Bound.AT_LEAST,
        ICONS,
        "The symbol keeps its detail at the final size.",
        "{value:.0f} % of the detail is left at the final size: ask for one bold symbol without fine lines.",
    ),
    Kind(
        "seam",
        tiling.seam,
        "times",
        Bound.AT_MOST,
        TEXTURES,
        "The texture tiles without a seam.",
        "The step across the edges is {value:.1f} times a usual one, so a seam shows: make it anew as a seamless tile.",
    ),
    Kind(
        "quiet_middle",
        quiet.busy_middle,
        "%",
        Bound.AT_MOST,
        LETTER_HEADERS,
        "The middle is quiet enough for words.",
        "{value:.0f} % of the middle is busy where words will stand: ask for an empty middle, and make it anew.",
    ),
    Kind(
        "stray_text",
        stray_text.stray_words,
        "words",
        Bound.AT_MOST,
        ALL,
        "No words are read in the picture.",
        "{value:.0f} words are read in the picture: look at it, and make it anew if they are no part of the subject.",
    ),
)
