"""Draws a collection as one PNG: a heading, then each type in rows, every picture with its title below."""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from asset_pipeline.ledger.money import show
from asset_pipeline.review.gallery import Gallery, Picture

WIDTH = 1600
MARGIN = 56
GAP = 28
CAPTION = 76
HEADING = 64
# Larger collections are shown up to here; the page shows all of them.
MAX_PICTURES = 240
GROUND = (250, 250, 248)
INK = (32, 36, 42)
FAINT = (128, 134, 142)
LINE = (222, 222, 216)
PLACEHOLDER = (238, 238, 234)
DOUBT = (138, 75, 0)


@dataclass(frozen=True)
class _Grid:
    """How a type is laid out.

    Args:
        columns: Pictures in a row.
        width: Of a cell, in pixels.
        height: Of a cell's picture, in pixels.
    """

    columns: int
    width: int
    height: int

    @property
    def row_height(self) -> int:
        return self.height + CAPTION + GAP

    def rows(self, count: int) -> int:
        return -(-count // self.columns)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _grid(pictures: Sequence[Picture]) -> _Grid:
    ratio = max(picture.width / picture.height for picture in pictures)
    columns = 2 if ratio >= 2 else 4 if max(picture.width for picture in pictures) > 200 else 8
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) // columns
    return _Grid(columns, width, round(width / ratio))


def draw_sheet(gallery: Gallery) -> bytes:
    """Return the contact sheet of a collection as a PNG."""
    shown = Gallery(gallery.collection, gallery.title, gallery.pictures[:MAX_PICTURES])
    sections = [(kind, pictures, _grid(pictures)) for kind, pictures in shown.by_type()]
    height = 170 + sum(HEADING + grid.rows(len(pictures)) * grid.row_height for _, pictures, grid in sections) + MARGIN
    sheet = Image.new("RGB", (WIDTH, height), GROUND)
    pen = ImageDraw.Draw(sheet)
    _heading(pen, gallery)
    top = 170
    for kind, pictures, grid in sections:
        pen.text((MARGIN, top), kind.replace("_", " ").capitalize(), INK, _font(26))
        pen.line((MARGIN, top + 40, WIDTH - MARGIN, top + 40), LINE, 1)
        top += HEADING
        for index, picture in enumerate(pictures):
            row, column = divmod(index, grid.columns)
            place = (MARGIN + column * (grid.width + GAP), top + row * grid.row_height)
            _cell(sheet, pen, picture, grid, place)
        top += grid.rows(len(pictures)) * grid.row_height
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _heading(pen: ImageDraw.ImageDraw, gallery: Gallery) -> None:
    total = len(gallery.pictures)
    left_out = f", the first {MAX_PICTURES} shown" if total > MAX_PICTURES else ""
    pen.text((MARGIN, MARGIN - 8), gallery.title, INK, _font(46))
    line = f"{gallery.done} of {total} images{left_out}  ·  {show(gallery.cost_usd)}"
    pen.text((MARGIN, MARGIN + 54), line, FAINT, _font(22))


def _cell(sheet: Image.Image, pen: ImageDraw.ImageDraw, picture: Picture, grid: _Grid, place: tuple[int, int]) -> None:
    left, top = place
    if picture.file is None:
        pen.rectangle((left, top, left + grid.width, top + grid.height), PLACEHOLDER, LINE)
        pen.text((left + grid.width / 2, top + grid.height / 2), picture.state, FAINT, _font(18), anchor="mm")
    else:
        with Image.open(io.BytesIO(picture.file.read())) as opened:
            small = opened.convert("RGBA")
        # Small icons are shown at whole multiples of their size, so that one sees them as they are.
        scale = min(grid.width / small.width, grid.height / small.height)
        if scale > 1:
            whole = max(1, int(scale))
            small = small.resize((small.width * whole, small.height * whole), Image.Resampling.BICUBIC)
        else:
            small.thumbnail((grid.width, grid.height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        sheet.paste(small, (left + (grid.width - small.width) // 2, top + grid.height - small.height), small)
    pen.text((left, top + grid.height + 8), _cut(pen, picture.title, grid.width, 16), INK, _font(16))
    pen.text((left, top + grid.height + 30), _cut(pen, _facts(picture), grid.width, 14), FAINT, _font(14))
    if picture.doubts and picture.file:
        said = "look: " + "; ".join(picture.doubts)
        pen.text((left, top + grid.height + 50), _cut(pen, said, grid.width, 14), DOUBT, _font(14))


def _facts(picture: Picture) -> str:
    score = "" if picture.score is None else f"score {picture.score:.1f}  ·  "
    return f"{score}{show(picture.cost_usd)}"


def _cut(pen: ImageDraw.ImageDraw, text: str, width: int, size: int) -> str:
    """Return as much of a text as fits a width."""
    font = _font(size)
    if pen.textlength(text, font) <= width:
        return text
    too_long = bisect_left(range(len(text)), True, key=lambda count: pen.textlength(f"{text[:count]}…", font) > width)
    return f"{text[: max(0, too_long - 1)].rstrip()}…"
