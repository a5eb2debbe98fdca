"""Small drawings in SVG, for the models that deliver vectors: the colours are those of the prompt."""

from __future__ import annotations

import random

from asset_pipeline.sandbox.drawing import brief as briefs
from asset_pipeline.sandbox.drawing.colour import RGB

_SHAPES = 9


def draw_svg(prompt: str, *, width: int, height: int, seed: int) -> bytes:
    """Return circles in a frame, the same bytes for the same arguments."""
    palette = briefs.read(prompt).palette
    chance = random.Random(f"{prompt}:{seed}")  # noqa: S311 - a drawing, no secret
    inks = [_hex(palette.ink), _hex(palette.primary), _hex(palette.accent)]
    short = min(width, height)
    circles = "".join(
        f'<circle cx="{chance.randrange(width)}" cy="{chance.randrange(height)}"'
        f' r="{chance.randrange(short // 24, short // 6)}" fill="{chance.choice(inks)}" fill-opacity="0.8"/>'
        for _ in range(_SHAPES)
    )
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{_hex(palette.paper)}"/>{circles}'
        f'<text x="{width - 8}" y="{height - 8}" font-size="{max(8, short // 40)}" text-anchor="end"'
        f' fill="{_hex(palette.ink)}">SANDBOX</text></svg>'
    )
    return text.encode()


def _hex(colour: RGB) -> str:
    red, green, blue = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
