"""Scenes of land and water: hills at dusk, layered paper waves, arches on a garden."""

import math

from asset_pipeline.sandbox.drawing.canvas import Canvas, gradient
from asset_pipeline.sandbox.drawing.colour import lightness, mix, ramp, tone
from asset_pipeline.sandbox.drawing.foliage import cypress, round_tree
from asset_pipeline.sandbox.drawing.pen import arc
from asset_pipeline.sandbox.drawing.scenes.stage import Stage, height_at, ridge, symbol


def sun(canvas: Canvas, stage: Stage) -> None:
    """Draw the focal disc with its glow and the motif on it."""
    light = stage.light()
    canvas.light(stage.x, stage.y, stage.radius * 4.2, light, opacity=0.75 if stage.mood != "dawn" else 0.9)
    disc = canvas.stencil()
    disc.disc(stage.x, stage.y, stage.radius, 255)
    canvas.fill(disc, light)
    ring = canvas.stencil()
    ring.ring(stage.x, stage.y, stage.radius * 1.16, max(1.0, stage.unit * 0.45), 255)
    canvas.fill(ring, light, opacity=0.6)
    symbol(canvas, stage, light)


def _birds(canvas: Canvas, stage: Stage) -> None:
    chance, pen = stage.chance, canvas.stencil()
    x = stage.width * (0.5 - stage.side * chance.uniform(0.1, 0.3))
    y = stage.height * chance.uniform(0.18, 0.3)
    for _ in range(chance.randint(3, 5)):
        bird = pen.at(
            x + chance.uniform(-9, 9) * stage.unit,
            y + chance.uniform(-6, 6) * stage.unit,
            scale=stage.unit * chance.uniform(0.7, 1.2),
            turn=chance.uniform(-12, 12),
        )
        bird.path("M-3,-0.9 Q-1.2,-1.5 0,0 Q1.2,-1.5 3,-0.9 Q1.3,-0.8 0,0.7 Q-1.3,-0.8 -3,-0.9 Z", 255)
    canvas.fill(pen, stage.near(), opacity=0.75 if stage.mood != "night" else 0.0)


def _stars(canvas: Canvas, stage: Stage, count: int) -> None:
    pen, chance = canvas.stencil(), stage.chance
    for _ in range(count):
        y = stage.height * chance.random() ** 1.5 * 0.6
        pen.disc(chance.uniform(0, stage.width), y, stage.unit * chance.choice((0.18, 0.18, 0.28, 0.42)), 255)
    canvas.fill(pen, stage.light(), opacity=0.8)


def hills(stage: Stage) -> Canvas:
    """Six ranges of hills under a low sun or moon."""
    sky, chance = stage.sky(), stage.chance
    canvas = Canvas(*stage.size, gradient(stage.size, sky))
    if stage.mood == "night":
        _stars(canvas, stage, 60)
    sun(canvas, stage)
    _birds(canvas, stage)
    far = mix(sky[-1], stage.palette.primary, 0.35)
    colours = ramp([far, tone(stage.palette.primary, lightness(stage.near()) + 0.16), stage.near()], 6)
    for index, colour in enumerate(colours):
        depth = index / (len(colours) - 1)
        base = stage.height * (0.7 + 0.25 * depth**1.1)
        line = ridge(stage, base, stage.height * (0.07 - 0.025 * depth), waves=1.25 - 0.45 * depth)
        pen = canvas.stencil()
        pen.polygon(line, 255)
        if 1 <= index <= 4:
            tall = stage.height * (0.05 + 0.04 * index)
            for _ in range(2 if index < 3 else 3):
                middle = chance.uniform(0.02, 0.98) * stage.width
                plant = chance.choice((cypress, cypress, round_tree))
                for _ in range(chance.randint(1, 4)):
                    x = min(max(middle + chance.uniform(-0.6, 0.6) * tall, 0), stage.width)
                    if abs(x - stage.x) > stage.radius * 1.1:  # the symbol stays free
                        plant(pen, x, height_at(line, x) + tall * 0.04, tall * chance.uniform(0.6, 1.1))
        canvas.fill(pen, gradient((1, 64), [colour, colour, mix(colour, far, 0.3 * (1 - depth))]))
    return canvas


def strata(stage: Stage) -> Canvas:
    """Layers of cut paper that flow past a disc."""
    palette, chance = stage.palette, stage.chance
    light, dark = palette.pale(0.95, warm=0.6), stage.palette.deep(0.26)
    middle = [tone(palette.primary, 0.8, chroma=0.8), palette.primary]
    if stage.mood == "night":
        light, middle = palette.deep(0.22), [palette.deep(0.33), palette.primary]
        dark = mix(palette.accent, palette.primary, 0.25)
    colours = ramp([light, *middle, dark], 8)
    canvas = Canvas(*stage.size, gradient(stage.size, [colours[0], mix(colours[0], colours[1], 0.6)]))
    chosen = chance.choice((2, 3))
    start, tilt = chance.uniform(0, 6.28), chance.choice((-1, 1)) * chance.uniform(0.05, 0.16)
    for index, colour in enumerate(colours[1:], 1):
        if index == chosen:
            _paper_disc(canvas, stage)
        base = stage.height * (0.06 + 0.125 * index)
        swing = stage.height * (0.15 - 0.008 * index)
        phase = start + index * 0.55
        line = []
        for step in range(161):
            t = step / 160
            wave = math.sin(t * 5.2 + phase) + 0.35 * math.sin(t * 9.1 - phase * 1.7)
            # The waves dip where the disc hangs, so that it is never buried.
            near = math.exp(-(((t * stage.width - stage.x) / (stage.radius * 2.2)) ** 2))
            dip = near * max(0.0, stage.y + stage.radius * 1.28 - base) if index >= chosen else 0.0
            line.append(
                (
                    t * stage.width,
                    base + swing * wave * (1 - 0.75 * near) + dip + tilt * (t - 0.5) * stage.height,
                )
            )
        pen = canvas.stencil()
        pen.polygon([*line, (stage.width, stage.height), (0, stage.height)], 255)
        canvas.shade(
            pen,
            palette.ink,
            blur=stage.unit * 2.2,
            opacity=0.42,
            drop=-stage.unit * 0.6,
            until=max(y for _, y in line),
        )
        canvas.fill(pen, gradient((1, 64), [mix(colour, palette.paper, 0.12), colour, colour]))
    return canvas


def _paper_disc(canvas: Canvas, stage: Stage) -> None:
    light = mix(stage.palette.glow(0.87), stage.palette.paper, 0.15)
    pen = canvas.stencil()
    pen.disc(stage.x, stage.y, stage.radius * 1.08, 255)
    canvas.shade(pen, stage.palette.ink, blur=stage.unit * 2.4, opacity=0.5, drop=stage.unit * 1.2)
    canvas.fill(pen, gradient((1, 64), [mix(light, stage.palette.paper, 0.5), light]))
    symbol(canvas, stage, light)


def arches(stage: Stage) -> Canvas:
    """A row of arches in a sunlit wall, with a garden behind them."""
    palette, chance = stage.palette, stage.chance
    sky = stage.sky()
    view = Canvas(*stage.size, gradient(stage.size, sky))
    sun(view, stage)
    for index, colour in enumerate(ramp([mix(sky[-1], palette.primary, 0.5), stage.near()], 3)):
        line = ridge(stage, stage.height * (0.66 + 0.08 * index), stage.height * 0.04)
        pen = view.stencil()
        pen.polygon(line, 255)
        for _ in range(7 if index else 0):
            x = chance.uniform(0, stage.width)
            if abs(x - stage.x) > stage.radius * 1.15:
                cypress(pen, x, height_at(line, x) + 2, stage.height * chance.uniform(0.16, 0.34))
        view.fill(pen, colour)

    wall = (
        palette.pale(0.9, warm=0.45)
        if stage.mood == "dawn"
        else tone(palette.primary, 0.42 if stage.mood == "dusk" else 0.3)
    )
    canvas = Canvas(
        *stage.size,
        gradient(stage.size, [mix(wall, palette.paper, 0.12), wall, mix(wall, palette.ink, 0.18)]),
    )
    floor = stage.height * 0.86
    wide = stage.radius * 1.42
    step = wide * 2.5
    first = stage.x - math.ceil(stage.x / step) * step
    places = [first + index * step for index in range(math.ceil(stage.width / step) + 2)]
    reveal, opening, lip = canvas.stencil(), canvas.stencil(), canvas.stencil()
    depth = wide * 0.16 * -stage.side
    for x in places:
        half = wide if abs(x - stage.x) < 1 else wide * 0.8
        top = stage.y if abs(x - stage.x) < 1 else stage.y + wide * 0.2
        for pen, shift, grow in ((lip, 0.0, 1.1), (reveal, 0.0, 1.0)):
            pen.polygon(
                [
                    *arc(x + shift, top, half * grow, 180, 360),
                    (x + half * grow, floor),
                    (x - half * grow, floor),
                ],
                255,
            )
        inner = half - abs(depth) / 2
        pen = opening
        cx = x + depth / 2
        pen.polygon([*arc(cx, top, inner, 180, 360), (cx + inner, floor), (cx - inner, floor)], 255)
    canvas.fill(lip, mix(wall, palette.paper, 0.35 if stage.mood == "dawn" else 0.16))
    canvas.fill(reveal, mix(wall, palette.ink, 0.42))
    found = canvas.mask(opening)
    if found:
        mask, box = found
        canvas.image.paste(view.image.crop(box), box, mask)
    _floor(canvas, stage, floor, places, wide)
    return canvas


def _floor(canvas: Canvas, stage: Stage, floor: float, places: list[float], wide: float) -> None:
    """Lay the floor and the light that falls through the arches onto it."""
    ground = mix(stage.near(), stage.palette.primary, 0.25)
    pen = canvas.stencil()
    pen.rect(0, floor, stage.width, stage.height, 255)
    canvas.fill(pen, gradient((1, 64), [mix(ground, stage.palette.paper, 0.1), ground]))
    light = canvas.stencil()
    for x in places:
        lean = (x - stage.x) * 0.12
        low = stage.height
        light.polygon(
            [
                (x - wide * 0.78, floor),
                (x + wide * 0.72, floor),
                (x + wide + lean, low),
                (x - wide + lean, low),
            ],
            255,
        )
    canvas.fill(light, stage.light(), opacity=0.34)
