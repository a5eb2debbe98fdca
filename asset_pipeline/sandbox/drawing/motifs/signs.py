"""Motifs of people, time, places and the sky."""

from asset_pipeline.sandbox.drawing.motifs.inks import Inks, Motif
from asset_pipeline.sandbox.drawing.pen import Pen, circle, star

_HEART = (
    "M0,44 C-8,36 -47,13 -47,-14 C-47,-32 -34,-43 -21,-43 C-11,-43 -4,-37 0,-29"
    " C4,-37 11,-43 21,-43 C34,-43 47,-32 47,-14 C47,13 8,36 0,44 Z"
)


def compass(pen: Pen, c: Inks) -> None:
    """A compass with its needle."""
    pen.ring(0, 0, 47, 8, c.ink)
    needle = pen.at(0, 0, turn=38)
    needle.polygon([(0, -35), (11, 0), (-11, 0)], c.accent)
    needle.polygon([(0, 35), (11, 0), (-11, 0)], c.ink)
    pen.disc(0, 0, 5, c.clear)


def heart(pen: Pen, c: Inks) -> None:
    """A heart."""
    pen.path(_HEART, c.ink)
    pen.path("M0,44 C8,36 47,13 47,-14 C47,-32 34,-43 21,-43 C11,-43 4,-37 0,-29 Z", c.shade)
    pen.arc(-21, -17, 14, 180, 262, 6.5, c.clear)


def family(pen: Pen, c: Inks) -> None:
    """Two parents and a child."""
    for x in (-26, 26):
        pen.disc(x, -29, 14, c.ink)
        pen.rect(x - 19, -9, x + 19, 46, c.ink, radius=17)
        pen.rect(x - 19, 25, x + 19, 46, c.ink, radius=4)
    pen.disc(0, 4, 15.5, c.clear)
    pen.rect(-17.5, 17, 17.5, 50, c.clear, radius=15)
    pen.disc(0, 4, 10.5, c.accent)
    pen.path("M-12.5,46 L-12.5,33 C-12.5,17 12.5,17 12.5,33 L12.5,46 Z", c.accent)


def people(pen: Pen, c: Inks) -> None:
    """Three people, one in front."""
    for x in (-29, 29):
        pen.disc(x, -16, 13, c.shade)
        pen.path(f"M{x - 19},36 C{x - 19},12 {x - 10},4 {x},4 C{x + 10},4 {x + 19},12 {x + 19},36 Z", c.shade)
    pen.disc(0, -20, 23, c.clear)
    pen.path("M-31,48 C-31,16 -16,1 0,1 C16,1 31,16 31,48 Z", c.clear)
    pen.disc(0, -20, 17.5, c.ink)
    pen.path("M-26,44 C-26,18 -14,6 0,6 C14,6 26,18 26,44 Z", c.ink)
    pen.polygon([(-6, 7), (6, 7), (0, 24)], c.accent)


def globe(pen: Pen, c: Inks) -> None:
    """The world with a place on it."""
    pen.disc(0, 0, 46, c.ink)
    outer, inner = circle(0, 0, 23, 46), circle(0, 0, 17, 46)
    pen.polygon([*outer, outer[0], inner[0], *reversed(inner)], c.clear)
    for y in (-16, 16):
        pen.rect(-48, y - 3, 48, y + 3, c.clear)
    pen.disc(28, 28, 21, c.clear)
    pen.disc(28, 28, 15, c.accent)


def star_motif(pen: Pen, c: Inks) -> None:
    """A five-pointed star in two facets a point."""
    corners = star(0, 4, 50, 21, 5)
    for index, corner in enumerate(corners):
        pen.polygon([(0, 4), corner, corners[(index + 1) % 10]], c.shade if index % 2 == 0 else c.ink)


def cloud(pen: Pen, c: Inks) -> None:
    """A cloud with an arrow into it."""
    pen.disc(-22, 8, 24, c.ink)
    pen.disc(4, -10, 30, c.ink)
    pen.disc(28, 10, 19, c.ink)
    pen.rect(-24, 8, 30, 32, c.ink, radius=6)
    pen.stroke([(2, 50), (2, 4)], 17, c.clear)
    pen.stroke([(-12, 12), (2, -3), (16, 12)], 17, c.clear)
    pen.stroke([(2, 44), (2, 2)], 7.5, c.accent)
    pen.stroke([(-11, 12), (2, -1), (15, 12)], 7.5, c.accent)


def hourglass(pen: Pen, c: Inks) -> None:
    """An hourglass, half run."""
    pen.path(
        "M-31,-38 L31,-38 C31,-16 12,-8 9,0 C12,8 31,16 31,38 L-31,38 C-31,16 -12,8 -9,0 C-12,-8 -31,-16 -31,-38 Z",
        c.ink,
    )
    pen.path(
        "M-23,-36 L23,-36 C22,-18 5,-10 3,0 C5,10 22,18 23,36 L-23,36 C-22,18 -5,10 -3,0 C-5,-10 -22,-18 -23,-36 Z",
        c.clear,
    )
    pen.path(
        "M-17,-19 L17,-19 C12,-11 4,-8 2.5,0 L2.5,14 C12,18 17,26 18,34"
        " L-18,34 C-17,26 -12,18 -2.5,14 L-2.5,0 C-4,-8 -12,-11 -17,-19 Z",
        c.accent,
    )
    for y in (-42, 42):
        pen.rect(-40, y - 5.5, 40, y + 5.5, c.ink, radius=5)


def bell(pen: Pen, c: Inks) -> None:
    """A bell."""
    pen.disc(0, -41, 7, c.ink)
    pen.path(
        "M-42,26 C-30,16 -32,2 -30,-12 C-28,-30 -16,-39 0,-39"
        " C16,-39 28,-30 30,-12 C32,2 30,16 42,26 Q44,31 38,31 L-38,31 Q-44,31 -42,26 Z",
        c.ink,
    )
    pen.path("M6,-39 C18,-37 28,-30 30,-12 C32,2 30,16 42,26 Q44,31 38,31 L16,31 C18,8 18,-20 6,-39 Z", c.shade)
    pen.path("M-13,36 L13,36 C13,52 -13,52 -13,36 Z", c.accent)


def pin(pen: Pen, c: Inks) -> None:
    """A place on a map."""
    pen.disc(0, 40, 28, c.shade, ry=8)
    pen.path("M0,46 C-8,30 -36,8 -36,-14 C-36,-34 -20,-50 0,-50 C20,-50 36,-34 36,-14 C36,8 8,30 0,46 Z", c.clear)
    pen.path("M0,38 C-8,24 -31,6 -31,-16 C-31,-34 -18,-48 0,-48 C18,-48 31,-34 31,-16 C31,6 8,24 0,38 Z", c.ink)
    pen.disc(0, -17, 14, c.clear)
    pen.disc(0, -17, 8.5, c.accent)


def screen(pen: Pen, c: Inks) -> None:
    """A screen that plays."""
    pen.rect(-47, -38, 47, 27, c.ink, radius=9)
    pen.rect(-38, -29, 38, 18, c.clear, radius=3)
    pen.path("M-9,-21 L15,-7 Q17,-5.5 15,-4 L-9,10 Q-12,11 -12,8 L-12,-19 Q-12,-22 -9,-21 Z", c.accent)
    pen.rect(-24, 35, 24, 43, c.ink, radius=4)


def phone(pen: Pen, c: Inks) -> None:
    """A mobile phone."""
    pen.rect(-28, -48, 28, 48, c.ink, radius=11)
    pen.rect(-20, -34, 20, 29, c.clear, radius=2)
    pen.rect(-13, -26, 13, -6, c.accent, radius=4)
    pen.stroke([(-10, 5), (10, 5)], 6, c.ink)
    pen.stroke([(-10, 18), (2, 18)], 6, c.ink)
    pen.disc(0, 38.5, 4, c.clear)


def mountain(pen: Pen, c: Inks) -> None:
    """Two peaks and a sun."""
    pen.disc(24, -28, 13, c.accent)
    pen.path("M6,40 L22,4 Q25,-1 28,4 L48,40 Z", c.shade)
    pen.path("M-54,46 L-17,-30 Q-12,-38 -7,-30 L31,46 Z", c.clear)
    pen.path("M-48,40 L-16,-26 Q-12,-32 -8,-26 L24,40 Z", c.ink)
    pen.stroke([(-32, -5), (-20, 3), (-12, -6), (-4, 3), (8, -5)], 5.5, c.clear)


def anchor(pen: Pen, c: Inks) -> None:
    """An anchor."""
    pen.ring(0, -35, 13, 6.5, c.accent)
    pen.rect(-4.5, -23, 4.5, 42, c.ink)
    pen.rect(-20, -14, 20, -6, c.ink, radius=4)
    pen.arc(0, 4, 36, 12, 168, 8.5, c.ink)
    for side in (False, True):
        pen.at(0, 0, flip=side).polygon([(46, 14), (28, 10), (37, -4)], c.ink)


MOTIFS: dict[str, Motif] = {
    "compass": compass,
    "heart": heart,
    "family": family,
    "people": people,
    "globe": globe,
    "star": star_motif,
    "cloud": cloud,
    "hourglass": hourglass,
    "bell": bell,
    "pin": pin,
    "screen": screen,
    "phone": phone,
    "mountain": mountain,
    "anchor": anchor,
}
