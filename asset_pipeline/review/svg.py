"""Draws small charts as SVG that stands inside a page: classes instead of styles, and words for who cannot see it.

Amounts stay Decimal up to the point where they become a place in the picture; what is written is what was given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from asset_pipeline.ledger.money import show

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 72, 14, 16, 34
ROW, ROW_BAR = 44, 12
TICKS = 4
# A limit that is further away than so many times what was spent is told, not drawn: it would press the rest flat.
FAR = 4
# About as much as fits above a bar, at the size that money.css writes it in.
MOST_LETTERS = 44
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Limit:
    """A line that should not be crossed.

    Args:
        value: Where it is.
        label: What it is.
    """

    value: Decimal
    label: str


@dataclass(frozen=True)
class Bar:
    """One bar.

    Args:
        label: What it stands for.
        value: How long it is.
        text: The value in words.
    """

    label: str
    value: Decimal
    text: str


def line_chart(
    points: Sequence[tuple[datetime, Decimal]], *, title: str, description: str, limits: Sequence[Limit] = ()
) -> Markup:
    """Return amounts over time as a line; time runs evenly from the first point to the last."""
    svg = _begin(HEIGHT, title, description)
    most = _most([value for _, value in points], limits)
    _scale(svg, most)
    begin, end = (points[0][0], points[-1][0]) if points else (None, None)
    span_s = (end - begin).total_seconds() if begin and end else 0.0

    def place(at: datetime) -> float:
        share = (at - begin).total_seconds() / span_s if begin and span_s else 1.0
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    if begin and end:
        corners = []
        for number, (at, value) in enumerate(points):
            if number:  # money is spent in steps
                corners.append((place(at), _height(points[number - 1][1], most)))
            corners.append((place(at), _height(value, most)))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        ground = HEIGHT - BOTTOM
        area = f"{corners[0][0]:.1f},{ground} {path} {corners[-1][0]:.1f},{ground}"
        _add(svg, "polygon", "chart-area", points=area)
        _add(svg, "polyline", "chart-line", points=path)
        _add(svg, "circle", "chart-dot", cx=corners[-1][0], cy=corners[-1][1], r=3.5)
        _text(svg, LEFT, HEIGHT - 12, _moment(begin, span_s), anchor="start")
        if span_s:
            _text(svg, WIDTH - RIGHT, HEIGHT - 12, _moment(end, span_s), anchor="end")
    _limits(svg, limits, most)
    return _end(svg)


def column_chart(bars: Sequence[Bar], *, title: str, description: str, limits: Sequence[Limit] = ()) -> Markup:
    """Return amounts side by side, such as one for each day; the first, the last and some between are named."""
    svg = _begin(HEIGHT, title, description)
    most = _most([bar.value for bar in bars], limits)
    _scale(svg, most)
    room = (WIDTH - LEFT - RIGHT) / max(len(bars), 1)
    width = min(room * 0.7, 48)
    every = -(-len(bars) // 6)
    for number, bar in enumerate(bars):
        middle, top = LEFT + room * (number + 0.5), _height(bar.value, most)
        column = _add(
            svg, "rect", "chart-bar", x=middle - width / 2, y=top, width=width, height=HEIGHT - BOTTOM - top, rx=2
        )
        _word(column, "title", f"{bar.label}: {bar.text}")
        if number % every == 0:
            _text(svg, middle, HEIGHT - 12, bar.label, anchor="middle")
    _limits(svg, limits, most)
    return _end(svg)


def bar_chart(bars: Sequence[Bar], *, title: str, description: str) -> Markup:
    """Return amounts below each other, each with its name and its value above the bar."""
    svg = _begin(max(len(bars), 1) * ROW, title, description)
    most = max((bar.value for bar in bars), default=Decimal(0)) or Decimal(1)
    for number, bar in enumerate(bars):
        top = number * ROW
        _text(svg, 0, top + 17, _cut(bar.label, MOST_LETTERS - len(bar.text)), anchor="start", kind="chart-name")
        _text(svg, WIDTH, top + 17, bar.text, anchor="end", kind="chart-value")
        _add(svg, "rect", "chart-track", x=0, y=top + 24, width=WIDTH, height=ROW_BAR, rx=3)
        if bar.value > 0:
            long = max(float(bar.value / most) * WIDTH, 2)
            _word(
                _add(svg, "rect", "chart-bar", x=0, y=top + 24, width=long, height=ROW_BAR, rx=3),
                "title",
                f"{bar.label}: {bar.text}",
            )
    return _end(svg)


def far_limits(values: Sequence[Decimal], limits: Sequence[Limit]) -> list[Limit]:
    """Return the limits that are too far above the values to be drawn; a page has to tell them in words."""
    highest = max(values, default=Decimal(0))
    return [limit for limit in limits if limit.value > highest * FAR]


def _begin(height: int, title: str, description: str) -> Element:
    svg = Element("svg")
    svg.set("viewBox", f"0 0 {WIDTH} {height}")
    svg.set("class", "chart")
    svg.set("role", "img")
    svg.set("aria-label", _clean(f"{title}. {description}"))
    _word(svg, "title", title)
    _word(svg, "desc", description)
    return svg


def _end(svg: Element) -> Markup:
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704 - the writer of XML has escaped all of it


def _most(values: Sequence[Decimal], limits: Sequence[Limit]) -> Decimal:
    """Return what the top of the picture stands for: a round amount above all that is drawn."""
    far = far_limits(values, limits)
    drawn = [*values, *(limit.value for limit in limits if limit not in far)]
    highest = max(drawn, default=Decimal(0))
    if highest <= 0:
        return Decimal(1)
    unit = Decimal(10) ** (highest.adjusted() - 1)
    # Steps that halve and quarter well, so that the scale is in round amounts too.
    for step in (Decimal(4), Decimal(8), Decimal(20), Decimal(40)):
        top = (highest / (unit * step)).to_integral_value(ROUND_CEILING) * unit * step
        if top / (unit * step) <= 6:
            return top
    return highest


def _scale(svg: Element, most: Decimal) -> None:
    for number in range(TICKS + 1):
        value = most * number / TICKS
        y = _height(value, most)
        _add(svg, "line", "chart-grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)
        _text(svg, LEFT - 8, y + 4, show(value), anchor="end")


def _limits(svg: Element, limits: Sequence[Limit], most: Decimal) -> None:
    for limit in limits:
        if limit.value <= most:
            y = _height(limit.value, most)
            _add(svg, "line", "chart-limit", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)
            below = y + 15 if y < TOP + 14 else y - 5
            _text(svg, LEFT + 6, below, f"{limit.label} {show(limit.value)}", anchor="start", kind="chart-limit-name")


def _height(value: Decimal, most: Decimal) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * float(value / most), 2)


def _add(parent: Element, tag: str, kind: str, **attributes: float | str) -> Element:
    numbers = {name: f"{value:g}" if not isinstance(value, str) else value for name, value in attributes.items()}
    return SubElement(parent, tag, {"class": kind, **numbers})


def _text(parent: Element, x: float, y: float, text: str, *, anchor: str, kind: str = "chart-label") -> None:
    element = _add(parent, "text", kind, x=x, y=y)
    element.set("text-anchor", anchor)
    element.text = _clean(text)


def _word(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = _clean(text)


def _clean(text: str) -> str:
    """Return a text without characters that XML has not."""
    return _NOT_XML.sub("\ufffd", text)


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: max(letters - 1, 1)]}…"


def _moment(at: datetime, span_s: float) -> str:
    if span_s > 3 * 86_400:
        return f"{at:%Y-%m-%d}"
    return f"{at:%d %b %H:%M}" if span_s > 600 else f"{at:%H:%M:%S}"
