"""The files that the sandbox's image models deliver: drawings, encoded as the input asks for."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from PIL import Image

from asset_pipeline.sandbox.drawing import draw
from asset_pipeline.sandbox.sizes import output_size
from asset_pipeline.sandbox.vector import draw_svg

SVG = "svg"
PIL_FORMATS = {"webp": "WEBP", "jpg": "JPEG", "jpeg": "JPEG", "png": "PNG"}
MEDIA_TYPES = {
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    SVG: "image/svg+xml",
}
_OPTIONS: Mapping[str, dict[str, int]] = {
    "png": {"compress_level": 1},
    "webp": {"quality": 90, "method": 0},
    "jpg": {"quality": 92},
    "jpeg": {"quality": 92},
}
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"

Artist = Callable[[Mapping[str, Any], int, str], bytes]


def drawn(given: Mapping[str, Any], number: int, extension: str) -> bytes:
    """Return the file of one output.

    Args:
        given: The prediction's input.
        number: Which of its outputs.
        extension: One of `MEDIA_TYPES`.
    """
    width, height = output_size(given)
    return _encoded(str(given["prompt"]), width, height, int(given.get("seed") or 0) + number, extension)


def prepared(given: Mapping[str, Any], number: int, extension: str) -> bytes:
    """Return a file that costs next to nothing to make, for tests and benchmarks: one drawing per size.

    PNGs of one size differ by a comment, as files that are equal would be kept once.
    """
    width, height = output_size(given)
    if extension == SVG:
        return drawn(given, number, extension)
    data = _kept(width, height, extension)
    if extension != "png":
        return data
    comment = f"Comment\0{given.get('prompt')} {given.get('seed')} {number}".encode("latin-1", "replace")
    return data.removesuffix(_PNG_END) + _chunk(b"tEXt", comment) + _PNG_END


@lru_cache(maxsize=32)
def _kept(width: int, height: int, extension: str) -> bytes:
    return _encoded("Flat icon of a compass", width, height, 0, extension)


def blank(given: Mapping[str, Any], extension: str) -> bytes:
    """Return a file of nothing but one colour, as models deliver it now and then; paid like any other."""
    picture = Image.new("RGB", output_size(given), (128, 128, 128))
    buffer = io.BytesIO()
    picture.save(buffer, PIL_FORMATS.get(extension, "PNG"))
    return buffer.getvalue()


def _encoded(prompt: str, width: int, height: int, seed: int, extension: str) -> bytes:
    if extension == SVG:
        return draw_svg(prompt, width=width, height=height, seed=seed)
    buffer = io.BytesIO()
    picture = draw(prompt, width=width, height=height, seed=seed)
    picture.save(buffer, PIL_FORMATS[extension], **_OPTIONS[extension])
    return buffer.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
