"""Scenes near at hand: library shelves with a niche, leaves around a medallion."""

from PIL import Image

from asset_pipeline.sandbox.drawing.canvas import Canvas, gradient
from asset_pipeline.sandbox.drawing.colour import RGB, lightness, mix, ramp, tone
from asset_pipeline.sandbox.drawing.foliage import frond, leaf
from asset_pipeline.sandbox.drawing.pen import Pen, arc
from asset_pipeline.sandbox.drawing.scenes.stage import Stage, symbol


def shelves(stage: Stage) -> Canvas:
    """Library shelves around a lit niche."""
    palette, x, y, r = stage.palette, stage.x, stage.y, stage.radius
    wood = mix(palette.deep(0.24), palette.accent, 0.1)
    back = mix(palette.deep(0.21), palette.ink, 0.3)
    rows = 3 if stage.width > stage.height * 1.6 else 5
    high = stage.height / rows
    board = high * 0.09
    niche = r * 1.15
    base = next(row * high for row in range(1, rows + 1) if row * high > y + r * 0.9) - board

    def furnish(pen: Pen) -> None:
        for row in range(rows):
            free = (x - niche * 1.22, x + niche * 1.22) if row * high < base else (0.0, 0.0)
            pen.rect(0, row * high, stage.width, row * high + high * 0.1, mix(back, palette.ink, 0.5))
            _books(pen.at(0, (row + 1) * high - board), stage, high - board, free)
        for row in range(rows + 1):
            pen.rect(0, row * high - board, stage.width, row * high, wood)
            pen.rect(0, row * high - board, stage.width, row * high - board * 0.72, mix(wood, palette.accent, 0.35))

    canvas = Canvas.from_sheet(*stage.size, back, furnish)
    # The far side falls into shadow: that is where a title goes.
    dark = [0, 40, 150, 205] if stage.side < 0 else [205, 150, 40, 0]
    veil = gradient((64, 1), [(value, value, value) for value in dark], across=True).convert("L")
    canvas.image.paste(back, (0, 0), veil.resize(stage.size, Image.Resampling.BILINEAR))
    canvas.light(x, y, r * 4.2, palette.glow(0.85), opacity=0.16)
    _niche(canvas, stage, niche, base, wood)
    return canvas


def _books(shelf: Pen, stage: Stage, room: float, free: tuple[float, float]) -> None:
    """Fill one shelf from left to right, leaving out the niche."""
    palette, chance = stage.palette, stage.chance
    colours = (
        palette.primary,
        tone(palette.primary, 0.5),
        tone(palette.primary, 0.36),
        tone(palette.primary, 0.62, chroma=0.7),
        mix(palette.accent, palette.primary, 0.3),
        tone(palette.extra, 0.6, chroma=0.8),
        mix(palette.paper, palette.accent, 0.35),
    )
    place = chance.uniform(-0.1, 0.0) * room
    while place < stage.width:
        wide, tall = room * chance.uniform(0.11, 0.24), room * chance.uniform(0.6, 0.88)
        if free[0] - wide < place < free[1]:
            place = free[1]
        elif chance.random() < 0.07:  # a gap, so that the shelf can breathe
            place += room * chance.uniform(0.15, 0.4)
        else:
            lean = chance.random() < 0.06
            cover = chance.choices(colours, (5, 4, 5, 3, 2, 2, 1))[0]
            gilt = mix(cover, palette.glow(0.8), 0.75)
            _spine(
                shelf.at(place, 0, turn=-9 if lean else 0),
                wide * 0.94,
                tall,
                cover,
                gilt,
                chance.randrange(4),
            )
            place += wide * (1.5 if lean else 1.0)


def _spine(book: Pen, wide: float, tall: float, cover: RGB, gilt: RGB, style: int) -> None:
    """Draw one book's back with one of four gildings."""
    thin = tall * 0.022
    book.rect(0, -tall, wide, 0, cover, radius=thin)
    for share in ((0.14, 0.2), (0.12, 0.86), (0.3, 0.36, 0.7), ())[style]:
        book.rect(0, -tall * (1 - share), wide, -tall * (1 - share) + thin, gilt)
    if style == 3:
        book.rect(wide * 0.3, -tall * 0.72, wide * 0.68, -tall * 0.4, gilt, radius=thin / 2)


def _niche(canvas: Canvas, stage: Stage, half: float, base: float, wood: RGB) -> None:
    """Cut a round-headed, lit niche into the shelves and put the motif there."""
    palette, x, y = stage.palette, stage.x, stage.y

    def opening(grow: float) -> Pen:
        pen, wide = canvas.stencil(), half * grow
        pen.polygon([*arc(x, y, wide, 180, 360), (x + wide, base), (x - wide, base)], 255)
        return pen

    canvas.fill(opening(1.22), mix(wood, palette.accent, 0.1))
    canvas.fill(opening(1.13), mix(wood, palette.accent, 0.5))
    light = mix(palette.glow(0.88), palette.paper, 0.35)
    canvas.fill(
        opening(1.08),
        gradient((1, 64), [mix(light, palette.primary, 0.35), light, mix(light, palette.paper, 0.3)]),
    )
    canvas.light(x, y, half * 0.95, palette.paper, opacity=0.7)
    symbol(canvas, stage, light, scale=1.45, y=(y - half + base) / 2 + stage.unit)
    sill = canvas.stencil()
    sill.rect(
        x - half * 1.34,
        base - stage.unit,
        x + half * 1.34,
        base + stage.unit * 2.2,
        255,
        radius=stage.unit * 0.6,
    )
    canvas.fill(sill, mix(wood, palette.accent, 0.45))


def botanical(stage: Stage) -> Canvas:
    """Leaves that grow in from the edges around a wreath."""
    palette, chance = stage.palette, stage.chance
    night = stage.mood == "night"
    ground = palette.deep(0.25) if night else mix(palette.pale(0.95, warm=0.7), palette.paper, 0.5)
    top = ground if night else mix(ground, palette.paper, 0.5)
    canvas = Canvas(*stage.size, gradient(stage.size, [top, ground]))
    canvas.light(stage.x, stage.y, stage.radius * 4, palette.primary if night else palette.glow(0.9), opacity=0.5)
    middle = tone(palette.primary, 0.42 if night else lightness(ground) * 0.72)
    front = tone(palette.primary, 0.5) if night else palette.primary
    tones = ramp([mix(ground, palette.primary, 0.22), middle, front], 3)
    tones.append(mix(palette.accent, palette.primary, 0.15))
    for layer, (colour, count) in enumerate(zip(tones, (4, 3, 3, 1), strict=True)):
        pen = canvas.stencil()
        for inwards in (1, -1):
            for _ in range(count):
                reach = abs(chance.gauss(0, 0.12)) * stage.width - 8 * stage.unit
                x = reach if inwards == 1 else stage.width - reach
                plant = pen.at(x, stage.height * 1.04, turn=chance.uniform(-8, 34) * inwards, flip=inwards < 0)
                tall = stage.height * chance.uniform(0.55, 1.0) * (1 - 0.12 * layer)
                frond(plant, tall, leaves=chance.randint(6, 8), breadth=chance.uniform(0.27, 0.36))
        later = mix(colour, tones[min(layer + 1, 3)], 0.25)
        canvas.fill(pen, gradient((1, 32), [colour, later]), opacity=0.95)
    _wreath(canvas, stage, palette.glow(0.8) if night else mix(palette.primary, palette.ink, 0.2))
    return canvas


def _wreath(canvas: Canvas, stage: Stage, colour: RGB) -> None:
    """Lay a round plate with two laurel branches, and the motif between them."""
    palette, x, y, r = stage.palette, stage.x, stage.y, stage.radius
    plate = canvas.stencil()
    plate.disc(x, y, r * 1.5, 255)
    face = mix(palette.paper, palette.glow(0.93), 0.25)
    canvas.shade(plate, palette.ink, blur=stage.unit * 2.5, opacity=0.3, drop=stage.unit * 1.2)
    canvas.fill(plate, face)
    leaves, berries = canvas.stencil(), canvas.stencil()
    pairs = 13
    for side in (-1, 1):
        for index in range(pairs):
            t = (index + 0.5) / pairs  # both branches start at the bottom and end near the top
            angle = 90 - side * (9 + 155 * t)
            px, py = arc(x, y, r * 1.2, angle, angle, steps=1)[0]
            for tilt in (-34, 34):
                turn = angle + (0 if side > 0 else 180) + tilt
                leaf(leaves, px, py, length=r * 0.27 * (1 - 0.3 * t), turn=turn)
            if index % 2 and index < pairs - 1:
                bx, by = arc(x, y, r * 1.37, angle, angle, steps=1)[0]
                berries.disc(bx, by, r * 0.035, 255)
    leaves.arc(x, y, r * 1.2, -66, 246, r * 0.02, 255)
    berries.disc(x, y + r * 1.2, r * 0.06, 255)
    canvas.fill(leaves, colour)
    canvas.fill(berries, palette.detail_between(face, colour))
    symbol(canvas, stage, face, scale=1.25)
