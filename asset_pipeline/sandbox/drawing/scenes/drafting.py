"""The blueprint scene: a motif drafted on a grid beside a colonnade in elevation."""

import math

from PIL import Image, ImageChops

from asset_pipeline.sandbox.drawing import motifs
from asset_pipeline.sandbox.drawing.canvas import Canvas, gradient
from asset_pipeline.sandbox.drawing.colour import RGB, mix, tone
from asset_pipeline.sandbox.drawing.pen import Pen, arc
from asset_pipeline.sandbox.drawing.scenes.stage import Stage


def blueprint(stage: Stage) -> Canvas:
    """The motif as a technical drawing on a grid."""
    palette, x, y, r, unit = stage.palette, stage.x, stage.y, stage.radius * 1.25, stage.unit
    ground = tone(palette.primary, 0.4, chroma=1.05)
    canvas = Canvas(*stage.size, gradient(stage.size, [ground, mix(ground, palette.ink, 0.3)]))
    line = mix(palette.paper, palette.glow(0.9), 0.35)
    canvas.light(x, y, r * 4, mix(ground, line, 0.5), opacity=0.5)
    _grid(canvas, stage, line)

    thin, fine = canvas.stencil(), canvas.stencil()
    width = max(1.0, unit * 0.3)
    wide = stage.width >= stage.height * 1.6
    for radius in (1.0, 1.14, 1.62) if wide else (1.0, 1.14):
        thin.ring(x, y, r * radius, width, 255)
    for degree in range(0, 360, 5):
        length = 0.1 if degree % 15 == 0 else 0.05
        a = math.radians(degree)
        thin.stroke([(x + r * s * math.cos(a), y + r * s * math.sin(a)) for s in (1.14, 1.14 + length)], width, 255)
    for points in ([(0.0, y), (stage.width, y)], [(x, 0.0), (x, stage.height)]):
        _dashes(fine, points, unit * 3.2, width * 0.9)
    for turn in (45, 135):
        a = math.radians(turn)
        _dashes(
            fine,
            [
                (x - 2 * r * math.cos(a), y - 2 * r * math.sin(a)),
                (x + 2 * r * math.cos(a), y + 2 * r * math.sin(a)),
            ],
            unit * 2,
            width * 0.8,
        )
    _elevation(thin, fine, stage, width)
    canvas.fill(fine, line, opacity=0.4)
    canvas.fill(thin, line, opacity=0.72)
    _drafted(canvas, stage, line, round(r * 1.5))
    return canvas


def _grid(canvas: Canvas, stage: Stage, line: RGB) -> None:
    step = stage.unit * 5
    fine, main = canvas.stencil(), canvas.stencil()
    across, down = math.ceil(stage.width / step) + 1, math.ceil(stage.height / step) + 1
    offset_x, offset_y = stage.x % step, stage.y % step
    for index in range(-1, max(across, down) + 1):
        pen, width = (main, 0.22) if (index % 4) == 0 else (fine, 0.14)
        half = max(0.5, width * stage.unit) / 2
        if index <= across:
            pen.rect(offset_x + index * step - half, 0, offset_x + index * step + half, stage.height, 255)
        if index <= down:
            pen.rect(0, offset_y + index * step - half, stage.width, offset_y + index * step + half, 255)
    canvas.fill(fine, line, opacity=0.14)
    canvas.fill(main, line, opacity=0.24)


def _dashes(pen: Pen, ends: list[tuple[float, float]], dash: float, width: float) -> None:
    (x0, y0), (x1, y1) = ends
    count = max(1, round(math.hypot(x1 - x0, y1 - y0) / (dash * 1.6)))
    for index in range(count):
        a, b = index / count, (index + 0.62) / count
        pen.hairline([(x0 + (x1 - x0) * a, y0 + (y1 - y0) * a), (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b)], width, 255)


def _elevation(thin: Pen, fine: Pen, stage: Stage, width: float) -> None:
    """Draw a colonnade in elevation, with its dimension line, on the other side of the picture."""
    unit, chance = stage.unit, stage.chance
    if stage.width < stage.height * 1.6:
        base, span, middle = stage.height * 0.89, stage.width * 0.78, stage.width / 2
    else:
        base, span = stage.height * 0.78, stage.width * 0.4
        middle = stage.width * (0.5 - stage.side * 0.235)
    bays = chance.choice((4, 5, 6)) + (3 if stage.width < stage.height * 1.6 else 0)
    bay = span / bays
    left = middle - span / 2
    spring = base - min(bay * 0.75, stage.height * 0.3)
    for index in range(bays):
        x = left + (index + 0.5) * bay
        half = bay * 0.36
        for shrink, pen in ((1.0, thin), (0.8, fine)):
            pen.stroke(
                [
                    (x - half * shrink, base),
                    *arc(x, spring, half * shrink, 180, 360, steps=24),
                    (x + half * shrink, base),
                ],
                width,
                255,
            )
    crown = spring - bay * 0.36 - unit * 5
    for y in (crown, crown - unit * 2, base, base + unit * 2):
        thin.hairline([(left - unit * 3, y), (left + span + unit * 3, y)], width, 255)
    dimension = base + unit * 8
    thin.hairline([(left, dimension), (left + span, dimension)], width, 255)
    for index in range(bays + 1):
        x = left + index * bay
        thin.hairline([(x - unit, dimension + unit), (x + unit, dimension - unit)], width, 255)
        fine.hairline([(x, base + unit * 3), (x, dimension + unit * 2)], width, 255)


def _eroded(mask: Image.Image, by: int) -> Image.Image:
    """Shrink a mask: a few shifted copies do it much faster than Pillow's rank filter."""
    smaller = mask
    for degree in range(0, 360, 30):
        dx, dy = round(by * math.cos(math.radians(degree))), round(by * math.sin(math.radians(degree)))
        smaller = ImageChops.darker(smaller, ImageChops.offset(mask, dx, dy))
    return smaller


def _drafted(canvas: Canvas, stage: Stage, line: RGB, size: int) -> None:
    """Draw the motif's outline, its face lightly washed."""
    image = motifs.stamp(
        stage.brief.motif,
        size,
        ink=line,
        shade=mix(line, stage.palette.primary, 0.3),
        accent=stage.palette.detail_between(tone(stage.palette.primary, 0.4), line),
    )
    thick = max(1, round(stage.unit * 0.7))
    frame = Image.new("L", (size + 4 * thick, size + 4 * thick))
    frame.paste(image.getchannel("A"), (2 * thick, 2 * thick))
    edge = ImageChops.subtract(frame, _eroded(frame, thick))
    place = (round(stage.x - frame.width / 2), round(stage.y - frame.height / 2))
    canvas.image.paste(
        image.convert("RGB"),
        (place[0] + 2 * thick, place[1] + 2 * thick),
        image.getchannel("A").point([round(v * 0.88) for v in range(256)]),
    )
    canvas.image.paste(line, place, edge)
