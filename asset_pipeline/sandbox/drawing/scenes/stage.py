"""What all scenes share: where the focal point is, what time of day it is, and its light."""

import math
from dataclasses import dataclass
from random import Random

from asset_pipeline.sandbox.drawing import motifs
from asset_pipeline.sandbox.drawing.brief import Brief
from asset_pipeline.sandbox.drawing.canvas import Canvas
from asset_pipeline.sandbox.drawing.colour import RGB, mix, push, tone
from asset_pipeline.sandbox.drawing.palette import Palette
from asset_pipeline.sandbox.drawing.pen import Point


@dataclass(frozen=True)
class Stage:
    """The frame of one scene.

    Attributes:
        brief: What the prompt asks for.
        width: Width in pixels.
        height: Height in pixels.
        unit: A hundredth of the shorter side: the measure for line widths.
        x: Where the focal point lies across; on a third when the picture is wide.
        y: Where it lies down.
        radius: How large it is.
        side: 1 when it lies on the right half, else -1; the title room is opposite.
        mood: Time of day: "dawn", "dusk" or "night".
        chance: Random numbers of this call.
    """

    brief: Brief
    width: int
    height: int
    unit: float
    x: float
    y: float
    radius: float
    side: int
    mood: str
    chance: Random

    @property
    def palette(self) -> Palette:
        """The colours."""
        return self.brief.palette

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def sky(self) -> list[RGB]:
        """Return the sky's colours from the top down to the horizon."""
        palette = self.palette
        warm = palette.glow(0.88)
        if self.mood == "dawn":
            return [
                palette.pale(0.84, warm=0.15),
                palette.pale(0.92, warm=0.5),
                mix(warm, palette.paper, 0.55),
            ]
        if self.mood == "dusk":
            low = mix(palette.primary, warm, 0.55)
            return [palette.deep(0.36), tone(palette.primary, 0.52), tone(low, 0.72), warm]
        return [palette.deep(0.2), palette.deep(0.3), tone(palette.primary, 0.44)]

    def light(self) -> RGB:
        """Return the colour of the sun or moon."""
        if self.mood == "dawn":
            return mix(self.palette.glow(0.84), self.palette.accent, 0.4)
        return mix(self.palette.glow(0.9), self.palette.paper, 0.5 if self.mood == "night" else 0.2)

    def near(self) -> RGB:
        """Return the colour of what stands nearest."""
        return self.palette.deep(0.34 if self.mood == "dawn" else 0.26 if self.mood == "dusk" else 0.17)


def set_stage(brief: Brief, width: int, height: int, seed: int) -> Stage:
    """Decide the composition of this call."""
    chance = brief.chance("scene", seed)
    short = min(width, height)
    side = chance.choice((-1, 1))
    if width >= height * 1.6:
        x = width * (0.5 + side * chance.uniform(0.165, 0.21))
        y, radius = height * chance.uniform(0.43, 0.47), short * chance.uniform(0.25, 0.28)
    else:
        x = width * (0.5 + side * chance.uniform(0.0, 0.09))
        y, radius = height * chance.uniform(0.36, 0.4), short * chance.uniform(0.2, 0.23)
    mood = chance.choice(("dawn", "dusk", "dusk", "night"))
    return Stage(brief, width, height, short / 100, x, y, radius, side, mood, chance)


def symbol(
    canvas: Canvas,
    stage: Stage,
    ground: RGB,
    *,
    ink: RGB | None = None,
    scale: float = 1.34,
    y: float | None = None,
) -> None:
    """Lay the prompt's motif on the focal point."""
    colour = ink or push(mix(stage.near(), stage.palette.primary, 0.35), ground, 4.0)
    image = motifs.stamp(
        stage.brief.motif,
        max(8, round(stage.radius * scale)),
        ink=colour,
        shade=mix(colour, ground, 0.28),
        accent=stage.palette.detail_between(ground, colour),
    )
    canvas.stamp(image, stage.x, stage.y if y is None else y)


def ridge(stage: Stage, base: float, swing: float, *, waves: float = 1.0, steps: int = 180) -> list[Point]:
    """Return a rolling line across the picture, closed along the bottom edge."""
    chance = stage.chance
    span = stage.width / max(stage.height, 1)
    parts = [
        (
            swing * share,
            frequency * waves * max(1.0, span) * chance.uniform(0.8, 1.2),
            chance.uniform(0, 6.28),
        )
        for share, frequency in ((0.62, 1.4), (0.28, 3.1), (0.1, 6.3))
    ]
    line = []
    for step in range(steps + 1):
        t = step / steps
        y = base + sum(size * math.sin(frequency * t * 2 + phase) for size, frequency, phase in parts)
        line.append((t * stage.width, y))
    return [*line, (stage.width, stage.height), (0, stage.height)]


def height_at(line: list[Point], x: float) -> float:
    """Return the ridge's height at a place."""
    points = line[:-2]
    place = x / points[-1][0] * (len(points) - 1)
    low = min(max(int(place), 0), len(points) - 2)
    return points[low][1] + (points[low + 1][1] - points[low][1]) * (place - low)
