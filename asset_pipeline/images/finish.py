"""Makes the finished file from an original: of the wanted size and format, never squashed, the same bytes each time."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image

FINISH_VERSION = 1
_SAVE: dict[str, tuple[str, dict[str, int | bool]]] = {
    "png": ("PNG", {"optimize": False, "compress_level": 6}),
    "webp": ("WEBP", {"quality": 90, "method": 4}),
    "jpg": ("JPEG", {"quality": 92, "subsampling": 0}),
}
# Twice the side is read before the fine reduction: as good to the eye as reading all of it, and far cheaper.
_REDUCING_GAP = 3.0
_THUMBNAIL_SIDE = 128
_WHITE = (255, 255, 255)
_16_TO_8_BITS = 257


@dataclass(frozen=True)
class Finished:
    """A finished picture.

    Args:
        data: The file.
        thumbnail: A small picture of it, as a data URI, for places that can show one.
    """

    data: bytes
    thumbnail: str


def finish(original: Image.Image, *, width: int, height: int, format: str) -> Finished:  # noqa: A002 - the spec's word
    """Finish a picture.

    Args:
        original: What the provider delivered, decoded.
        width: Wanted pixels.
        height: Wanted pixels.
        format: `png`, `webp` or `jpg`.
    """
    picture = _with_plain_mode(original, keep_alpha=format != "jpg")
    box = crop_box(picture.size, (width, height))
    picture = picture.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=_REDUCING_GAP)
    return Finished(_encode(picture, format), _thumbnail(picture))


def crop_box(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the largest centred part of a picture that has the wanted shape."""
    width, height = size
    ratio = wanted[0] / wanted[1]
    kept_width, kept_height = (height * ratio, height) if width / height > ratio else (width, width / ratio)
    # Rounding must not push an edge out of the picture.
    left, top = max(0.0, (width - kept_width) / 2), max(0.0, (height - kept_height) / 2)
    return left, top, min(left + kept_width, width), min(top + kept_height, height)


def _thumbnail(picture: Image.Image) -> str:
    picture = _with_plain_mode(picture, keep_alpha=False)
    picture.thumbnail((2 * _THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    encoded = base64.b64encode(_encode(picture, "jpg")).decode()
    return f"data:image/jpeg;base64,{encoded}"


def _with_plain_mode(picture: Image.Image, *, keep_alpha: bool) -> Image.Image:
    """Return the picture as RGB, or RGBA where it has transparency that is kept; else it lies on white."""
    if picture.mode.startswith("I"):  # 16 bits: Pillow would cut values off instead of scaling them
        picture = picture.point(lambda value: value * (1 / _16_TO_8_BITS)).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    with_alpha = picture.convert("RGBA")
    if keep_alpha:
        return with_alpha
    ground = Image.new("RGB", picture.size, _WHITE)
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def _encode(picture: Image.Image, format: str) -> bytes:  # noqa: A002 - the spec's word
    name, options = _SAVE[format]
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()
