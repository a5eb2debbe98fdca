"""Icons: one flat symbol, centred on a plain tile or disc."""

import math
from random import Random

from PIL import ImageChops

from asset_pipeline.sandbox.drawing import motifs
from asset_pipeline.sandbox.drawing.brief import Brief, Kind, number
from asset_pipeline.sandbox.drawing.canvas import Canvas
from asset_pipeline.sandbox.drawing.colour import RGB, contrast, lightness, mix, tone
from asset_pipeline.sandbox.drawing.pen import Pen

_FAINT = 0.035  # how far in lightness a tile's pattern may be from the tile: felt, not seen


def _swell(pen: Pen, chance: Random) -> None:
    pen.disc(
        chance.uniform(-0.7, 0.7),
        chance.choice((-1, 1)) * chance.uniform(0.5, 0.8),
        chance.uniform(0.6, 0.9),
        255,
    )


def _ripples(pen: Pen, chance: Random) -> None:
    x, y = (
        chance.choice((-1, 1)) * chance.uniform(0.55, 0.95),
        chance.choice((-1, 1)) * chance.uniform(0.55, 0.95),
    )
    for index in range(4):
        pen.ring(x, y, 0.42 + index * 0.36, 0.16, 255)


def _slope(pen: Pen, chance: Random) -> None:
    pen.at(chance.uniform(-0.15, 0.15), 0, turn=chance.uniform(20, 160)).rect(0, -3, 3, 3, 255)


def _horizon(pen: Pen, chance: Random) -> None:
    phase, height = chance.uniform(0, 6.28), chance.uniform(0.1, 0.35)
    wave = [(x / 40, height + 0.16 * math.sin(x / 17 + phase)) for x in range(-48, 49)]
    pen.polygon([*wave, (1.2, 1.2), (-1.2, 1.2)], 255)


_PATTERNS = (_swell, _ripples, _slope, _horizon)


def _ground(brief: Brief) -> RGB:
    """Return the tile's colour: the primary, unless no symbol could be read on it."""
    colour = brief.palette.primary
    level = lightness(colour)
    for step in range(30):
        for candidate in (tone(colour, level - step * 0.01), tone(colour, level + step * 0.01)):
            if contrast(brief.palette.symbol_on(candidate), candidate) >= 4.5:
                return candidate
    return colour


def draw(brief: Brief, width: int, height: int, seed: int) -> Canvas:
    """Draw an icon; its tile is the same for all prompts with the same colours."""
    palette = brief.palette
    ground = _ground(brief)
    symbol = palette.symbol_on(ground)
    accent = palette.detail_between(ground, symbol)
    chance = brief.chance("icon", seed)

    canvas = Canvas(width, height, palette.paper)
    unit = min(width, height) / 2
    middle = (width / 2, height / 2)
    round_tile = brief.kind is Kind.DATABASE_ICON or number(f"tile|{palette.primary}|{palette.accent}") % 3 == 0
    reach = 0.93 if brief.kind is Kind.DATABASE_ICON else 0.9

    tile = canvas.stencil()
    shape = tile.at(*middle, scale=unit)
    if round_tile:
        shape.disc(0, 0, reach, 255)
    else:
        shape.rect(-reach, -reach, reach, reach, 255, radius=0.42)
    canvas.fill(tile, ground)

    faint = _FAINT if lightness(ground) < 0.6 else -_FAINT
    pattern = canvas.stencil()
    chance.choice(_PATTERNS)(pattern.at(*middle, scale=unit), chance)
    pattern.image.paste(0, mask=ImageChops.invert(tile.image))  # the pattern ends where the tile does
    canvas.fill(pattern, tone(ground, lightness(ground) + faint))

    share = 0.6 if round_tile else 0.64
    if brief.kind is Kind.DATABASE_ICON:
        share = 0.62
    stamp = motifs.stamp(
        brief.motif, round(unit * 2 * share), ink=symbol, shade=mix(symbol, ground, 0.24), accent=accent
    )
    canvas.stamp(stamp, *middle)
    return canvas
