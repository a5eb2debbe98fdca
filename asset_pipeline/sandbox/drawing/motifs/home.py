"""Motifs of the house and what is in it: home, keys, lamps, car, garden, keepsakes."""

from asset_pipeline.sandbox.drawing.motifs.inks import Inks, Motif
from asset_pipeline.sandbox.drawing.pen import Pen, arc


def house(pen: Pen, c: Inks) -> None:
    """A gabled house with an arched door."""
    pen.path("M-34,-4 L0,-34 L34,-4 L34,38 Q34,45 27,45 L-27,45 Q-34,45 -34,38 Z", c.ink)
    pen.stroke([(-60, 12), (0, -41), (60, 12)], 20, c.clear)
    pen.rect(20, -45, 32, -18, c.shade, radius=2)
    pen.stroke([(-43, 0), (0, -38), (43, 0)], 9.5, c.ink)
    pen.path("M-11,46 L-11,20 C-11,5 11,5 11,20 L11,46 Z", c.clear)
    pen.path("M-7,46 L-7,21 C-7,10 7,10 7,21 L7,46 Z", c.accent)
    pen.rect(-12, 40, 12, 50, c.clear)


def key(pen: Pen, c: Inks) -> None:
    """An old key, lying aslant."""
    lying = pen.at(0, 0, turn=-45)
    lying.rect(-10, -5, 53, 5, c.ink, radius=4)
    for x, y in ((-42, 0), (-27, -15), (-27, 15)):
        lying.disc(x, y, 14.5, c.ink)
    lying.disc(-27, 0, 16, c.ink)
    lying.disc(-29, 0, 9, c.clear)
    lying.rect(-3, -9, 5, 9, c.accent, radius=3)
    lying.rect(27, 0, 35, 20, c.ink, radius=2.5)
    lying.rect(41, 0, 49, 26, c.ink, radius=2.5)


def lock(pen: Pen, c: Inks) -> None:
    """A padlock."""
    pen.arc(0, -16, 21, 180, 360, 10, c.ink)
    pen.rect(-26, -16, -16, 4, c.ink)
    pen.rect(16, -16, 26, 4, c.ink)
    pen.rect(-36, -6, 36, 47, c.ink, radius=10)
    pen.disc(0, 14, 10, c.clear)
    pen.path("M-4,16 L4,16 L7,36 L-7,36 Z", c.clear)
    pen.disc(0, 14, 5, c.accent)


def lamp(pen: Pen, c: Inks) -> None:
    """A table lamp with a pull cord."""
    pen.path("M-16,-44 Q-15,-47 -12,-47 L12,-47 Q15,-47 16,-44 L39,-2 Q40,3 35,3 L-35,3 Q-40,3 -39,-2 Z", c.ink)
    pen.path("M4,-47 L12,-47 Q15,-47 16,-44 L39,-2 Q40,3 35,3 L14,3 Z", c.shade)
    pen.rect(-4.5, 8, 4.5, 38, c.ink)
    pen.path("M-26,47 C-26,38 -14,35 0,35 C14,35 26,38 26,47 Z", c.ink)
    pen.stroke([(23, 9), (23, 17)], 5, c.accent)
    pen.disc(23, 22, 5.5, c.accent)


def bulb(pen: Pen, c: Inks) -> None:
    """A light bulb."""
    pen.path(
        "M-12,24 C-12,10 -32,4 -32,-16 C-32,-36 -16,-48 0,-48 C16,-48 32,-36 32,-16 C32,4 12,10 12,24 Z",
        c.ink,
    )
    pen.arc(0, -16, 19, 190, 270, 6, c.clear)
    pen.rect(-13, 29, 13, 36, c.accent, radius=3.5)
    pen.rect(-9, 40, 9, 47, c.ink, radius=3.5)


def candle(pen: Pen, c: Inks) -> None:
    """A candle in its holder."""
    pen.path(
        "M0,-50 C10,-38 13,-32 13,-26 C13,-18 7,-14 0,-14 C-7,-14 -13,-18 -13,-26 C-13,-32 -10,-38 0,-50 Z",
        c.accent,
    )
    pen.rect(-11, -8, 11, 30, c.ink, radius=3)
    pen.rect(2, -8, 11, 30, c.shade, radius=3)
    pen.ring(30, 31, 13, 6.5, c.ink)
    pen.path("M-34,26 L28,26 C28,40 18,47 4,47 L-10,47 C-24,47 -34,40 -34,26 Z", c.ink)


def umbrella(pen: Pen, c: Inks) -> None:
    """An open umbrella."""
    pen.rect(-3.5, -50, 3.5, -38, c.ink, radius=3.5)
    pen.path("M-47,4 C-47,-24 -27,-43 0,-43 C27,-43 47,-24 47,4 Z", c.ink)
    pen.path("M-16,4 C-16,-20 -9,-43 0,-43 C9,-43 16,-20 16,4 Z", c.accent)
    for x in (-31.3, 0, 31.3):
        pen.disc(x, 7, 15.8, c.clear, ry=11)
    pen.rect(-4, -4, 4, 34, c.ink)
    pen.arc(-11, 34, 11, 0, 180, 8, c.ink)


def car(pen: Pen, c: Inks) -> None:
    """A car from the side."""
    pen.path(
        "M-47,14 C-47,4 -43,-1 -34,-3 L-22,-24 C-19,-29 -16,-31 -10,-31 L12,-31 C18,-31 21,-29 24,-25 L37,-5"
        " C44,-3 48,2 48,9 L48,19 C48,23 46,25 42,25 L-41,25 C-45,25 -47,23 -47,19 Z",
        c.ink,
    )
    pen.path("M-22,-5 L-14,-20 Q-12,-23 -9,-23 L-2,-23 L-2,-5 Z", c.clear)
    pen.path("M4,-23 L11,-23 Q14,-23 16,-20 L26,-5 L4,-5 Z", c.clear)
    for x in (-25, 25):
        pen.disc(x, 23, 16, c.clear)
        pen.disc(x, 23, 11, c.ink)
        pen.disc(x, 23, 4.5, c.accent)


def tree(pen: Pen, c: Inks) -> None:
    """A broad old tree."""
    for x, y, r in ((0, -24, 23), (-22, -8, 21), (22, -8, 21), (0, 0, 20)):
        pen.disc(x, y, r, c.ink)
    pen.rect(-24, 2, 24, 13, c.ink, radius=5)
    pen.stroke([(0, 52), (0, -22)], 7, c.clear)
    pen.stroke([(0, 4), (-15, -10)], 6, c.clear)
    pen.stroke([(0, -6), (14, -19)], 6, c.clear)
    pen.path("M-5,18 L5,18 C5,30 8,36 15,41 L-15,41 C-8,36 -5,30 -5,18 Z", c.ink)
    pen.rect(-32, 41, 32, 48, c.accent, radius=3.5)


def flower(pen: Pen, c: Inks) -> None:
    """A tulip with two leaves."""
    pen.path("M0,-4 C-22,-6 -26,-26 -22,-46 L-10,-32 L0,-49 L10,-32 L22,-46 C26,-26 22,-6 0,-4 Z", c.accent)
    pen.stroke([(0, 0), (0, 46)], 7, c.ink)
    pen.path("M-3,46 C-30,44 -40,26 -40,6 C-20,10 -5,22 -3,46 Z", c.ink)
    pen.path("M3,46 C30,44 40,26 40,6 C20,10 5,22 3,46 Z", c.shade)


def leaf(pen: Pen, c: Inks) -> None:
    """A leaf on its stem."""
    lying = pen.at(0, 0, turn=40)
    lying.path("M0,-52 C34,-30 34,14 0,34 Z", c.shade)
    lying.path("M0,-52 C-34,-30 -34,14 0,34 Z", c.ink)
    lying.stroke([(0, -26), (0, 32)], 5, c.clear)
    for y, x in ((-2, 16), (14, 12)):
        lying.stroke([(-x, y - 13), (0, y), (x, y - 13)], 5, c.clear)
    lying.stroke([(0, 36), (0, 52)], 7, c.accent)


def paw(pen: Pen, c: Inks) -> None:
    """A paw print."""
    for x, y, turn in ((-35, -8, -24), (-14, -31, -8), (14, -31, 8), (35, -8, 24)):
        pen.at(x, y, turn=turn).disc(0, 0, 10.5, c.ink, ry=14)
    pen.path(
        "M0,0 C14,0 20,12 28,20 C38,31 28,46 14,42 C6,40 -6,40 -14,42 C-28,46 -38,31 -28,20 C-20,12 -14,0 0,0 Z",
        c.ink,
    )
    pen.disc(0, 26, 7, c.accent)


def gift(pen: Pen, c: Inks) -> None:
    """A wrapped present."""
    pen.rect(-38, -2, 38, 46, c.ink, radius=6)
    pen.rect(-46, -22, 46, 1, c.clear)
    pen.rect(-46, -20, 46, -5, c.ink, radius=5)
    pen.rect(-11, -26, 11, 50, c.clear)
    pen.rect(-6, -20, 6, 46, c.accent)
    for side in (False, True):
        pen.at(0, -24, flip=side).path("M0,4 C4,-20 18,-28 28,-22 C38,-14 26,2 0,4 Z", c.accent)
        pen.at(0, -24, flip=side).disc(18, -9, 5, c.clear, ry=4)


def music(pen: Pen, c: Inks) -> None:
    """Two joined notes."""
    pen.path("M-22,-34 L38,-46 L38,-27 L-22,-15 Z", c.accent)
    pen.rect(-24, -34, -15, 30, c.ink, radius=2)
    pen.rect(30, -45, 39, 20, c.ink, radius=2)
    pen.path("M-24,-35 L39,-47 L39,-40 L-24,-28 Z", c.ink)
    for x, y in ((-28, 32), (26, 22)):
        pen.at(x, y, turn=-18).disc(0, 0, 16, c.ink, ry=12)


def bolt(pen: Pen, c: Inks) -> None:
    """A plug's lightning in a ring."""
    pen.ring(0, 0, 47, 7.5, c.ink)
    pen.polygon([(8, -36), (-20, 6), (-3, 6), (-9, 37), (21, -8), (3, -8)], c.accent)


def rings(pen: Pen, c: Inks) -> None:
    """Two interlocked rings."""
    pen.ring(-17, 4, 29, 8, c.ink)
    pen.polygon([*arc(17, 4, 33, 175, 250), *reversed(arc(17, 4, 17, 175, 250))], c.clear)
    pen.ring(17, 4, 29, 8, c.accent)
    pen.polygon([*arc(-17, 4, 33, 15, 75), *reversed(arc(-17, 4, 17, 15, 75))], c.clear)
    pen.polygon([*arc(-17, 4, 29, 8, 80), *reversed(arc(-17, 4, 21, 8, 80))], c.ink)


MOTIFS: dict[str, Motif] = {
    "house": house,
    "key": key,
    "lock": lock,
    "lamp": lamp,
    "bulb": bulb,
    "candle": candle,
    "umbrella": umbrella,
    "car": car,
    "tree": tree,
    "flower": flower,
    "leaf": leaf,
    "paw": paw,
    "gift": gift,
    "music": music,
    "bolt": bolt,
    "rings": rings,
}
