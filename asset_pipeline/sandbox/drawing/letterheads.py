"""Letter headers: paper with ornaments at both ends and nothing where the words go."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from asset_pipeline.sandbox.drawing import motifs
from asset_pipeline.sandbox.drawing.brief import Brief
from asset_pipeline.sandbox.drawing.canvas import Canvas, gradient
from asset_pipeline.sandbox.drawing.colour import RGB, mix, push, ramp, tone
from asset_pipeline.sandbox.drawing.foliage import frond
from asset_pipeline.sandbox.drawing.palette import Palette
from asset_pipeline.sandbox.drawing.pen import Pen


@dataclass(frozen=True)
class Sheet:
    """One letter header in the making.

    Attributes:
        canvas: The paper.
        palette: The colours.
        motif: The symbol's name.
        chance: Random numbers of this call.
        unit: A hundredth of the height, less on sheets that are not wide.
    """

    canvas: Canvas
    palette: Palette
    motif: str
    chance: Random
    unit: float

    def ends(self, stencil: Pen) -> tuple[Pen, Pen]:
        """Return pens for the left and the right end: zero at the edge's middle, x inwards, in units."""
        middle = self.canvas.height / 2
        return (
            stencil.at(0, middle, scale=self.unit),
            stencil.at(self.canvas.width, middle, scale=self.unit, flip=True),
        )

    def roundel(self, x: float, r: float, *, face: RGB, rim: RGB) -> None:
        """Set the motif in a disc, `x` units from the left edge."""
        px, py, radius = x * self.unit, self.canvas.height / 2, r * self.unit
        disc = self.canvas.stencil()
        disc.disc(px, py, radius, 255)
        self.canvas.fill(disc, face)
        ring = self.canvas.stencil()
        ring.ring(px, py, radius, max(1.0, self.unit * 0.7), 255)
        ring.ring(px, py, radius * 0.91, max(0.8, self.unit * 0.3), 255)
        self.canvas.fill(ring, rim)
        ink = push(self.palette.primary, face, 4.0)
        accent = self.palette.detail_between(face, ink)
        image = motifs.stamp(
            self.motif, max(8, round(radius * 1.12)), ink=ink, shade=mix(ink, face, 0.28), accent=accent
        )
        self.canvas.stamp(image, px, py)

    def rule(self, y: float, *, inset: float, colour: RGB, gap: bool = False) -> None:
        """Draw a fine line from end to end, with a lozenge in its middle if there is a gap."""
        pen, width = self.canvas.stencil(), self.canvas.width
        line = self.canvas.height / 2 + y * self.unit
        thick = max(0.8, self.unit * 0.34) / 2
        left, right = inset * self.unit, width - inset * self.unit
        hole = 4 * self.unit if gap else 0.0
        pen.rect(left, line - thick, width / 2 - hole, line + thick, 255)
        pen.rect(width / 2 + hole, line - thick, right, line + thick, 255)
        if gap:
            pen.at(width / 2, line, turn=45).rect(-self.unit, -self.unit, self.unit, self.unit, 255)
        self.canvas.fill(pen, colour)


def _gold(sheet: Sheet) -> RGB:
    return push(sheet.palette.accent, sheet.palette.paper, 1.7)


def sprigs(sheet: Sheet) -> None:
    """Leaves grow in from both ends, with berries between them."""
    palette, chance, gold = sheet.palette, sheet.chance, _gold(sheet)
    far, near = mix(palette.paper, palette.primary, 0.3), mix(palette.paper, palette.primary, 0.85)
    branches = [(chance.uniform(-8, 8), turn, length) for turn, length in ((50, 84), (77, 104), (103, 104), (130, 84))]
    for colour, shift, share in ((far, 6, 1.0), (near, -4, 0.72)):
        stencil = sheet.canvas.stencil()
        for end in sheet.ends(stencil):
            for y, turn, length in branches:
                frond(end.at(-6, y, turn=turn + shift), length * share, leaves=9, breadth=0.26, bend=0.06)
        sheet.canvas.fill(stencil, colour, opacity=0.9)
    berries = sheet.canvas.stencil()
    for end in sheet.ends(berries):
        for y, turn, length in branches:
            twig = end.at(-6, y, turn=turn + 16)
            for share in (0.6, 0.7, 0.8):
                twig.disc(3 * (share - 0.7) * 10, -length * share, 1.5, 255)
    sheet.canvas.fill(berries, gold)
    sheet.roundel(40, 29, face=palette.paper, rim=gold)
    sheet.rule(38, inset=112, colour=gold, gap=True)


def _medallions(sheet: Sheet) -> None:
    """Set the motif in the middle of the left ornament, a flower in that of the right."""
    paper, gold = sheet.palette.paper, _gold(sheet)
    plate, flower = sheet.canvas.stencil(), sheet.canvas.stencil()
    sheet.ends(plate)[1].disc(44, 0, 27, 255)
    sheet.canvas.fill(plate, paper)
    right = sheet.ends(flower)[1].at(44, 0)
    right.ring(0, 0, 25, 0.7, 255)
    right.ring(0, 0, 22.8, 0.4, 255)
    for turn in range(0, 360, 45):
        right.at(0, 0, turn=turn).path("M0,-4 C4,-8 4,-13 0,-17 C-4,-13 -4,-8 0,-4 Z", 255)
    sheet.canvas.fill(flower, gold)
    sheet.roundel(44, 26, face=paper, rim=gold)


def rosettes(sheet: Sheet) -> None:
    """Guilloche rosettes, as on banknotes."""
    palette, chance = sheet.palette, sheet.chance
    petals, start = chance.choice((8, 10, 12)), chance.uniform(0, 2 * math.pi)
    for colour, inner, outer, count in (
        (mix(palette.paper, palette.primary, 0.7), 20, 58, 14),
        (_gold(sheet), 30, 46, 9),
    ):
        stencil = sheet.canvas.stencil()
        for end in sheet.ends(stencil):
            centre = end.at(44, 0)
            for index in range(count):
                phase = start + index * 2 * math.pi / count
                points = []
                for step in range(241):
                    angle = step * math.pi / 120
                    r = (outer + inner) / 2 + (outer - inner) / 2 * math.cos(petals * angle + phase)
                    points.append((r * math.cos(angle), r * math.sin(angle)))
                centre.hairline(points, 0.34, 255)
        sheet.canvas.fill(stencil, colour, opacity=0.62)
    _medallions(sheet)
    for y in (-1.1, 1.1):
        sheet.rule(36 + y, inset=112, colour=mix(palette.paper, palette.primary, 0.55))


def bands(sheet: Sheet) -> None:
    """Curved bands of colour sweep over both ends."""
    palette, chance = sheet.palette, sheet.chance
    colours = ramp([mix(palette.paper, palette.primary, 0.14), palette.primary, palette.deep(0.3)], 5)
    sway = chance.uniform(5, 12) * chance.choice((-1, 1))
    bulge = chance.uniform(0.7, 1.3)
    for index, colour in enumerate(colours):
        stencil = sheet.canvas.stencil()
        for number, end in enumerate(sheet.ends(stencil)):
            wide = (118, 84, 66, 50, 30)[index] if number == 0 else (104, 62, 40, 24, 10)[index]
            edge = [
                (
                    wide
                    + (sway * (1 - index * 0.1)) * math.sin(y / 34 * bulge + index * 0.5 + number * 1.9)
                    - y * y * 0.0025,
                    y,
                )
                for y in range(-56, 57, 2)
            ]
            end.polygon([(-5, -60), *edge, (-5, 60)], 255)
        if index < 3:  # beyond that the bands are too dark for a shadow to show
            sheet.canvas.shade(stencil, palette.ink, blur=sheet.unit * 2, opacity=0.2, drop=0)
        sheet.canvas.fill(stencil, colour)
        if index == 1:
            hair = sheet.canvas.stencil()
            for number, end in enumerate(sheet.ends(hair)):
                for offset in (10, 13):
                    wide = (84 if number == 0 else 62) + offset
                    end.stroke(
                        [
                            (
                                wide + sway * 0.9 * math.sin(y / 34 * bulge + 0.5 + number * 1.9) - y * y * 0.0025,
                                y,
                            )
                            for y in range(-56, 57, 2)
                        ],
                        0.5,
                        255,
                    )
            sheet.canvas.fill(hair, _gold(sheet))
    sheet.roundel(42, 28, face=mix(palette.paper, palette.glow(0.92), 0.2), rim=_gold(sheet))


def deco(sheet: Sheet) -> None:
    """Sunbursts and stepped lines."""
    palette = sheet.palette
    gold, line = _gold(sheet), mix(palette.paper, palette.primary, 0.8)
    rays, hoops = sheet.canvas.stencil(), sheet.canvas.stencil()
    spokes, start = sheet.chance.choice((40, 48, 56)), sheet.chance.uniform(0, 1)
    for end in sheet.ends(rays):
        for index in range(spokes):
            spoke = end.at(44, 0, turn=(index + start) * 360 / spokes)
            spoke.stroke([(0, -30), (0, -52 if index % 2 else -46)], 0.7, 255)
            if index % 2:
                spoke.disc(0, -56, 0.9, 255)
    for end in sheet.ends(hoops):
        end.ring(44, 0, 42, 0.5, 255)
        end.ring(44, 0, 62, 1.1, 255)
        end.ring(44, 0, 65, 0.4, 255)
        for index in range(4):
            for side in (-1, 1):
                y = side * (41 - index * 2.6)
                end.stroke([(112 + index * 7, side * 60), (112 + index * 7, y), (170 - index * 10, y)], 0.55, 255)
    sheet.canvas.fill(rays, gold, opacity=0.9)
    sheet.canvas.fill(hoops, line, opacity=0.85)
    _medallions(sheet)


_STYLES: tuple[Callable[[Sheet], None], ...] = (sprigs, rosettes, bands, deco)


def draw(brief: Brief, width: int, height: int, seed: int) -> Canvas:
    """Draw a letter header; the prompt decides the style, the seed its details."""
    palette = brief.palette
    low = mix(palette.paper, tone(palette.accent, 0.9, chroma=0.5), 0.3)
    canvas = Canvas(width, height, gradient((width, height), [palette.paper, mix(palette.paper, low, 0.6)]))
    # Ornaments keep to the ends even where the sheet is not wide.
    unit = min(height, width / 3.2) / 100
    sheet = Sheet(canvas, palette, brief.motif, brief.chance("letterhead", seed), unit)
    _STYLES[brief.digest // 17 % len(_STYLES)](sheet)
    return canvas
