"""Surfaces that were woven: linen, lace, silk."""

import math
from random import Random

from PIL import Image, ImageChops

from asset_pipeline.sandbox.drawing import motifs
from asset_pipeline.sandbox.drawing.brief import Brief
from asset_pipeline.sandbox.drawing.colour import lightness, mix, tone
from asset_pipeline.sandbox.drawing.pen import Pen
from asset_pipeline.sandbox.drawing.textures.tiles import Sheet, clouds, curve, even, grow, lay, noise, tinted


def _threads(chance: Random, count: int, length: int) -> Image.Image:
    """Return one period of `count` parallel threads, each round, each its own shade, along the x axis."""
    profile = (70, 175, 235, 205, 120)
    image = Image.new("L", (length, count * len(profile)))
    for index in range(count):
        shade = chance.uniform(0.78, 1.0)
        slubs = bytes(round(min(255, 255 * shade * chance.uniform(0.82, 1.0))) for _ in range(length))
        row = Image.frombytes("L", (length, 1), slubs)
        for offset, level in enumerate(profile):
            image.paste(row.point([value * level // 255 for value in range(256)]), (0, index * len(profile) + offset))
    return image


def linen(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Plain weave of uneven threads."""
    palette = brief.palette
    across, down = even(size[0], min(size) / 72, 2), even(size[1], min(size) / 72, 2)
    weft = grow(_threads(chance, down, 14), size)
    warp = grow(_threads(chance, across, 14).transpose(Image.Transpose.TRANSPOSE), size)
    cells = bytes(255 * ((i + j) % 2) for j in range(down) for i in range(across))
    over = curve(grow(Image.frombytes("L", (across, down), cells), size), 0.3, 0.7)
    weave = Image.composite(warp, weft, over)
    weave = Image.blend(weave, clouds(chance, size, (4, 11)), 0.16)
    base = mix(palette.paper, tone(palette.accent, 0.86, chroma=0.5), 0.55)
    dark = mix(tone(base, 0.6), palette.primary, 0.3)
    return tinted(curve(weave, 0.12, 0.92), [dark, mix(dark, base, 0.75), base, mix(base, palette.paper, 0.6)])


def lace(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """White lace of rosettes and net on a coloured ground."""
    palette = brief.palette
    ground = tone(palette.primary, max(0.42, lightness(palette.primary)), chroma=0.9)
    image = tinted(
        clouds(chance, size, (3, 8, 60)),
        [tone(ground, lightness(ground) - 0.06), tone(ground, lightness(ground) + 0.05)],
    )
    across, down = even(size[0], min(size) / 4), even(size[1], min(size) / 4)
    step_x, step_y = size[0] / across, size[1] / down
    net, sheet = Sheet(size), Sheet(size)
    for index in range(-down * 6, (across + down) * 6 + 1):
        x = index * step_x / 6
        reach = size[1] * step_x / step_y
        net.pen.hairline([(x, 0), (x + reach, size[1])], step_x * 0.008, 255)
        net.pen.hairline([(x, 0), (x - reach, size[1])], step_x * 0.008, 255)
    scale, stretch = step_x / 100, step_y / step_x
    petals = chance.choice((8, 10, 12))
    for row in range(-1, down + 1):
        for column in range(-1, across + 1):
            middle = sheet.pen.at((column + 0.5) * step_x, (row + 0.5) * step_y, scale=scale, stretch=stretch)
            _rosette(middle, petals)
            corner = sheet.pen.at(column * step_x, row * step_y, scale=scale, stretch=stretch)
            corner.ring(0, 0, 13, 2.4, 255)
            for turn in range(0, 360, 60):
                corner.at(0, 0, turn=turn).disc(0, -7, 2.6, 255, ry=4)
    lay(image, net.mask(), palette.paper, 0.5)
    mask = sheet.mask()
    lay(
        image,
        ImageChops.offset(mask, 0, max(1, round(scale * 1.2))),
        tone(ground, lightness(ground) - 0.16),
        0.5,
    )
    lay(image, mask, palette.paper, 0.95)
    return image


def _rosette(pen: Pen, petals: int) -> None:
    """Draw one crocheted flower, 100 units wide."""
    pen.ring(0, 0, 9, 3, 255)
    pen.ring(0, 0, 33, 2.2, 255)
    for index in range(petals):
        leaf = pen.at(0, 0, turn=index * 360 / petals)
        leaf.path("M0,-11 C7,-17 7,-26 0,-32 C-7,-26 -7,-17 0,-11 Z", 255)
        leaf.path("M0,-16 C3,-19 3,-24 0,-27 C-3,-24 -3,-19 0,-16 Z", 0)
        leaf.disc(0, -13, 1, 255)
        edge = pen.at(0, 0, turn=(index + 0.5) * 360 / petals)
        edge.ring(0, -39.5, 8.2, 2.2, 255)
        edge.disc(0, -40, 2.4, 255)
        edge.disc(0, -50, 1.7, 255)


def _folds(chance: Random, size: tuple[int, int]) -> Image.Image:
    """Return soft slanting folds, computed point by point on a small tile."""
    side = 72
    slant = chance.choice((-1, 1))
    first, second, third = (chance.uniform(0, 1) for _ in range(3))
    turn = 2 * math.pi
    # A few thousand points are cheap; the rest is stretching.
    values = bytearray()
    for j in range(side):
        v = j / side
        bend = 0.16 * math.sin(turn * (v + first))
        for i in range(side):
            u = i / side
            ripple = 0.1 * math.sin(turn * (u + slant * v + second)) + 0.05 * math.sin(turn * (2 * u - v + third))
            fold = math.sin(turn * (3 * u + slant * v + bend + ripple))
            counter = math.sin(turn * (u + slant * v + ripple * 2 + first))
            values.append(round(127.5 + 88 * fold + 38 * counter))
    return grow(Image.frombytes("L", (side, side), bytes(values)), size)


def silk(brief: Brief, size: tuple[int, int], chance: Random) -> Image.Image:
    """Shot silk in soft folds, with a damask of the motif."""
    palette = brief.palette
    folds = _folds(chance, size)
    weave = noise(chance, size, 24, size[1] // 2)
    sheen = Image.blend(folds, weave, 0.1)
    base = tone(palette.primary, max(0.36, min(0.62, lightness(palette.primary))))
    level = lightness(base)
    shine = mix(tone(base, min(0.9, level + 0.2)), palette.accent, 0.12)
    image = tinted(curve(sheen, 0.05, 0.95), [tone(base, level - 0.14), base, tone(base, level + 0.07), shine])
    across, down = even(size[0], min(size) / 4), even(size[1], min(size) / 4)
    step_x, step_y = size[0] / across, size[1] / down
    figure = motifs.stamp(brief.motif, max(8, round(min(step_x, step_y) * 0.46)), ink=base, shade=base, accent=base)
    mask = Image.new("L", size)
    alpha = figure.getchannel("A")
    for row in range(-1, down + 1):
        for column in range(-1, across + 1):
            for half in (0.25, 0.75):  # every other figure half a step lower
                x = (column + half) * step_x - alpha.width / 2
                y = (row + half) * step_y - alpha.height / 2
                mask.paste(alpha, (round(x), round(y)), alpha)
    lay(image, mask, mix(shine, palette.paper, 0.3), 0.2)
    return image
