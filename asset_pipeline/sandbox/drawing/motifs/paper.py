"""Motifs of paper and writing: documents, letters, books, pens, cards."""

from asset_pipeline.sandbox.drawing.motifs.inks import Inks, Motif
from asset_pipeline.sandbox.drawing.pen import Pen


def document(pen: Pen, c: Inks) -> None:
    """A sheet with a folded corner and a seal."""
    pen.path("M-36,-38 Q-36,-46 -28,-46 L8,-46 L34,-20 L34,38 Q34,46 26,46 L-28,46 Q-36,46 -36,38 Z", c.ink)
    pen.path("M5,-50 L5,-23 Q5,-17 11,-17 L40,-17 L40,-50 Z", c.clear)
    pen.path("M11,-44 L32,-23 L15,-23 Q11,-23 11,-27 Z", c.shade)
    for y, x1 in ((-16, -6), (-2, 22), (12, 2)):
        pen.stroke([(-23, y), (x1, y)], 6, c.clear)
    pen.disc(17, 25, 15, c.clear)
    pen.path("M10,28 L10,50 L17,44 L24,50 L24,28 Z", c.accent)
    pen.disc(17, 25, 10.5, c.accent)


def scroll(pen: Pen, c: Inks) -> None:
    """A sheet between two rolls, with a hanging seal."""
    pen.path("M-28,-34 L28,-34 L28,34 L-28,34 Z", c.ink)
    for y in (-38, 38):
        pen.rect(-36, y - 13, 36, y + 13, c.clear)
        pen.rect(-40, y - 8, 40, y + 8, c.ink, radius=8)
        pen.rect(-47, y - 4, 47, y + 4, c.ink, radius=4)
    for y, x1 in ((-13, 16), (0, 16), (13, -2)):
        pen.stroke([(-16, y), (x1, y)], 6, c.clear)
    pen.disc(15, 16, 13, c.clear)
    pen.disc(15, 16, 9, c.accent)


def book(pen: Pen, c: Inks) -> None:
    """An open book with a ribbon."""
    for side in (False, True):
        page = pen.at(0, 0, flip=side)
        page.path("M3,-24 C13,-36 30,-39 47,-35 L47,27 C30,23 13,26 3,37 Z", c.ink)
        page.path("M3,42 C13,33 30,30 47,33 L47,40 C30,38 16,41 7,48 L3,48 Z", c.shade)
    for y in (-16, -2):
        pen.stroke([(-36, y - 3), (-14, y)], 5.5, c.clear)
    pen.path("M18,-48 L36,-48 L36,6 L27,-2 L18,6 Z", c.clear)
    pen.path("M22,-44 L32,-44 L32,-1 L27,-6 L22,-1 Z", c.accent)


def envelope(pen: Pen, c: Inks) -> None:
    """A closed letter with a wax seal."""
    pen.rect(-47, -33, 47, 35, c.ink, radius=8)
    pen.path("M-47,-33 L47,-33 L0,12 Z", c.shade)
    pen.rect(-47, -33, -40, -26, c.clear)
    pen.rect(40, -33, 47, -26, c.clear)
    pen.rect(-47, -33, -30, -16, c.shade, radius=8)
    pen.rect(30, -33, 47, -16, c.shade, radius=8)
    pen.path("M-47,-18 L-47,30 Q-47,35 -40,35 L40,35 Q47,35 47,30 L47,-18 L0,24 Z", c.ink)
    pen.stroke([(-49, -27), (-5, 11), (5, 11), (49, -27)], 6, c.clear)
    pen.disc(0, 10, 17.5, c.clear)
    pen.disc(0, 10, 12.5, c.accent)


def feather(pen: Pen, c: Inks) -> None:
    """A quill and the line it has written."""
    quill = pen.at(4, -3, turn=38)
    quill.path("M0,-52 C20,-38 23,-6 9,22 L0,26 Z", c.ink)
    quill.path("M0,-52 C-20,-38 -23,-6 -9,22 L0,26 Z", c.shade)
    for x, y, dx in ((8, 4, 26), (-8, -12, -26)):
        quill.polygon([(x * 0.4, y), (dx, y - 15), (dx, y - 7)], c.clear)
    quill.stroke([(0, -32), (0, 30)], 5, c.clear)
    quill.path("M-3.5,20 L3.5,20 L3,46 L0,53 L-3,46 Z", c.ink)
    pen.stroke([(-12, 44), (42, 44)], 7, c.accent)


def nib(pen: Pen, c: Inks) -> None:
    """A fountain pen's nib over a signature line."""
    point = pen.at(6, -8, turn=42)
    point.path("M0,50 L-22,8 C-26,-2 -24,-8 -19,-17 L19,-17 C24,-8 26,-2 22,8 Z", c.ink)
    point.path("M0,50 L22,8 C26,-2 24,-8 19,-17 L0,-17 Z", c.shade)
    point.stroke([(0, 46), (0, 6)], 5, c.clear)
    point.disc(0, 2, 6.5, c.clear)
    point.rect(-20, -31, 20, -22, c.accent, radius=3)
    point.rect(-17, -49, 17, -36, c.ink, radius=4)
    pen.stroke([(6, 44), (44, 44)], 7, c.accent)


def checklist(pen: Pen, c: Inks) -> None:
    """A clipboard with ticked lines."""
    pen.rect(-36, -38, 36, 47, c.ink, radius=9)
    pen.rect(-22, -50, 22, -25, c.clear, radius=9)
    pen.rect(-17, -48, 17, -30, c.accent, radius=6)
    for y in (-10, 10, 30):
        pen.stroke([(-24, y), (-19, y + 5), (-11, y - 5)], 5.5, c.clear)
        pen.stroke([(3, y), (23, y)], 6, c.clear)


def calendar(pen: Pen, c: Inks) -> None:
    """A month's sheet with one day chosen."""
    pen.rect(-43, -37, 43, 45, c.ink, radius=10)
    pen.rect(-45, -17, 45, -11, c.clear)
    for x in (-20, 20):
        pen.rect(x - 9, -50, x + 9, -24, c.clear, radius=9)
        pen.rect(x - 4.5, -48, x + 4.5, -27, c.ink, radius=4.5)
    for row, y in enumerate((-1, 21)):
        for column, x in enumerate((-30, -7, 16)):
            chosen = row == 1 and column == 1
            pen.rect(x, y, x + 14, y + 14, c.accent if chosen else c.clear, radius=3)


def photo(pen: Pen, c: Inks) -> None:
    """A framed picture of mountains and sun."""
    pen.rect(-46, -38, 46, 38, c.ink, radius=9)
    pen.rect(-37, -29, 37, 29, c.clear, radius=4)
    pen.path("M-34,26 L-14,-8 Q-11,-12 -8,-8 L12,26 Z", c.ink)
    pen.path("M0,26 L14,5 Q17,1 20,5 L34,26 Z", c.shade)
    pen.disc(16, -13, 8.5, c.accent)


def contacts(pen: Pen, c: Inks) -> None:
    """An address book."""
    pen.rect(-36, -46, 40, 46, c.ink, radius=10)
    for y in (-26, 0, 26):
        pen.rect(-48, y - 7.5, -27, y + 7.5, c.clear, radius=7.5)
        pen.rect(-46, y - 4, -30, y + 4, c.ink, radius=4)
    pen.disc(6, -13, 13, c.clear)
    pen.path("M-19,27 C-19,12 -8,5 6,5 C20,5 31,12 31,27 Z", c.clear)
    pen.disc(6, -13, 8, c.accent)


def card(pen: Pen, c: Inks) -> None:
    """A payment card."""
    pen.rect(-47, -33, 47, 33, c.ink, radius=9)
    pen.rect(-47, -19, 47, -8, c.clear)
    pen.rect(-37, 5, -15, 21, c.accent, radius=4)
    pen.stroke([(8, 18), (34, 18)], 6, c.clear)


def qr(pen: Pen, c: Inks) -> None:
    """A square code."""
    for x, y in ((-25, -25), (25, -25), (-25, 25)):
        pen.rect(x - 21, y - 21, x + 21, y + 21, c.ink, radius=6)
        pen.rect(x - 13, y - 13, x + 13, y + 13, c.clear, radius=2)
        pen.rect(x - 7, y - 7, x + 7, y + 7, c.accent if x == y else c.ink, radius=1)
    for x, y in ((4, 4), (20, 20), (36, 4), (4, 36), (36, 36)):
        pen.rect(x, y, x + 10, y + 10, c.ink, radius=2)


def bubble(pen: Pen, c: Inks) -> None:
    """A spoken message with a heart."""
    pen.path("M-30,18 L-30,46 L-2,24 Z", c.ink)
    pen.rect(-46, -42, 46, 28, c.ink, radius=20)
    heart = pen.at(0, -6, scale=0.48)
    heart.path("M0,42 C-8,34 -46,12 -46,-14 C-46,-32 -33,-42 -21,-42 C-11,-42 -4,-36 0,-28 Z", c.clear)
    heart.path("M0,42 C8,34 46,12 46,-14 C46,-32 33,-42 21,-42 C11,-42 4,-36 0,-28 Z", c.clear)


MOTIFS: dict[str, Motif] = {
    "document": document,
    "scroll": scroll,
    "book": book,
    "envelope": envelope,
    "feather": feather,
    "nib": nib,
    "checklist": checklist,
    "calendar": calendar,
    "photo": photo,
    "contacts": contacts,
    "card": card,
    "qr": qr,
    "bubble": bubble,
}
