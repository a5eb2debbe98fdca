"""Surfaces that were drawn: blueprint grid, guilloche watermark, geometric patterns."""

import math
from collections.abc import Callable
from random import Random

from PIL import Image

from asset_pipeline.sandbox.drawing import motifs
from asset_pipeline.sandbox.drawing.brief import Brief
from asset_pipeline.sandbox.drawing.colour import lightness, mix, tone
from asset_pipeline.sandbox.drawing.pen import Pen, arc
from asset_pipeline.sandbox.drawing.textures.tiles import Sheet, clouds, curve, even, lay, tinted


def blueprint(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Drafting paper: a fine grid, a main grid, and construction circles."""
    palette = brief.palette
    ground = tone(palette.primary, 0.4, chroma=1.05)
    image = tinted(
        curve(clouds(chance, size, (3, 7, 90)), 0.1, 0.9),
        [mix(ground, palette.ink, 0.25), ground, tone(ground, 0.44)],
    )
    line = mix(palette.paper, palette.glow(0.9), 0.35)
    unit = min(size) / 100
    fine, main, drawn = Sheet(size), Sheet(size), Sheet(size)
    counts = (even(size[0], unit * 3.125, 8), even(size[1], unit * 3.125, 8))
    for axis, count in enumerate(counts):
        for index in range(count + 1):
            sheet, width = (main, 0.26) if index % 8 == 0 else (fine, 0.14)
            place, half = index * size[axis] / count, max(0.5, width * unit) / 2
            if axis == 0:
                sheet.pen.rect(place - half, 0, place + half, size[1], 255)
            else:
                sheet.pen.rect(0, place - half, size[0], place + half, 255)
    cell = (size[0] / counts[0] * 8, size[1] / counts[1] * 8)
    for _ in range(3):
        x = chance.randrange(max(1, counts[0] // 8)) * cell[0]
        y = chance.randrange(max(1, counts[1] // 8)) * cell[1]
        radius = cell[0] * chance.choice((0.5, 1.0, 1.0, 1.5)) * 0.98
        for pen in drawn.copies(x, y, radius * 1.3):
            pen.ring(0, 0, radius, unit * 0.26, 255)
            pen.ring(0, 0, radius * 0.72, unit * 0.2, 255)
            for degree in range(0, 360, 15):
                a = math.radians(degree)
                pen.stroke(
                    [(radius * s * math.cos(a), radius * s * math.sin(a)) for s in (1.0, 1.06)],
                    unit * 0.24,
                    255,
                )
            pen.rect(-unit * 1.4, -unit * 0.13, unit * 1.4, unit * 0.13, 255)
            pen.rect(-unit * 0.13, -unit * 1.4, unit * 0.13, unit * 1.4, 255)
    lay(image, fine.mask(), line, 0.17)
    lay(image, main.mask(), line, 0.36)
    lay(image, drawn.mask(), line, 0.7)
    return image


def watermark(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Security paper: guilloche waves and the motif, in pale gold."""
    palette = brief.palette
    gold = tone(palette.accent, min(0.78, lightness(palette.accent)))
    paper = mix(palette.paper, palette.glow(0.94), 0.3)
    image = tinted(curve(clouds(chance, size, (3, 9, 40)), 0.2, 0.8), [mix(paper, gold, 0.14), paper, palette.paper])
    width, height = size
    unit = min(size) / 100
    waves = Sheet(size)
    rows = even(height, unit * 2.1, 4)
    beats = even(width, unit * 25)
    for row in range(-4, rows + 5):
        for phase in (0.0, math.pi):
            swing = unit * 3.1 * (0.6 + 0.4 * math.cos(2 * math.pi * 2 * row / rows))
            points = [
                (
                    x * width / 120,
                    row * height / rows + swing * math.sin(2 * math.pi * beats * x / 120 + phase + math.pi * row / 4),
                )
                for x in range(121)
            ]
            waves.pen.hairline(points, unit * 0.13, 255)
    lay(image, waves.mask(), gold, 0.42)
    across, down = even(width, unit * 33.3), even(height, unit * 33.3)
    step_x, step_y = width / across, height / down
    figure = motifs.stamp(
        brief.motif,
        max(8, round(min(step_x, step_y) * 0.34)),
        ink=gold,
        shade=mix(gold, paper, 0.4),
        accent=mix(gold, palette.primary, 0.3),
    )
    plate = Sheet(size)
    places = [
        ((c + h) * step_x, (r + h) * step_y)
        for r in range(-1, down + 1)
        for c in range(-1, across + 1)
        for h in (0.25, 0.75)
    ]
    for x, y in places:
        plate.pen.disc(x, y, figure.width * 0.72, 255)
    lay(image, plate.mask(), paper, 0.9)
    rings = Sheet(size)
    for x, y in places:
        rings.pen.ring(x, y, figure.width * 0.72, unit * 0.22, 255)
        rings.pen.ring(x, y, figure.width * 0.67, unit * 0.13, 255)
    lay(image, rings.mask(), gold, 0.7)
    faded = figure.getchannel("A").point([round(v * 0.72) for v in range(256)])
    for x, y in places:
        image.paste(figure.convert("RGB"), (round(x - figure.width / 2), round(y - figure.height / 2)), faded)
    return image


Figure = Callable[[Pen], None]


def _petals(pen: Pen) -> None:
    for turn in range(0, 360, 90):
        pen.at(0, 0, turn=turn).path("M-49,-49 C-20,-43 -7,-30 -2,-2 C-30,-7 -43,-20 -49,-49 Z", 255)
    for x, y in ((-50, 0), (50, 0), (0, -50), (0, 50)):
        pen.at(x, y, turn=45).rect(-4, -4, 4, 4, 255)


def _fan(x: float, y: float) -> Figure:
    def draw(pen: Pen) -> None:
        fan = pen.at(x, y)
        fan.polygon(arc(0, 0, 50, 180, 360, steps=24), 0)
        for radius in (48.5, 36.5, 24.5, 12.5):
            inner = arc(0, 0, radius - 5, 180, 360, steps=20)
            fan.polygon([*arc(0, 0, radius, 180, 360, steps=20), *reversed(inner)], 255)

    return draw


def _trellis(pen: Pen) -> None:
    for turn in range(0, 360, 90):
        side = pen.at(0, 0, turn=turn)
        side.polygon([(0, -47), (47, 0), (50, 0), (50, -3), (3, -50), (0, -50)], 255)
        side.polygon([(0, -31), (9, -22), (0, -13), (-9, -22)], 255)
        side.disc(50, 50, 12, 255)
    pen.at(0, 0, turn=45).rect(-5, -5, 5, 5, 255)


def _hexes(pen: Pen) -> None:
    outer = [(0, -33.3), (50, -16.7), (50, 16.7), (0, 33.3), (-50, 16.7), (-50, -16.7)]
    for x, y in ((0, 0), (-50, 50), (50, 50), (-50, -50), (50, -50)):
        for size, paint in ((0.93, 255), (0.8, 0), (0.42, 255)):
            pen.at(x, y).polygon([(px * size, py * size) for px, py in outer], paint)


# Each pattern is drawn layer by layer within a row, rows from the top: later figures cover earlier ones.
_PATTERNS: tuple[tuple[Figure, ...], ...] = (
    (_petals,),
    (_fan(-50, -50), _fan(0, -25), _fan(-50, 0), _fan(0, 25)),
    (_trellis,),
    (_hexes,),
)


def geometric(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """One flat figure repeated: petals, fans, trellis or hexagons."""
    palette = brief.palette
    dark = chance.random() < 0.5
    ground = palette.deep(0.36) if dark else mix(palette.paper, tone(palette.primary, 0.93, chroma=0.5), 0.6)
    front = mix(palette.accent, palette.paper, 0.15) if dark else palette.primary
    image = tinted(clouds(chance, size, (3, 6)), [mix(ground, front, 0.06), ground])
    step = min(size) / chance.choice((5, 6, 8))
    across, down = even(size[0], step), even(size[1], step)
    step_x, step_y = size[0] / across, size[1] / down
    sheet = Sheet(size)
    for row in range(-1, down + 2):
        for figure in _PATTERNS[brief.digest // 11 % len(_PATTERNS)]:
            for column in range(-1, across + 2):
                x, y = (column + 0.5) * step_x, (row + 0.5) * step_y
                figure(sheet.pen.at(x, y, scale=step_x / 100, stretch=step_y / step_x))
    lay(image, sheet.mask(), front, 0.92)
    return image
