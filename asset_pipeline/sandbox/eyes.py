"""The eyes of the sandbox's language models: a picture in a question is decoded, and scored by its colours alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image, ImageStat

# As many as a Gemini model was seen to take for one (some 260); others take up to 36,861 for the same.
PICTURE_TOKENS = 258
# A picture whose shades, 0 to 255, lie this close together shows nothing.
FLAT = 3.0
_DATA = "data:image/"


def pictures_in(messages: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of messages that are pictures."""
    for message in messages:
        yield from filter(_is_picture, _parts(message))


def without_pictures(messages: list[Any]) -> list[Any]:
    """Return messages with their words alone."""
    return [
        {**message, "content": [part for part in parts if not _is_picture(part)]}
        if (parts := _parts(message))
        else message
        for message in messages
    ]


def _parts(message: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, list) else []


def _is_picture(part: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(part, dict) and part.get("type") == "image_url"


def open_part(part: Mapping[str, Any]) -> Image.Image | None:
    """Return the picture of a part; None where it is none that can be decoded: the sandbox fetches nothing."""
    shown = part.get("image_url")
    url = str(shown.get("url", "")) if isinstance(shown, dict) else ""
    kind, _, data = url.partition(";base64,")
    if not kind.startswith(_DATA):
        return None
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
        picture.load()
    except (binascii.Error, OSError, SyntaxError, ValueError):
        return None
    return picture


def look(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model says of a picture: little good of a flat one, and the same of the same one every time."""
    picture = open_part(part)
    if picture is None:
        return {"sees": "Nothing.", "problem": "There is no picture.", "score": 0}
    colours = picture.convert("RGB")
    spread = max(ImageStat.Stat(colours).stddev)
    sees = f"A picture of {picture.width} by {picture.height} pixels, its shades {spread:.0f} apart."
    if spread < FLAT:
        return {"sees": sees, "problem": "It is one flat colour; draw what was wanted.", "score": 1}
    taste = int.from_bytes(hashlib.sha256(colours.tobytes()).digest()[:2], "big") / 0xFFFF
    return {"sees": sees, "problem": "", "score": round(7 + 2.5 * taste, 1)}
