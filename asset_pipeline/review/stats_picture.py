"""Draws how calls went as one PNG: for each model how long they take, how often they fail, and what they cost."""

from __future__ import annotations

from PIL import Image

from asset_pipeline.ledger.money import brief
from asset_pipeline.ledger.stats import ModelStats, Quantiles, Stats
from asset_pipeline.review.pen import (
    BAR,
    BEST,
    FAINT,
    INK,
    LINE,
    SCALE,
    TRACK,
    Pen,
    cut,
    fill,
    new_picture,
    place_on,
    small_png,
    write,
)

WIDTH, MARGIN, HEAD, ROW = 1600, 56, 190, 66
CALL, WAIT = (520, 900), (1020, 1180)  # from and to, of the two scales
CALLS, ERRORS, COST = 1320, 1420, 1544  # right edges
LEAST_SPAN_S = 1.0  # of a scale: milliseconds are not to look long


def draw_stats(stats: Stats) -> bytes:
    """Return a PNG that is small enough for Dagster's metadata; one without any call says so."""
    picture, pen = new_picture(WIDTH, HEAD + ROW * max(len(stats.models), 1) + MARGIN)
    write(pen, (MARGIN, 66), "How calls went", 44)
    write(pen, (MARGIN, 114), _about(stats), 21, ink=FAINT)
    if stats.models:
        _heads(pen)
    longest_s = max([LEAST_SPAN_S, *(one.call.p99 or 0.0 for one in stats.models)])
    longest_wait_s = max([LEAST_SPAN_S, *(one.queue_wait.p99 or 0.0 for one in stats.models)])
    for number, one in enumerate(stats.models):
        _row(pen, one, HEAD + number * ROW, longest_s=longest_s, longest_wait_s=longest_wait_s)
    reduced: Image.Image = picture.reduce(SCALE)
    return small_png(reduced)


def _about(stats: Stats) -> str:
    if not stats.models:
        return f"No call has been made in {stats.mode} mode."
    speed, cost = stats.images_per_minute, stats.usd_per_image
    parts = [f"{stats.mode} mode", f"{stats.delivered} images delivered"]
    parts += [f"{speed:.1f} a minute"] if speed is not None else []
    parts += [f"{brief(cost)} each"] if cost is not None else []
    return ", ".join(parts)


def _heads(pen: Pen) -> None:
    for place, text, anchor in (
        (CALL[0], "seconds of a call: bar 50 %, line 95 %, tick 99 %", "lm"),
        (WAIT[0], "seconds of waiting", "lm"),
        (CALLS, "calls", "rm"),
        (ERRORS, "errors", "rm"),
        (COST, "cost", "rm"),
    ):
        write(pen, (place, HEAD - 30), text, 17, ink=FAINT, anchor=anchor)
    fill(pen, (MARGIN, HEAD - 12, WIDTH - MARGIN, HEAD - 11), LINE)


def _row(pen: Pen, one: ModelStats, top: float, *, longest_s: float, longest_wait_s: float) -> None:
    middle = top + 24
    write(pen, (MARGIN, middle - 10), cut(pen, one.model, CALL[0] - MARGIN - 24, size=20), 20)
    write(pen, (MARGIN, middle + 13), one.provider, 16, ink=FAINT)
    _quantiles(pen, CALL, middle, one.call, longest_s, ink=BEST)
    _quantiles(pen, WAIT, middle, one.queue_wait, longest_wait_s, ink=BAR)
    write(pen, (CALLS, middle), f"{one.calls}", 19, anchor="rm")
    write(pen, (ERRORS, middle), f"{one.error_rate:.1%}", 19, ink=INK if one.errors else FAINT, anchor="rm")
    write(pen, (COST, middle), brief(one.cost_usd), 19, anchor="rm")


def _quantiles(
    pen: Pen, span: tuple[int, int], middle: float, some: Quantiles, most: float, *, ink: tuple[int, int, int]
) -> None:
    fill(pen, (span[0], middle - 10, span[1], middle + 10), TRACK, radius=3)
    if some.p50 is None or some.p95 is None or some.p99 is None:
        write(pen, (span[1] + 14, middle), "-", 18)
        return
    half, more, nearly_all = (place_on(span, min(value / most, 1.0)) for value in (some.p50, some.p95, some.p99))
    fill(pen, (span[0], middle - 10, half, middle + 10), ink, radius=3)
    fill(pen, (span[0], middle - 1, more, middle + 1), INK)
    fill(pen, (nearly_all - 1, middle - 6, nearly_all + 1, middle + 6), INK)
    write(pen, (span[1] + 14, middle), f"{some.p50:.2f}", 18)
