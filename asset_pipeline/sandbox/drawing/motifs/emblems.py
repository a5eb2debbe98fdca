"""Geometric emblems for subjects that no picture stands for."""

import math

from asset_pipeline.sandbox.drawing.motifs.inks import Inks, Motif
from asset_pipeline.sandbox.drawing.pen import Pen, arc


def _petal(pen: Pen, length: float, breadth: float, c: Inks) -> None:
    pen.path(f"M0,-4 C-{breadth},-{length * 0.4} -{breadth},-{length * 0.75} 0,-{length} Z", c.ink)
    pen.path(f"M0,-4 C{breadth},-{length * 0.4} {breadth},-{length * 0.75} 0,-{length} Z", c.shade)


def rosette(pen: Pen, c: Inks) -> None:
    """Eight petals."""
    for turn in range(0, 360, 45):
        _petal(pen.at(0, 0, turn=turn), 48, 18, c)
    pen.disc(0, 0, 14, c.clear)
    pen.disc(0, 0, 9, c.accent)


def lozenge(pen: Pen, c: Inks) -> None:
    """Four lozenges around one."""
    for turn in range(0, 360, 90):
        blade = pen.at(0, 0, turn=turn)
        blade.polygon([(0, -48), (20, -27), (0, -7), (-20, -27)], c.ink)
        blade.polygon([(0, -48), (20, -27), (0, -7)], c.shade)
        corner = pen.at(0, 0, turn=turn + 45)
        corner.disc(0, -43, 6, c.accent)
    pen.at(0, 0, turn=45).rect(-4.5, -4.5, 4.5, 4.5, c.accent)


def sunrise(pen: Pen, c: Inks) -> None:
    """Arcs over a line: a rising sun."""
    for radius, paint in ((43, c.ink), (28, c.shade)):
        pen.polygon([*arc(0, 24, radius + 4.5, 180, 360), *reversed(arc(0, 24, radius - 4.5, 180, 360))], paint)
    pen.polygon(arc(0, 24, 16, 180, 360), c.accent)
    pen.rect(-47, 30, 47, 38, c.ink, radius=4)


def quatrefoil(pen: Pen, c: Inks) -> None:
    """Four joined rings."""
    for x, y in ((0, -22), (22, 0), (0, 22), (-22, 0)):
        pen.disc(x, y, 26, c.ink)
    for x, y in ((0, -23), (23, 0), (0, 23), (-23, 0)):
        pen.disc(x, y, 17, c.clear)
    pen.at(0, 0, turn=45).rect(-14, -14, 14, 14, c.accent, radius=2)


def hexagon(pen: Pen, c: Inks) -> None:
    """A cube in three tones."""
    corners = [(48 * math.sin(math.radians(a)), -48 * math.cos(math.radians(a))) for a in range(0, 360, 60)]
    for first, paint in ((0, c.shade), (2, c.ink), (4, c.accent)):
        face = [(0.0, 0.0), corners[first], corners[first + 1], corners[(first + 2) % 6]]
        cx, cy = sum(x for x, _ in face) / 4, sum(y for _, y in face) / 4
        pen.polygon([(cx + (x - cx) * 0.92, cy + (y - cy) * 0.92) for x, y in face], paint)


def orbit(pen: Pen, c: Inks) -> None:
    """A sphere within two rings."""
    for turn in (-35, 35):
        ring = pen.at(0, 0, turn=turn)
        points = [(47 * math.cos(math.radians(a)), 19 * math.sin(math.radians(a))) for a in range(0, 360, 5)]
        ring.stroke(points, 6.5, c.ink, closed=True)
    pen.disc(0, 0, 19, c.clear)
    pen.disc(0, 0, 13.5, c.accent)


def tide(pen: Pen, c: Inks) -> None:
    """A disc of waves under a small sun."""
    pen.disc(0, 0, 47, c.ink)
    pen.disc(0, -18, 16, c.clear)
    pen.disc(0, -18, 11, c.accent)
    for y in (6, 20, 34):
        pen.stroke([(x, y + 4 * math.sin((x + y) / 7.5)) for x in range(-50, 51, 2)], 5.5, c.clear)


def fan(pen: Pen, c: Inks) -> None:
    """A fan of seven blades."""
    for index in range(7):
        blade = pen.at(0, 27, turn=-78 + index * 26)
        blade.path("M-2,-11 L-8.5,-46 Q0,-52 8.5,-46 L2,-11 Z", c.shade if index % 2 else c.ink)
    pen.disc(0, 27, 7.5, c.accent)


EMBLEMS: dict[str, Motif] = {
    "rosette": rosette,
    "lozenge": lozenge,
    "sunrise": sunrise,
    "quatrefoil": quatrefoil,
    "hexagon": hexagon,
    "orbit": orbit,
    "tide": tide,
    "fan": fan,
}
