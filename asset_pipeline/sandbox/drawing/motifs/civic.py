"""Motifs of money, law, work and care."""

from asset_pipeline.sandbox.drawing.motifs.inks import Inks, Motif
from asset_pipeline.sandbox.drawing.pen import Pen, outline, star

_SHIELD = (
    "M0,-48 C12,-40 26,-36 40,-36 L40,-4 C40,22 22,38 0,48 C-22,38 -40,22 -40,-4 L-40,-36 C-26,-36 -12,-40 0,-48 Z"
)


def shield(pen: Pen, c: Inks) -> None:
    """A shield with a tick."""
    pen.path(_SHIELD, c.ink)
    pen.path("M0,-48 C12,-40 26,-36 40,-36 L40,-4 C40,22 22,38 0,48 Z", c.shade)
    pen.stroke([(-18, -2), (-5, 12), (19, -15)], 9, c.clear)


def bank(pen: Pen, c: Inks) -> None:
    """A temple front."""
    pen.path("M-47,-19 Q-47,-22 -44,-24 L-3,-46 Q0,-48 3,-46 L44,-24 Q47,-22 47,-19 L47,-14 L-47,-14 Z", c.ink)
    pen.disc(0, -27, 6.5, c.accent)
    for x in (-33, -11, 11, 33):
        pen.rect(x - 6, -8, x + 6, 26, c.shade if x > 0 else c.ink)
    pen.rect(-42, 26, 42, 33, c.ink, radius=2)
    pen.rect(-47, 38, 47, 46, c.ink, radius=2)


def coins(pen: Pen, c: Inks) -> None:
    """A stack of coins and a large one before it."""
    for index, shift in enumerate((0, 4, -2, 2, -3)):
        y = 46 - index * 17
        pen.rect(-1 + shift, y - 12, 45 + shift, y, c.shade if index % 2 else c.ink, radius=5)
    pen.disc(-18, 19, 35, c.clear)
    pen.disc(-18, 19, 28, c.accent)
    pen.ring(-18, 19, 20, 5, c.clear)
    pen.rect(-21, 12, -15, 26, c.clear, radius=2)


def gavel(pen: Pen, c: Inks) -> None:
    """A judge's hammer over its block."""
    tool = pen.at(-6, -10, turn=-45)
    tool.rect(-6, 16, 6, 62, c.ink, radius=5)
    tool.rect(-21, -19, 21, 19, c.ink, radius=2)
    for x in (-27, 27):
        tool.rect(x - 11, -26, x + 11, 26, c.clear)
        tool.rect(x - 6, -24, x + 6, 24, c.ink, radius=5)
    pen.rect(-44, 36, 8, 46, c.accent, radius=4)


def scales(pen: Pen, c: Inks) -> None:
    """The scales of justice."""
    pen.rect(-4, -42, 4, 40, c.ink)
    pen.disc(0, -42, 6.5, c.accent)
    pen.rect(-38, -34, 38, -27, c.ink, radius=3.5)
    pen.rect(-24, 38, 24, 46, c.ink, radius=4)
    for x in (-31, 31):
        pen.stroke([(x - 14, 6), (x, -28), (x + 14, 6)], 5, c.ink)
        pen.path(f"M{x - 19},5 L{x + 19},5 C{x + 17},22 {x - 17},22 {x - 19},5 Z", c.accent)


def briefcase(pen: Pen, c: Inks) -> None:
    """A briefcase."""
    pen.rect(-20, -40, 20, -8, c.ink, radius=9)
    pen.rect(-12, -32, 12, -8, c.clear, radius=3)
    pen.rect(-46, -24, 46, 42, c.ink, radius=10)
    pen.rect(-48, 5, 48, 11, c.clear)
    pen.rect(-13, -3, 13, 19, c.clear, radius=6)
    pen.rect(-8, 1, 8, 15, c.accent, radius=4)


def chart(pen: Pen, c: Inks) -> None:
    """Rising columns."""
    for x, top, paint in ((-46, 14, c.ink), (-21, -6, c.ink), (4, -24, c.ink), (29, -46, c.accent)):
        pen.rect(x, top, x + 18, 34, paint, radius=4)
    pen.rect(-47, 40, 48, 47, c.ink, radius=3.5)


def database(pen: Pen, c: Inks) -> None:
    """A cylinder of three layers."""
    body = outline("M-40,-32 L-40,33 C-40,53 40,53 40,33 L40,-32 Z")[0]
    pen.polygon(body, c.ink)
    pen.polygon([(10, -32), *((x, y) for x, y in body if x >= 10)], c.shade)
    for y in (-11, 13):
        pen.path(
            f"M-41,{y} C-41,{y + 20} 41,{y + 20} 41,{y} L41,{y + 6} C41,{y + 26} -41,{y + 26} -41,{y + 6} Z",
            c.clear,
        )
    pen.disc(0, -32, 46, c.clear, ry=21)
    pen.disc(0, -32, 40, c.accent, ry=15)


def gear(pen: Pen, c: Inks) -> None:
    """A cog wheel."""
    pen.disc(0, 0, 36, c.ink)
    for turn in range(0, 360, 45):
        pen.at(0, 0, turn=turn).path("M-11,-32 L-7.5,-47 L7.5,-47 L11,-32 Z", c.ink)
    pen.disc(0, 0, 19, c.clear)
    pen.disc(0, 0, 10, c.accent)


def medal(pen: Pen, c: Inks) -> None:
    """A rosette with two ribbons."""
    pen.path("M-20,10 L-32,47 L-17,41 L-8,50 L0,22 Z", c.accent)
    pen.path("M20,10 L32,47 L17,41 L8,50 L0,22 Z", c.accent)
    pen.polygon(star(0, -13, 37, 31, 12), c.clear)
    pen.polygon(star(0, -13, 35, 29, 12), c.ink)
    pen.ring(0, -13, 21, 5.5, c.clear)
    pen.disc(0, -13, 8, c.ink)


def magnifier(pen: Pen, c: Inks) -> None:
    """A magnifying glass."""
    pen.stroke([(20, 20), (42, 42)], 13, c.ink)
    pen.stroke([(14, 14), (22, 22)], 6, c.ink)
    pen.disc(-10, -10, 37, c.ink)
    pen.disc(-10, -10, 27, c.clear)
    pen.arc(-10, -10, 17, 185, 265, 6, c.accent)


def cross(pen: Pen, c: Inks) -> None:
    """A medical cross with a pulse."""
    pen.rect(-17, -46, 17, 46, c.ink, radius=7)
    pen.rect(-46, -17, 46, 17, c.ink, radius=7)
    pen.stroke([(-52, 1), (-18, 1), (-8, -16), (6, 18), (15, 1), (52, 1)], 6, c.clear)


def flag(pen: Pen, c: Inks) -> None:
    """A flag on a hill."""
    pen.rect(-30, -47, -22, 40, c.ink, radius=4)
    pen.path("M-18,-42 C0,-52 16,-30 42,-40 L42,-4 C16,6 0,-16 -18,-6 Z", c.accent)
    pen.path("M-46,47 C-34,32 10,30 34,47 Z", c.ink)


def rocket(pen: Pen, c: Inks) -> None:
    """A rocket under way."""
    ship = pen.at(3, -3, turn=45)
    ship.path("M0,-52 C20,-36 22,-8 16,18 L-16,18 C-22,-8 -20,-36 0,-52 Z", c.ink)
    ship.path("M0,-52 C20,-36 22,-8 16,18 L0,18 Z", c.shade)
    ship.path("M-22,-4 C-36,6 -36,20 -34,30 L-20,20 Z", c.ink)
    ship.path("M22,-4 C36,6 36,20 34,30 L20,20 Z", c.shade)
    ship.disc(0, -16, 9, c.clear)
    ship.path("M-11,24 L11,24 C11,36 6,42 0,52 C-6,42 -11,36 -11,24 Z", c.accent)


MOTIFS: dict[str, Motif] = {
    "shield": shield,
    "bank": bank,
    "coins": coins,
    "gavel": gavel,
    "scales": scales,
    "briefcase": briefcase,
    "chart": chart,
    "database": database,
    "gear": gear,
    "medal": medal,
    "magnifier": magnifier,
    "cross": cross,
    "flag": flag,
    "rocket": rocket,
}
