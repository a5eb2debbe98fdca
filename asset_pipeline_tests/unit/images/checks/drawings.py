"""Good drawings of all types, as the sandbox's models deliver them, and finished as the pipeline does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from asset_pipeline.images.finish import finish
from asset_pipeline.images.inspect import open_image
from asset_pipeline.sandbox.outputs import drawn
from asset_pipeline.specs import Theme, WantedImage
from asset_pipeline_tests.support.wanted import wanted

THEMES = (
    Theme(palette=(("primary", "#4A7C74"), ("accent", "#90CDF4"))),
    Theme(palette=(("primary", "#1F3A4D"), ("accent", "#D9A441"), ("paper", "#F4EBDD"))),
    Theme(palette=(("primary", "#7A2E3A"), ("accent", "#E8C9A0"))),
    Theme(palette=(("primary", "#E0C060"), ("accent", "#5B4636"))),  # a light primary
    Theme(palette=(("primary", "#14171F"), ("accent", "#6C8EFF"))),  # a dark theme
)
# Words, then original and finished size and format of each type.
KINDS = {
    "icons": ("Flat icon of {}", (1024, 1024), "webp", (64, 64), "png"),
    "database_icons": ("A database icon for {}", (1024, 1024), "png", (48, 48), "png"),
    "covers": ("A wide cover for {}", (1440, 384), "webp", (1500, 400), "webp"),
    "textures": ("A seamless texture of {}", (1024, 1024), "jpg", (512, 512), "jpg"),
    "letter_headers": ("A letterhead for {}", (1440, 300), "png", (1440, 300), "png"),
}
# Ten of each type.
SUBJECTS = {
    "icons": "a compass, a key, a lantern, an open book, a shield, an anchor, a house, a bell, a leaf, a gavel",
    "database_icons": "contacts, a calendar, documents, accounts, a map, photos, keys, a heart, cars, a clock",
    "covers": (
        "the family hub, a harbour at night, the library, a garden, the courthouse, the bank, the workshop,"
        " a mountain path, the theatre, the post office"
    ),
    "textures": (
        "parchment, linen weave, marble, wood grain, geometric tiles, brushed steel, a gold watermark, leather, waves,"
        " herringbone"
    ),
    "letter_headers": (
        "the bank, the reading room, the executor, a physician, the harbour, a notary, the school, the gardener,"
        " a pilot, the smith"
    ),
}


@dataclass(frozen=True)
class Drawing:
    """One image.

    Args:
        wanted: What was ordered.
        original: As delivered.
        finished: As the pipeline finishes it.
        box: The part of the original that it shows.
    """

    wanted: WantedImage
    original: bytes
    finished: bytes
    box: tuple[float, float, float, float] | None = None


def made(order: WantedImage, original: bytes) -> Drawing:
    """Finish an original."""
    finished = finish(open_image(original), width=order.width, height=order.height, format=order.format)
    return Drawing(order, original, finished.data, finished.box)


@cache
def drawing(kind: str, number: int) -> Drawing:
    """Return a good drawing: of ten per type, each with a subject of its own, in one of five themes."""
    words, (width, height), extension, size, form = KINDS[kind]
    subject, theme = SUBJECTS[kind].split(", ")[number], THEMES[number % 5]
    order = wanted(
        type=kind, slug=f"{kind}-{number}", title=subject, width=size[0], height=size[1], format=form, theme=theme
    )
    colours = ", ".join(code for _, code in theme.palette)
    given = {"prompt": f"{words.format(subject)}, palette {colours}", "seed": number, "width": width, "height": height}
    return made(order, drawn(given, 0, extension))


def fifty() -> list[Drawing]:
    """Return all of them."""
    return [drawing(kind, number) for kind in KINDS for number in range(10)]
