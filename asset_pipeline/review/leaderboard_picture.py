"""Draws the leaderboard as one PNG: for each writer how often it wins, how it is scored, and what a win costs."""

from __future__ import annotations

from PIL import Image

from asset_pipeline.ledger.money import brief as short_money
from asset_pipeline.prompts.leaderboard import ALL, Interval, Leaderboard, Line
from asset_pipeline.review.pen import (
    BAR,
    BEST,
    DOT,
    FAINT,
    GROUND,
    INK,
    LINE,
    SCALE,
    TRACK,
    Pen,
    cut,
    fill,
    new_picture,
    place_on,
    png,
    small_png,
    write,
)

WIDTH, MARGIN, HEAD, SECTION, ROW = 1600, 56, 150, 96, 62
SHARE, SCORE = (560, 900), (980, 1230)  # from and to, of the two scales
COST, OUT = 1420, 1544  # right edges


def draw_leaderboard(board: Leaderboard) -> bytes:
    """Return the leaderboard as a PNG; one without any writer says so."""
    return png(_draw(board))


def draw_thumbnail(board: Leaderboard) -> bytes:
    """Return the lines of all images as a PNG that is small enough for Dagster's metadata."""
    picture = _draw(Leaderboard(board.mode, {kind: lines for kind, lines in board.by_type.items() if kind == ALL}))
    return small_png(picture)


def _draw(board: Leaderboard) -> Image.Image:
    height = HEAD + sum(SECTION + ROW * len(lines) for lines in board.by_type.values()) + MARGIN
    picture, pen = new_picture(WIDTH, height)
    write(pen, (MARGIN, 66), "Who writes the prompts that win", 44)
    competitions = max((line.competitions for lines in board.by_type.values() for line in lines), default=0)
    about = f"{board.mode} mode, up to {competitions} competitions per writer; whiskers are 95 % intervals"
    write(pen, (MARGIN, 114), about if board.by_type else "No competition has been judged yet.", 21, ink=FAINT)
    top = HEAD
    for kind, lines in board.by_type.items():
        _section(pen, kind, top)
        for number, line in enumerate(lines):
            _row(pen, line, top + SECTION + number * ROW, is_best=number == 0)
        top += SECTION + ROW * len(lines)
    return picture.reduce(SCALE)


def _section(pen: Pen, kind: str, top: float) -> None:
    title = "All images" if kind == ALL else kind.replace("_", " ").capitalize()
    write(pen, (MARGIN, top + 34), title, 26)
    fill(pen, (MARGIN, top + 60, WIDTH - MARGIN, top + 61), LINE)
    for place, text, anchor in (
        (SHARE[0], "wins", "lm"),
        (SCORE[0], "mean score, 0 to 10", "lm"),
        (COST, "cost per win", "rm"),
        (OUT, "disqualified", "rm"),
    ):
        write(pen, (place, top + 40), text, 17, ink=FAINT, anchor=anchor)


def _row(pen: Pen, line: Line, top: float, *, is_best: bool) -> None:
    middle = top + 20
    write(pen, (MARGIN, middle - 10), cut(pen, line.model, SHARE[0] - MARGIN - 24, size=20), 20)
    write(pen, (MARGIN, middle + 13), line.brief.replace("_", " ") or "no brief", 16, ink=FAINT)
    _scale(pen, SHARE, middle, line.share_interval, 1.0, share=line.share, ink=BEST if is_best else BAR)
    write(pen, (SHARE[1] + 14, middle - 9), f"{line.share:.0%}", 19)
    write(pen, (SHARE[1] + 14, middle + 12), f"{line.wins}/{line.competitions}", 14, ink=FAINT)
    _scale(pen, SCORE, middle, line.score_interval, 10.0)
    if line.score is None:
        write(pen, (SCORE[1] + 14, middle), "-", 19, ink=FAINT)
    else:
        _dot(pen, place_on(SCORE, line.score / 10), middle)
        write(pen, (SCORE[1] + 14, middle), f"{line.score:.1f}", 19)
    cost = line.cost_per_win_usd
    money = "no win" if cost is None else short_money(cost)
    write(pen, (COST, middle), money, 19, ink=FAINT if cost is None else INK, anchor="rm")
    write(pen, (OUT, middle), str(line.disqualified), 19, ink=INK if line.disqualified else FAINT, anchor="rm")


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
    fill(pen, (span[0], middle - half, span[1], middle + half), TRACK, radius=3)
    fill(pen, (span[0], middle - half, place_on(span, share), middle + half), ink, radius=3)
    if interval is None:
        return
    low, high = (place_on(span, value / most) for value in (interval.low, interval.high))
    fill(pen, (low, middle - 1, high, middle + 1), INK)
    for end in (low, high):
        fill(pen, (end - 1, middle - 6, end + 1, middle + 6), INK)


def _dot(pen: Pen, left: float, middle: float) -> None:
    box = [(value * SCALE) for value in (left - 6, middle - 6, left + 6, middle + 6)]
    pen.ellipse(box, DOT, GROUND, 2 * SCALE)
