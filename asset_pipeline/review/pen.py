"""Draws pictures of numbers: text and boxes on a plain ground, at twice the size, then reduced for smooth edges."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont

SCALE = 2
THUMBNAIL = 1000
GROUND, INK, FAINT, LINE = (250, 250, 248), (32, 36, 42), (118, 124, 132), (222, 222, 216)
TRACK, BAR, BEST, DOT = (234, 235, 230), (139, 176, 172), (47, 111, 108), (196, 132, 44)
Pen = ImageDraw.ImageDraw


def new_picture(width: int, height: int) -> tuple[Image.Image, Pen]:
    """Return an empty picture and a pen; whoever has drawn it reduces it by `SCALE`."""
    picture = Image.new("RGB", (width * SCALE, height * SCALE), GROUND)
    return picture, ImageDraw.Draw(picture)


def png(picture: Image.Image) -> bytes:
    """Return a picture as PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def small_png(picture: Image.Image) -> bytes:
    """Return a picture as a PNG that is small enough for Dagster's metadata; the picture itself is reduced, too."""
    picture.thumbnail((THUMBNAIL, picture.height), Image.Resampling.LANCZOS)
    # An octree keeps the few dots in their colour, where the usual median would not.
    return png(picture.quantize(48, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SCALE)


def write(
    pen: Pen,
    place: tuple[float, float],
    text: str,
    size: int = 18,
    *,
    ink: tuple[int, int, int] = INK,
    anchor: str = "lm",
) -> None:
    """Write a text."""
    pen.text((place[0] * SCALE, place[1] * SCALE), text, ink, _font(size), anchor=anchor)


def fill(pen: Pen, box: tuple[float, float, float, float], ink: tuple[int, int, int], *, radius: float = 0) -> None:
    """Fill a box; one without a width is left out."""
    left, top, right, bottom = (value * SCALE for value in box)
    if right > left:
        pen.rounded_rectangle((left, top, right, bottom), radius * SCALE, ink)


def place_on(span: Sequence[int], share: float) -> float:
    """Return where a share of a span lies."""
    return span[0] + (span[1] - span[0]) * share


def cut(pen: Pen, text: str, width: int, *, size: int) -> str:
    """Return as much of a text as fits a width."""
    while pen.textlength(text, _font(size)) > width * SCALE:
        text = f"{text[:-2]}…"
    return text
