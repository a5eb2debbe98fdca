"""Surfaces that grew: parchment, vellum, marble, leather, wood."""

import math
from random import Random

from PIL import Image

from asset_pipeline.sandbox.drawing.brief import Brief
from asset_pipeline.sandbox.drawing.colour import RGB, lightness, mix, tone
from asset_pipeline.sandbox.drawing.pen import Point
from asset_pipeline.sandbox.drawing.textures.tiles import (
    Sheet,
    clouds,
    curve,
    grow,
    lay,
    noise,
    relief,
    soft,
    tinted,
)

_TAN: RGB = (222, 196, 150)
_BROWN: RGB = (128, 88, 58)


def _fibres(chance: Random, size: tuple[int, int], count: int, length: float) -> Image.Image:
    """Return a mask of short bent hairs."""
    sheet = Sheet(size)
    for _ in range(count):
        x, y, angle = chance.uniform(0, size[0]), chance.uniform(0, size[1]), chance.uniform(0, 6.28)
        bend, reach = chance.uniform(-0.5, 0.5), length * chance.uniform(0.4, 1.0)
        hair = [
            (reach * t * math.cos(angle + bend * t), reach * t * math.sin(angle + bend * t))
            for t in (0, 0.25, 0.5, 0.75, 1)
        ]
        for pen in sheet.copies(x, y, length):
            pen.hairline(hair, max(0.6, length * 0.03), 255)
    return sheet.mask()


def parchment(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Old paper: clouds, fibres and a few stains."""
    palette = brief.palette
    base = mix(tone(palette.accent, 0.88, chroma=0.45), tone(_TAN, 0.9), 0.55)
    dark, light = mix(tone(base, 0.78), palette.primary, 0.06), mix(base, palette.paper, 0.7)
    image = tinted(curve(clouds(chance, size, (4, 9, 22, 60, 150)), 0.25, 0.75), [dark, base, base, light])
    unit = min(size) / 100
    lay(image, _fibres(chance, size, 130, unit * 5), tone(base, 0.62), 0.28)
    lay(image, _fibres(chance, size, 90, unit * 4), palette.paper, 0.5)
    lay(image, curve(clouds(chance, size, (3, 8, 25)), 0.62, 0.9), tone(base, 0.7), 0.35)
    return image


def vellum(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Fine calf vellum: pale, silky, with faint veins."""
    palette = brief.palette
    base = mix(palette.paper, tone(palette.accent, 0.9, chroma=0.4), 0.35)
    low = mix(base, tone(palette.primary, 0.75, chroma=0.5), 0.22)
    image = tinted(curve(clouds(chance, size, (3, 6, 14)), 0.2, 0.8), [low, base, mix(base, palette.paper, 0.8)])
    lay(image, curve(noise(chance, size, 5, max(40, size[1] // 5)), 0.5, 1.0), palette.paper, 0.5)
    lay(image, _veins(chance, size, 5, min(size) * 0.0022), low, 0.3)
    return image


def _wander(chance: Random, size: tuple[int, int], turns: tuple[int, int], roughness: float) -> list[Point]:
    """Return a line that ends where it began on the next tile, so that it closes on itself."""
    x0, y0 = chance.uniform(0, size[0]), chance.uniform(0, size[1])
    short = min(size)
    waves = [
        (short * roughness / f**1.4, f, chance.uniform(0, 6.28), chance.uniform(0, 6.28))
        for f in (1, 2, 3, 5, 8, 13, 21)
    ]
    steps = 170 * (abs(turns[0]) + abs(turns[1]))
    line = []
    for step in range(steps + 1):
        t = 2 * math.pi * step / steps
        x = x0 + turns[0] * size[0] * step / steps + sum(a * math.sin(f * t + p) for a, f, p, _ in waves)
        y = y0 + turns[1] * size[1] * step / steps + sum(a * math.sin(f * t + q) for a, f, _, q in waves)
        line.append((x, y))
    return line


def _veins(chance: Random, size: tuple[int, int], count: int, width: float) -> Image.Image:
    """Return a mask of veins that swell and thin out."""
    sheet = Sheet(size)
    for index in range(count):
        line = _wander(chance, size, ((1, 1), (1, 0), (1, 1), (0, 1))[index % 4], 0.11)
        phase, beats = chance.uniform(0, 6.28), chance.randint(2, 4)
        widths = [
            width * (0.25 + max(0.0, math.sin(beats * 2 * math.pi * i / len(line) + phase)) ** 2)
            for i in range(len(line))
        ]
        sheet.thread(line, widths, 255)
    return sheet.mask()


def marble(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Polished marble, light with veins of the primary or dark with veins of the accent."""
    palette = brief.palette
    dark = brief.digest % 3 == 0
    ground = palette.deep(0.3) if dark else mix(palette.paper, tone(palette.primary, 0.94, chroma=0.4), 0.5)
    shadow = palette.deep(0.22) if dark else mix(ground, tone(palette.primary, 0.7, chroma=0.6), 0.5)
    image = tinted(
        curve(clouds(chance, size, (3, 7, 15, 34)), 0.15, 0.7),
        [shadow, ground, mix(ground, palette.paper, 0.04 if dark else 0.7)],
    )
    unit = min(size) / 100
    vein = mix(palette.primary, palette.ink, 0.2) if not dark else palette.accent
    main = _veins(chance, size, 3, unit * 1.0)
    small = (max(8, size[0] // 4), max(8, size[1] // 4))
    wash = grow(soft(main.resize(small, Image.Resampling.BOX), 3.5 * min(small) / 256), size)
    lay(image, wash, vein, 0.55)
    lay(image, main, vein, 0.6)
    lay(image, _veins(chance, size, 5, unit * 0.34), vein, 0.5)
    gold = _veins(chance, size, 2, unit * 0.42)
    lay(image, gold, palette.accent if not dark else palette.glow(0.85), 0.9)
    return image


def leather(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Pebbled leather in the primary colour."""
    palette = brief.palette
    across = 30
    down = max(2, 2 * round(across * size[1] / size[0] / 0.866 / 2))
    work = (max(32, min(size[0], 640)), max(32, min(size[1], 640)))
    centres = [
        [(i + 0.5 * (j % 2) + chance.uniform(-0.32, 0.32), j + chance.uniform(-0.32, 0.32)) for i in range(across)]
        for j in range(down)
    ]

    def centre(i: int, j: int) -> Point:
        x, y = centres[j % down][i % across]
        return x + (i // across) * across, y + (j // down) * down

    cell_x, cell_y = work[0] / across, work[1] / down
    tile = Sheet(work)
    for j in range(down):
        for i in range(across):
            odd = j % 2
            around = [
                (i + 1, j),
                (i + odd, j + 1),
                (i - 1 + odd, j + 1),
                (i - 1, j),
                (i - 1 + odd, j - 1),
                (i + odd, j - 1),
            ]
            cx, cy = centre(i, j)
            ring = [centre(*place) for place in around]
            corners = []
            for index in range(6):
                (ax, ay), (bx, by) = ring[index], ring[(index + 1) % 6]
                corners.append((((ax + bx + cx) / 3 - cx) * 0.86 * cell_x, ((ay + by + cy) / 3 - cy) * 0.86 * cell_y))
            shade = chance.randint(170, 255)
            for pen in tile.copies(cx * cell_x, cy * cell_y, 1.5 * cell_x):
                pen.polygon(corners, shade)
    height = soft(tile.mask(), cell_x * 0.13)
    height = Image.blend(height, soft(height, cell_x * 0.4), 0.35)
    light = grow(relief(height, max(1, round(cell_x * 0.09)), 0.95), size)
    light = Image.blend(light, grow(height, size), 0.22)
    light = Image.blend(light, clouds(chance, size, (3, 7, 120)), 0.2)
    base = tone(palette.primary, min(0.5, max(0.3, lightness(palette.primary))))
    return tinted(
        curve(light, 0.14, 0.86),
        [
            tone(base, lightness(base) - 0.2),
            tone(base, lightness(base) - 0.04),
            base,
            mix(tone(base, lightness(base) + 0.16), palette.accent, 0.1),
            mix(tone(base, lightness(base) + 0.3), palette.accent, 0.2),
        ],
    )


def wood(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Planed wood with flowing grain and a knot."""
    palette = brief.palette
    base = mix(tone(mix(palette.primary, palette.accent, 0.5), 0.62, chroma=0.7), tone(_BROWN, 0.6), 0.62)
    dark, light = mix(tone(base, 0.42), palette.primary, 0.25), tone(base, 0.74)
    fibre = Image.blend(noise(chance, size, 3, size[1] // 3), noise(chance, size, 12, size[1] // 6), 0.5)
    broad = noise(chance, size, 2, 9)
    image = tinted(curve(Image.blend(fibre, broad, 0.45), 0.2, 0.8), [mix(base, dark, 0.4), base, base, light])
    width, height = size
    unit = min(size) / 100
    knots = [(chance.uniform(0, width), chance.uniform(0, height), unit * chance.uniform(5, 8)) for _ in range(2)]
    waves = [(unit * a, f, chance.randint(1, 2), chance.uniform(0, 6.28)) for a, f in ((2.6, 1), (1.3, 2), (0.5, 3))]
    lines, fine = Sheet(size), Sheet(size)
    count = 44
    for index in range(count):
        y0 = (index + chance.uniform(-0.25, 0.25)) / count * height
        points = [_grain(x * width / 70, y0, size, waves, knots) for x in range(71)]
        swell, phase = chance.uniform(0.2, 0.55) * unit, chance.uniform(0, 6.28)
        widths = [swell * (0.55 + 0.45 * math.sin(2 * math.pi * x / 70 + phase)) for x in range(71)]
        (lines if index % 3 else fine).thread(points, widths, 255)
    for x, y, r in knots:
        for pen in lines.copies(x, y, r * 3):
            for share in (1.5, 1.1, 0.72):
                eye = pen.at(0, 0)
                ring = [(r * share * 1.5 * math.cos(a / 8), r * share * 0.62 * math.sin(a / 8)) for a in range(51)]
                eye.stroke(ring, unit * 0.35, 255)
            pen.disc(0, 0, r * 0.55, 255, ry=r * 0.24)
    lay(image, lines.mask(), dark, 0.5)
    lay(image, fine.mask(), dark, 0.8)
    return image


def _grain(
    x: float,
    y0: float,
    size: tuple[int, int],
    waves: list[tuple[float, int, int, float]],
    knots: list[tuple[float, float, float]],
) -> Point:
    """Bend one point of a grain line: along slow waves, and around the knots."""
    width, height = size
    y = y0 + sum(a * math.sin(2 * math.pi * (f * x / width + k * y0 / height) + p) for a, f, k, p in waves)
    for kx, ky, r in knots:
        dx = (x - kx + width / 2) % width - width / 2
        dy = (y - ky + height / 2) % height - height / 2
        # Nothing may be left of a knot half a tile away, where its other side begins.
        near = math.exp(-((dx / (r * 3.2)) ** 2)) * math.exp(-abs(dy) / (r * 3.4)) * (1 - 2 * abs(dy) / height)
        y += math.tanh(dy / (r * 0.35)) * r * 1.15 * near
    return x, y
