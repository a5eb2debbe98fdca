"""Scenes of ornament: an art-deco sunburst, a map of orbits."""

import math

from asset_pipeline.sandbox.drawing.canvas import Canvas, gradient
from asset_pipeline.sandbox.drawing.colour import RGB, mix, tone
from asset_pipeline.sandbox.drawing.pen import arc
from asset_pipeline.sandbox.drawing.scenes.stage import Stage, symbol


def deco(stage: Stage) -> Canvas:
    """A sunburst, fans and stepped pillars around a medallion."""
    palette, x, y, r = stage.palette, stage.x, stage.y, stage.radius
    ground = palette.deep(0.27)
    canvas = Canvas(
        *stage.size,
        gradient(stage.size, [tone(palette.primary, 0.37, chroma=0.9), ground, palette.deep(0.2)]),
    )
    gold = mix(palette.glow(0.78), palette.accent, 0.5)
    reach = math.hypot(*stage.size)

    rays = canvas.stencil()
    count = 36
    turn = stage.chance.uniform(0, 360 / count)
    for index in range(count):
        start = math.radians(turn + index * 360 / count)
        end = start + math.pi / count
        rays.polygon(
            [
                (x, y),
                (x + reach * math.cos(start), y + reach * math.sin(start)),
                (x + reach * math.cos(end), y + reach * math.sin(end)),
            ],
            255,
        )
    canvas.fill(rays, palette.primary, opacity=0.42)
    canvas.light(x, y, r * 4.5, gold, opacity=0.38)

    _scales(canvas, stage, gold)
    _pillars(canvas, stage, gold)

    disc = canvas.stencil()
    disc.disc(x, y, r * 1.32, 255)
    canvas.fill(disc, ground)
    light = mix(palette.glow(0.9), palette.paper, 0.35)
    rim = canvas.stencil()
    rim.ring(x, y, r * 1.32, r * 0.035, 255)
    rim.ring(x, y, r * 1.2, r * 0.09, 255)
    for index in range(48):
        a = math.radians(index * 7.5)
        rim.disc(x + r * 1.255 * math.cos(a), y + r * 1.255 * math.sin(a), r * 0.012, 255)
    canvas.fill(rim, gold)
    inner = canvas.stencil()
    inner.disc(x, y, r * 1.04, 255)
    canvas.fill(inner, gradient((1, 32), [light, mix(light, gold, 0.35)]))
    symbol(canvas, stage, light)
    _border(canvas, stage, gold)
    return canvas


def _scales(canvas: Canvas, stage: Stage, gold: RGB) -> None:
    """Lay rows of fans along the bottom; they fade towards the middle of the height."""
    size = stage.unit * stage.chance.choice((13, 15, 17))
    rows = max(2, math.ceil(stage.height * 0.42 / (size / 2)))
    for row in range(rows):
        pen = canvas.stencil()
        base = stage.height + size * 0.5 - row * size / 2
        shift = size * (row % 2)
        for column in range(-1, math.ceil(stage.width / (2 * size)) + 1):
            cx = column * 2 * size + shift + size
            for ring in (1.0, 0.78, 0.56, 0.34):
                outer, inner = (
                    arc(cx, base, size * ring, 180, 360, steps=20),
                    arc(cx, base, size * ring - stage.unit * 0.32, 180, 360, steps=20),
                )
                pen.polygon([*outer, *reversed(inner)], 255)
        canvas.fill(pen, gold, opacity=0.34 * (1 - row / rows) ** 1.2)


def _pillars(canvas: Canvas, stage: Stage, gold: RGB) -> None:
    """Stand stepped pillars left and right of the medallion, highest beside it."""
    pen, lines = canvas.stencil(), canvas.stencil()
    wide, floor = stage.radius * 0.3, stage.height - 9.4 * stage.unit
    for index in range(5):
        for side in (-1, 1):
            near = stage.x + side * (stage.radius * 0.2 + index * wide)
            top = stage.y + stage.radius * (0.5 + 0.32 * index)
            if top > floor - 3 * stage.unit:
                continue
            pen.rect(min(near, near + side * wide), top, max(near, near + side * wide), floor, 255)
            for line in range(4):
                place = near + side * wide * (line + 0.5) / 4
                lines.rect(place - stage.unit * 0.16, top + stage.unit * 2.4, place + stage.unit * 0.16, floor, 255)
            lines.rect(min(near, near + side * wide), top, max(near, near + side * wide), top + stage.unit * 0.7, 255)
    canvas.fill(pen, mix(stage.palette.deep(0.24), gold, 0.12))
    canvas.fill(lines, gold, opacity=0.75)


def _border(canvas: Canvas, stage: Stage, gold: RGB) -> None:
    """Frame the picture with two lines that step back at the corners."""
    pen = canvas.stencil()
    for inset, width in ((9.4, 0.55), (11.2, 0.28)):
        margin, notch = inset * stage.unit, 6 * stage.unit
        left, top, right, bottom = margin, margin, stage.width - margin, stage.height - margin
        points = [
            (left + notch, top),
            (right - notch, top),
            (right - notch, top + notch),
            (right, top + notch),
            (right, bottom - notch),
            (right - notch, bottom - notch),
            (right - notch, bottom),
            (left + notch, bottom),
            (left + notch, bottom - notch),
            (left, bottom - notch),
            (left, top + notch),
            (left + notch, top + notch),
        ]
        pen.stroke(points, max(1.0, width * stage.unit), 255, closed=True)
    canvas.fill(pen, gold, opacity=0.8)


def orbits(stage: Stage) -> Canvas:
    """Planets on rings around the motif, among stars."""
    palette, chance, x, y, r, unit = stage.palette, stage.chance, stage.x, stage.y, stage.radius, stage.unit
    top, low = palette.deep(0.22), tone(palette.primary, 0.38, chroma=0.85)
    canvas = Canvas(*stage.size, gradient(stage.size, [top, low]))
    light = mix(palette.glow(0.88), palette.paper, 0.3)
    canvas.light(x, y, r * 5, palette.primary, opacity=0.8)
    stars = canvas.stencil()
    for _ in range(round(110 * stage.width / max(stage.width, stage.height))):
        stars.disc(
            chance.uniform(0, stage.width),
            chance.uniform(0, stage.height),
            unit * chance.choice((0.16, 0.16, 0.24, 0.36)),
            255,
        )
    canvas.fill(stars, light, opacity=0.75)

    rings, planets, shine = canvas.stencil(), canvas.stencil(), canvas.stencil()
    radius = r * 1.62
    while radius < stage.width:
        rings.ring(x, y, radius, max(0.7, unit * 0.22), 255)
        visible = [
            a
            for a in range(0, 360, 4)
            if 0.1 * stage.height < y + radius * math.sin(math.radians(a)) < 0.9 * stage.height
            and 0.04 * stage.width < x + radius * math.cos(math.radians(a)) < 0.96 * stage.width
        ]
        if visible:
            a = math.radians(chance.choice(visible))
            size = unit * chance.choice((1.5, 2.4, 4.2))
            px, py = x + radius * math.cos(a), y + radius * math.sin(a)
            planets.disc(px, py, size, 255)
            if size > 4 * unit:
                shine.at(px, py, turn=-20).ring(0, 0, size * 1.7, unit * 0.35, 255)
        radius += r * chance.uniform(0.5, 0.8)
    canvas.fill(rings, light, opacity=0.3)
    canvas.fill(planets, gradient((1, 16), [palette.glow(0.84), mix(palette.accent, palette.primary, 0.25)]))
    canvas.fill(shine, light, opacity=0.7)

    dial = canvas.stencil()
    dial.ring(x, y, r * 1.34, unit * 0.4, 255)
    for degree in range(0, 360, 6):
        a = math.radians(degree)
        inner = 1.2 if degree % 30 == 0 else 1.26
        dial.stroke(
            [(x + r * s * math.cos(a), y + r * s * math.sin(a)) for s in (inner, 1.34)],
            max(1.0, unit * 0.3),
            255,
        )
    canvas.fill(dial, light, opacity=0.85)
    disc = canvas.stencil()
    disc.disc(x, y, r * 1.06, 255)
    canvas.fill(disc, gradient((1, 32), [mix(light, palette.paper, 0.5), light]))
    symbol(canvas, stage, light)
    return canvas
