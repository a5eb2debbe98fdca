"""Makes finished files of an original: of the wanted size and format, never squashed, the same bytes each time."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from asset_pipeline.images.finish.crop import subject_box
from asset_pipeline.images.finish.encoding import Embedding, encode, encode_icon
from asset_pipeline.images.finish.interest import Interest, interest_of
from asset_pipeline.images.finish.plain import on_white, plain
from asset_pipeline.images.finish.scale import Box, Size, resized
from asset_pipeline.specs.renditions import ICO
from asset_pipeline.specs.wanted import WantedRendition

_THUMBNAIL_SIDE = 128


@dataclass(frozen=True)
class Finished:
    """A finished picture.

    Args:
        data: The file.
        thumbnail: A small picture of it, as a data URI, for places that can show one.
        box: The part of the upright original that it shows: left, top, right and bottom.
    """

    data: bytes
    thumbnail: str
    box: Box


@dataclass(frozen=True)
class Rendition:
    """A further file of a picture.

    Args:
        name: Of the file, without its folder.
        data: The file.
        box: The part of the upright original that it shows: left, top, right and bottom.
    """

    name: str
    data: bytes
    box: Box


class _Source:
    """An original, plain, which is looked at once for all that is made of it."""

    def __init__(self, original: Image.Image) -> None:
        self.picture = plain(original)

    @cached_property
    def _interest(self) -> Interest:
        return interest_of(self.picture)

    def at(self, size: Size) -> tuple[Image.Image, Box]:
        """Return it at a size, and the part of it that this shows."""
        box = subject_box(self.picture.size, size, lambda: self._interest)
        return resized(self.picture, size, box), box


def finish(
    original: Image.Image,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the spec's word
    embed: Embedding | None = None,
) -> Finished:
    """Finish a picture.

    Args:
        original: What the provider delivered, decoded.
        width: Wanted pixels.
        height: Wanted pixels.
        format: `png`, `webp`, `jpg` or `avif`.
        embed: What the file is to carry; without it, it has no metadata at all.
    """
    picture, box = _Source(original).at((width, height))
    return Finished(encode(picture, format, embed=embed), _thumbnail(picture), box)


def renditions(
    original: Image.Image, wanted: Sequence[WantedRendition], *, embed: Embedding | None = None
) -> list[Rendition]:
    """Make further files of a picture, in the order in which they are wanted.

    Each is made of the original, and has its own part of it: a square one shows the subject of a wide one. One that is
    larger than the original is enlarged; an SVG should have been drawn large enough (`covering`).

    Args:
        original: What the provider delivered, decoded.
        wanted: Which.
        embed: What the files are to carry; an ICO carries nothing.
    """
    source = _Source(original)
    return [_rendition(source, one, embed) for one in wanted]


def _rendition(source: _Source, wanted: WantedRendition, embed: Embedding | None) -> Rendition:
    pictures, boxes = zip(*(source.at(size) for size in wanted.sizes), strict=True)
    data = encode_icon(pictures) if wanted.format == ICO else encode(pictures[0], wanted.format, embed=embed)
    return Rendition(wanted.name, data, boxes[0])


def _thumbnail(picture: Image.Image) -> str:
    small = on_white(picture).copy()
    small.thumbnail((2 * _THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    encoded = base64.b64encode(encode(small, "jpg")).decode()
    return f"data:image/jpeg;base64,{encoded}"
