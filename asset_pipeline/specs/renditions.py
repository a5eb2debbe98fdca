"""Further files that a spec wants of an image: other sizes, other formats, for dense screens, for a browser's tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from asset_pipeline.specs.fields import MAX_PIXELS, Entry, Size
from asset_pipeline.specs.wanted import WantedRendition

ICO = "ico"
MAX_RENDITIONS = 20
# What browsers and desktops ask a favicon for; larger ones they take from PNG.
FAVICON_SIDES = (16, 32, 48)
RenditionFormat = Literal["png", "webp", "jpg", "jpeg", "avif"]


class RenditionEntry(Entry):
    """One further file of an image; what is left out is as in the image itself."""

    size: Size | None = Field(None, description="Its size in pixels, such as 128x128.")
    scale: int | None = Field(None, ge=2, le=4, description="Its size in times of the image's, such as 2 for @2x.")
    format: RenditionFormat | None = Field(None, description="Its format.")
    favicon: Literal[True] | None = Field(None, description="An .ico of 16, 32 and 48 pixels; nothing else beside it.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.favicon and (self.size or self.scale or self.format):
            raise ValueError("a favicon has its own sizes and format: leave out size, scale and format")
        if self.size and self.scale:
            raise ValueError("size and scale say the same thing: leave out one of them")
        if not (self.favicon or self.size or self.scale or self.format):
            raise ValueError("must say size, scale, format or favicon")
        return self


def wanted_renditions(
    entries: Sequence[RenditionEntry],
    *,
    slug: str,
    size: tuple[int, int],
    format: str,  # noqa: A002 - the spec's word
) -> tuple[WantedRendition, ...]:
    """Return what entries mean for an image, in their order.

    Args:
        entries: Of the spec.
        slug: Of the image; its file is named after it.
        size: Of the image's own file.
        format: Of the image's own file.

    Raises:
        ValueError: One is too large, or two files, the image's own among them, would have one name.
    """
    own = f"{slug}.{format}"
    wanted = tuple(_wanted(entry, slug, size, format) for entry in entries)
    names = [own, *(one.name for one in wanted)]
    for name in names:
        if names.count(name) > 1:
            what = f"is the image's own file: leave {own} out" if name == own else "is wanted twice: leave one out"
            raise ValueError(f"{name} {what}")
    return wanted


def covering(size: tuple[int, int], renditions: Sequence[WantedRendition]) -> tuple[int, int]:
    """Return the pixels that an original must cover so that neither the image nor a rendition is enlarged."""
    widths, heights = zip(size, *(one for rendition in renditions for one in rendition.sizes), strict=True)
    return max(widths), max(heights)


def _wanted(
    entry: RenditionEntry,
    slug: str,
    size: tuple[int, int],
    format: str,  # noqa: A002 - the spec's word
) -> WantedRendition:
    if entry.favicon:
        return WantedRendition(name=f"{slug}.{ICO}", sizes=tuple((side, side) for side in FAVICON_SIDES), format=ICO)
    kind = "jpg" if entry.format == "jpeg" else entry.format or format
    if entry.size:
        width, height = map(int, entry.size.split("x"))
        shown = str(width) if width == height else f"{width}x{height}"
        return WantedRendition(name=f"{slug}-{shown}.{kind}", sizes=((width, height),), format=kind)
    scale = entry.scale or 1
    width, height = size[0] * scale, size[1] * scale
    if max(width, height) > MAX_PIXELS:
        raise ValueError(f"scale {scale} makes it {width}x{height}, and no side may have more than {MAX_PIXELS} pixels")
    name = f"{slug}@{scale}x.{kind}" if entry.scale else f"{slug}.{kind}"
    return WantedRendition(name=name, sizes=((width, height),), format=kind)
