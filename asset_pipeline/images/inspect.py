"""Looks at image files: what they really are, whatever their name says."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from asset_pipeline.errors import ImageError

# Pillow's names to ours. Nothing else is accepted from a provider or delivered.
FORMATS = {"PNG": "png", "WEBP": "webp", "JPEG": "jpg"}
# The largest file a spec can want is 4096x4096; providers deliver at most a few times that.
MAX_PIXELS = 100_000_000


@dataclass(frozen=True)
class Inspected:
    """What a file is.

    Args:
        format: `png`, `webp` or `jpg`, by its magic bytes.
        width: In pixels.
        height: In pixels.
    """

    format: str
    width: int
    height: int


def open_image(data: bytes) -> Image.Image:
    """Decode a picture fully.

    Args:
        data: The file.

    Raises:
        ImageError: It is no PNG, WebP or JPEG, it is damaged, or it is too large to be opened safely.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=list(FORMATS))
        if picture.width * picture.height > MAX_PIXELS:
            raise ImageError(f"the picture has {picture.width}x{picture.height} pixels, too many to open")
        picture.load()
    except UnidentifiedImageError:
        raise ImageError(f"the file is not a picture: it begins with {data[:16]!r}") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageError(f"the picture is damaged: {error}") from None
    return picture


def describe(picture: Image.Image) -> Inspected:
    """Say what a file is from which a picture has been decoded."""
    return Inspected(FORMATS[str(picture.format)], picture.width, picture.height)


def inspect(data: bytes) -> Inspected:
    """Decode a file fully, and say what it is.

    Raises:
        ImageError: See `open_image`.
    """
    return describe(open_image(data))
