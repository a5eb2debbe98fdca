"""Draws the leaderboard as one PNG: for each writer how often it wins, how it is scored, and what a win costs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from asset_pipeline.ledger.money import brief as short_money
from asset_pipeline.prompts.leaderboard import ALL, Interval, Leaderboard, Line

SCALE = 2  # drawn twice as large and reduced, for smooth edges
WIDTH, MARGIN, HEAD, SECTION, ROW = 1600, 56, 150, 96, 62
THUMBNAIL = 1000
SHARE, SCORE = (560, 900), (980, 1230)  # from and to, of the two scales
COST, OUT = 1420, 1544  # right edges
GROUND, INK, FAINT, LINE = (250, 250, 248), (32, 36, 42), (118, 124, 132), (222, 222, 216)
TRACK, BAR, BEST, DOT = (234, 235, 230), (139, 176, 172), (47, 111, 108), (196, 132, 44)
Pen = ImageDraw.ImageDraw


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SCALE)


def _text(
    pen: Pen,
    place: tuple[float, float],
    text: str,
    size: int = 18,
    *,
    ink: tuple[int, int, int] = INK,
    anchor: str = "lm",
) -> None:
    pen.text((place[0] * SCALE, place[1] * SCALE), text, ink, _font(size), anchor=anchor)


def _box(pen: Pen, box: tuple[float, float, float, float], ink: tuple[int, int, int], *, radius: float = 0) -> None:
    left, top, right, bottom = (value * SCALE for value in box)
    if right > left:
        pen.rounded_rectangle((left, top, right, bottom), radius * SCALE, ink)


def draw_leaderboard(board: Leaderboard) -> bytes:
    """Return the leaderboard as a PNG; one without any writer says so."""
    buffer = io.BytesIO()
    _draw(board).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def draw_thumbnail(board: Leaderboard) -> bytes:
    """Return the lines of all images as a PNG that is small enough for Dagster's metadata."""
    picture = _draw(Leaderboard(board.mode, {kind: lines for kind, lines in board.by_type.items() if kind == ALL}))
    picture.thumbnail((THUMBNAIL, picture.height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    # An octree keeps the few dots in their colour, where the usual median would not.
    few = picture.quantize(48, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw(board: Leaderboard) -> Image.Image:
    height = HEAD + sum(SECTION + ROW * len(lines) for lines in board.by_type.values()) + MARGIN
    picture = Image.new("RGB", (WIDTH * SCALE, height * SCALE), GROUND)
    pen = ImageDraw.Draw(picture)
    _text(pen, (MARGIN, 66), "Who writes the prompts that win", 44)
    competitions = max((line.competitions for lines in board.by_type.values() for line in lines), default=0)
    about = f"{board.mode} mode, up to {competitions} competitions per writer; whiskers are 95 % intervals"
    _text(pen, (MARGIN, 114), about if board.by_type else "No competition has been judged yet.", 21, ink=FAINT)
    top = HEAD
    for kind, lines in board.by_type.items():
        _section(pen, kind, top)
        for number, line in enumerate(lines):
            _row(pen, line, top + SECTION + number * ROW, is_best=number == 0)
        top += SECTION + ROW * len(lines)
    return picture.reduce(SCALE)


def _section(pen: Pen, kind: str, top: float) -> None:
    title = "All images" if kind == ALL else kind.replace("_", " ").capitalize()
    _text(pen, (MARGIN, top + 34), title, 26)
    _box(pen, (MARGIN, top + 60, WIDTH - MARGIN, top + 61), LINE)
    for place, text, anchor in (
        (SHARE[0], "wins", "lm"),
        (SCORE[0], "mean score, 0 to 10", "lm"),
        (COST, "cost per win", "rm"),
        (OUT, "disqualified", "rm"),
    ):
        _text(pen, (place, top + 40), text, 17, ink=FAINT, anchor=anchor)


def _row(pen: Pen, line: Line, top: float, *, is_best: bool) -> None:
    middle = top + 20
    _text(pen, (MARGIN, middle - 10), _cut(pen, line.model, SHARE[0] - MARGIN - 24, size=20), 20)
    _text(pen, (MARGIN, middle + 13), line.brief.replace("_", " ") or "no brief", 16, ink=FAINT)
    _scale(pen, SHARE, middle, line.share_interval, 1.0, share=line.share, ink=BEST if is_best else BAR)
    _text(pen, (SHARE[1] + 14, middle - 9), f"{line.share:.0%}", 19)
    _text(pen, (SHARE[1] + 14, middle + 12), f"{line.wins}/{line.competitions}", 14, ink=FAINT)
    _scale(pen, SCORE, middle, line.score_interval, 10.0)
    if line.score is None:
        _text(pen, (SCORE[1] + 14, middle), "-", 19, ink=FAINT)
    else:
        _dot(pen, _at(SCORE, line.score / 10), middle)
        _text(pen, (SCORE[1] + 14, middle), f"{line.score:.1f}", 19)
    cost = line.cost_per_win_usd
    money = "no win" if cost is None else short_money(cost)
    _text(pen, (COST, middle), money, 19, ink=FAINT if cost is None else INK, anchor="rm")
    _text(pen, (OUT, middle), str(line.disqualified), 19, ink=INK if line.disqualified else FAINT, anchor="rm")


def _scale(
    pen: Pen,
    span: tuple[int, int],
    middle: float,
    interval: Interval | None,
    most: float,
    *,
    share: float = 0.0,
    ink: tuple[int, int, int] = BAR,
) -> None:
    """Draw a track with a bar on it, and a whisker over both."""
    half = 10 if share or most == 1.0 else 3
    _box(pen, (span[0], middle - half, span[1], middle + half), TRACK, radius=3)
    _box(pen, (span[0], middle - half, _at(span, share), middle + half), ink, radius=3)
    if interval is None:
        return
    low, high = (_at(span, value / most) for value in (interval.low, interval.high))
    _box(pen, (low, middle - 1, high, middle + 1), INK)
    for end in (low, high):
        _box(pen, (end - 1, middle - 6, end + 1, middle + 6), INK)


def _dot(pen: Pen, left: float, middle: float) -> None:
    box = [(value * SCALE) for value in (left - 6, middle - 6, left + 6, middle + 6)]
    pen.ellipse(box, DOT, GROUND, 2 * SCALE)


def _at(span: Sequence[int], share: float) -> float:
    return span[0] + (span[1] - span[0]) * share


def _cut(pen: Pen, text: str, width: int, *, size: int) -> str:
    """Return as much of a text as fits a width."""
    while pen.textlength(text, _font(size)) > width * SCALE:
        text = f"{text[:-2]}…"
    return text
