"""Looks at image files: what they really are, whatever their name says."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from PIL import Image, UnidentifiedImageError

from asset_pipeline.errors import ImageError
from asset_pipeline.images.svg import draw_svg, is_svg

Size: TypeAlias = tuple[int, int]

# Pillow's names to ours. Nothing else is delivered, and nothing else but SVG is accepted from a provider.
FORMATS = {"PNG": "png", "WEBP": "webp", "JPEG": "jpg", "AVIF": "avif"}
SVG = "svg"
# The largest file a spec can want is 4096x4096; providers deliver at most a few times that.
MAX_PIXELS = 100_000_000
# An SVG has no pixels of its own; so many where nobody says what for.
SVG_COVERS: Size = (1024, 1024)


@dataclass(frozen=True)
class Inspected:
    """What a file is.

    Args:
        format: `png`, `webp`, `jpg` or `svg`, by its first bytes.
        width: In pixels; of an SVG, those that it was drawn with.
        height: In pixels; of an SVG, those that it was drawn with.
    """

    format: str
    width: int
    height: int


# An SVG that could not be drawn.
UNDRAWN = Inspected(SVG, 0, 0)


def open_image(source: bytes | BinaryIO, *, svg_covers: Size = SVG_COVERS) -> Image.Image:
    """Decode a picture fully.

    Args:
        source: The file, or it opened at its beginning.
        svg_covers: Pixels that an SVG is drawn to cover, in its own shape.

    Raises:
        ImageError: It is no PNG, WebP, JPEG or SVG, it is damaged, or it is too large to be opened safely.
        NotDrawnError: It is an SVG, and cannot be drawn here.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    head = file.read(4096)
    file.seek(0)
    if not is_svg(head):
        return _decode(file, head)
    drawn = draw_svg(file.read(), covers=svg_covers, max_pixels=MAX_PIXELS)
    picture = _decode(io.BytesIO(drawn), drawn)
    picture.format = "SVG"
    return picture


def _decode(file: BinaryIO, head: bytes) -> Image.Image:
    try:
        picture = Image.open(file, formats=list(FORMATS))
        if picture.width * picture.height > MAX_PIXELS:
            raise ImageError(f"the picture has {picture.width}x{picture.height} pixels, too many to open")
        picture.load()
    except UnidentifiedImageError:
        raise ImageError(f"the file is not a picture: it begins with {head[:16]!r}") from None
    except ImageError:
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise whatever a damaged file makes them trip over
        raise ImageError(f"the picture is damaged: {error}") from None
    return picture


def describe(picture: Image.Image) -> Inspected:
    """Say what a file is from which a picture has been decoded."""
    format = FORMATS.get(str(picture.format), SVG)  # noqa: A001 - the spec's word
    return Inspected(format, picture.width, picture.height)


def inspect(data: bytes) -> Inspected:
    """Decode a file fully, and say what it is.

    Raises:
        ImageError: See `open_image`.
    """
    return describe(open_image(data))
