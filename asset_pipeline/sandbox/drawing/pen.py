"""Vector shapes on a Pillow image: paths, discs, rings and strokes in units of the shape's own.

Everything is drawn larger than needed and reduced afterwards: that is where the smooth edges come from.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw

Point = tuple[float, float]
Paint = int | tuple[int, ...]

_TOKEN = re.compile(r"[MLCQZ]|-?\d+(?:\.\d+)?")
_ARITY = {"M": 1, "L": 1, "Q": 2, "C": 3}


def curve(points: Sequence[Point], steps: int = 28) -> list[Point]:
    """Sample a quadratic or cubic Bézier curve, without its first point."""
    sampled = []
    degree = len(points) - 1
    for step in range(1, steps + 1):
        t = step / steps
        x = y = 0.0
        for index, (px, py) in enumerate(points):
            weight = math.comb(degree, index) * t**index * (1 - t) ** (degree - index)
            x += weight * px
            y += weight * py
        sampled.append((x, y))
    return sampled


@lru_cache(maxsize=512)
def outline(path: str) -> tuple[tuple[Point, ...], ...]:
    """Turn a path of absolute M, L, Q, C and Z commands into polygons."""
    tokens = _TOKEN.findall(path)
    shapes: list[list[Point]] = []
    command = "M"
    place = 0
    while place < len(tokens):
        if tokens[place].isalpha():
            command = tokens[place]
            place += 1
            if command == "Z":
                continue
        count = _ARITY[command]
        numbers = [float(token) for token in tokens[place : place + 2 * count]]
        place += 2 * count
        points = list(zip(numbers[0::2], numbers[1::2], strict=True))
        if command == "M":
            shapes.append(points)
            command = "L"
        elif command == "L":
            shapes[-1].extend(points)
        else:
            shapes[-1].extend(curve([shapes[-1][-1], *points]))
    return tuple(tuple(shape) for shape in shapes)


def circle(x: float, y: float, rx: float, ry: float | None = None, *, steps: int = 96) -> list[Point]:
    """Sample a circle or an upright ellipse."""
    height = rx if ry is None else ry
    turn = 2 * math.pi / steps
    return [(x + rx * math.cos(i * turn), y + height * math.sin(i * turn)) for i in range(steps)]


def arc(x: float, y: float, r: float, start: float, end: float, *, steps: int = 48) -> list[Point]:
    """Sample a part of a circle; angles in degrees, clockwise from the right."""
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + r * math.cos(a), y + r * math.sin(a)) for a in angles]


def star(x: float, y: float, outer: float, inner: float, points: int, *, turn: float = -90) -> list[Point]:
    """Corners of a star, or of a gear's teeth when they are many."""
    corners = []
    for index in range(points * 2):
        angle = math.radians(turn + index * 180 / points)
        radius = outer if index % 2 == 0 else inner
        corners.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return corners


class Pen:
    """Fills shapes on one image through a scale, a shift, a turn and perhaps a mirror."""

    def __init__(self, image: Image.Image, *, scale: float = 1.0, origin: Point = (0.0, 0.0)) -> None:
        self.image = image
        self._draw = ImageDraw.Draw(image)
        self._matrix = (scale, 0.0, origin[0], 0.0, scale, origin[1])
        self._size = scale

    def at(
        self,
        x: float,
        y: float,
        *,
        scale: float = 1.0,
        turn: float = 0.0,
        flip: bool = False,
        stretch: float = 1.0,
    ) -> "Pen":
        """Return a pen whose zero point, size and direction are set within this one.

        Args:
            x: Where its zero point lies across.
            y: Where its zero point lies down.
            scale: Its unit, in units of this pen.
            turn: Its direction, in degrees clockwise.
            flip: Whether left and right are exchanged.
            stretch: Its height compared to its width.
        """
        a, b, c, d, e, f = self._matrix
        cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
        mirror = -1.0 if flip else 1.0
        b, e = b * stretch, e * stretch
        y = y / stretch
        child = Pen.__new__(Pen)
        child.image, child._draw = self.image, self._draw
        child._size = self._size * scale
        child._matrix = (
            (a * cos + b * sin) * mirror,
            b * cos - a * sin,
            a * x + b * y + c,
            (d * cos + e * sin) * mirror,
            e * cos - d * sin,
            d * x + e * y + f,
        )
        return child

    def _place(self, points: Iterable[Point]) -> list[Point]:
        a, b, c, d, e, f = self._matrix
        return [(a * x + b * y + c, d * x + e * y + f) for x, y in points]

    def _steps(self, r: float) -> int:
        """Return how many corners a circle needs to be off by no more than a tenth of a pixel."""
        return max(10, min(240, round(7 * math.sqrt(r * self._size))))

    def polygon(self, points: Iterable[Point], paint: Paint) -> None:
        """Fill a polygon."""
        self._draw.polygon(self._place(points), fill=paint)

    def path(self, path: str, paint: Paint) -> None:
        """Fill every closed part of a path."""
        for shape in outline(path):
            self.polygon(shape, paint)

    def disc(self, x: float, y: float, r: float, paint: Paint, *, ry: float | None = None) -> None:
        """Fill a circle or, with `ry`, an ellipse."""
        self.polygon(circle(x, y, r, ry, steps=self._steps(max(r, ry or 0.0))), paint)

    def ring(self, x: float, y: float, r: float, width: float, paint: Paint) -> None:
        """Fill the band of this width inside the circle."""
        steps = self._steps(r)
        inner = circle(x, y, r - width, steps=steps)
        outer = circle(x, y, r, steps=steps)
        self.polygon([*outer, outer[0], inner[0], *reversed(inner), outer[0]], paint)

    def rect(self, x0: float, y0: float, x1: float, y1: float, paint: Paint, *, radius: float = 0.0) -> None:
        """Fill a rectangle, its corners rounded by `radius`."""
        r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
        if r <= 0:
            self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], paint)
            return
        corners = ((x1 - r, y0 + r, -90), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180))
        points: list[Point] = []
        for cx, cy, start in corners:
            points.extend(arc(cx, cy, r, start, start + 90, steps=max(3, self._steps(r) // 4)))
        self.polygon(points, paint)

    def stroke(self, points: Sequence[Point], width: float, paint: Paint, *, closed: bool = False) -> None:
        """Draw a line with round ends and joints."""
        corners = [*points, points[0]] if closed else points
        half = width / 2
        if half * self._size < 1.2:
            self.hairline(corners, width, paint)
            return
        for (x0, y0), (x1, y1) in pairwise(corners):
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            dx, dy = (y1 - y0) / length * half, (x0 - x1) / length * half
            self.polygon([(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)], paint)
        steps = self._steps(half)
        for x, y in corners:
            self.polygon(circle(x, y, half, steps=steps), paint)

    def hairline(self, points: Sequence[Point], width: float, paint: Paint) -> None:
        """Draw a thin line without caring for its ends: for patterns of many lines."""
        self._draw.line(self._place(points), fill=paint, width=max(1, round(width * self._size)))

    def arc(self, x: float, y: float, r: float, start: float, end: float, width: float, paint: Paint) -> None:
        """Draw a part of a circle whose middle line has the radius `r`, with round ends."""
        half = width / 2
        outer, inner = arc(x, y, r + half, start, end), arc(x, y, r - half, start, end)
        self.polygon([*outer, *reversed(inner)], paint)
        for angle in (start, end):
            px, py = arc(x, y, r, angle, angle, steps=1)[0]
            self.disc(px, py, half, paint)
