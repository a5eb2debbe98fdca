"""Five working colours from the hex codes in a prompt, or from a built-in set when it names none."""

import re
from dataclasses import dataclass

from asset_pipeline.sandbox.drawing.colour import (
    RGB,
    contrast,
    from_lab,
    lightness,
    mix,
    parse_hex,
    push,
    to_lab,
    tone,
)

_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")

_BUILT_IN: tuple[tuple[str, ...], ...] = (
    ("#1F3A4D", "#E0A458", "#7FA5A3"),  # harbour and brass
    ("#4A7C74", "#90CDF4", "#E9C46A"),  # sea glass
    ("#7A2E3A", "#E8C9A0", "#B5656B"),  # claret and cream
    ("#1F2A44", "#C8A24A", "#8A97B5"),  # midnight and gold
    ("#2F5D50", "#D9A05B", "#A9C3A6"),  # bottle green and amber
    ("#3B3A5A", "#E39B7B", "#A29BC4"),  # dusk violet and apricot
    ("#5B4636", "#D8B26E", "#9CA88A"),  # walnut and straw
    ("#0E6BA8", "#F2A541", "#8FC1E3"),  # regatta
    ("#8A4B2F", "#F0C987", "#6C8A86"),  # terracotta
    ("#2B4C5E", "#D98880", "#9FB8C3"),  # slate and rose
    ("#44546A", "#DDB967", "#B7C0C7"),  # pewter
    ("#355E3B", "#E6B8A2", "#C2CBA3"),  # garden
)


@dataclass(frozen=True)
class Palette:
    """The colours one drawing is made of.

    Attributes:
        primary: The brand colour; the largest coloured area.
        accent: The second colour; details and light.
        extra: A third colour, given or derived.
        paper: A very light ground with a breath of the accent.
        ink: A very dark version of the primary.
    """

    primary: RGB
    accent: RGB
    extra: RGB
    paper: RGB
    ink: RGB

    def deep(self, level: float = 0.3) -> RGB:
        """Return the primary at a low lightness, for night grounds."""
        return tone(self.primary, min(level, lightness(self.primary)), chroma=0.72)

    def pale(self, level: float = 0.9, *, warm: float = 0.4) -> RGB:
        """Return a light tint between the primary and the accent."""
        return tone(mix(self.primary, self.accent, warm), level, chroma=0.55)

    def glow(self, level: float = 0.86) -> RGB:
        """Return the accent as light: bright, still coloured."""
        return tone(self.accent, max(level, lightness(self.accent)), chroma=0.9)

    def symbol_on(self, ground: RGB, ratio: float = 4.6) -> RGB:
        """Return paper or ink, whichever can be read on the ground."""
        first, second = sorted((self.paper, self.ink), key=lambda c: -contrast(c, ground))
        if contrast(first, ground) >= ratio:
            return first
        return push(first, ground, ratio) if contrast(first, ground) > 3 else push(second, ground, ratio)

    def detail_between(self, ground: RGB, symbol: RGB) -> RGB:
        """Return the accent, kept visible both on the ground and on the symbol."""
        level = lightness(self.accent)
        for step in range(26):
            for candidate in (tone(self.accent, level - step * 0.01), tone(self.accent, level + step * 0.01)):
                if min(contrast(candidate, ground), contrast(candidate, symbol)) >= 1.65:
                    return candidate
        # The accent is far from both: take its hue halfway between the two.
        return tone(self.accent, (lightness(ground) + lightness(symbol)) / 2, chroma=1.1)


def _paper(accent: RGB) -> RGB:
    _, a, b = to_lab(accent)
    size = max(0.001, (a * a + b * b) ** 0.5)
    # Half the accent's hue, half warm white: a cold accent must not make a clinical ground.
    return from_lab((0.972, 0.006 * a / size + 0.001, 0.006 * b / size + 0.009))


def from_colours(colours: list[RGB]) -> Palette:
    """Complete one or more given colours to a whole palette."""
    primary = colours[0]
    if len(colours) > 1:
        accent = colours[1]
    else:
        level = lightness(primary)
        # One colour only: its own light as accent, warmed, so that the pair belongs together.
        accent = mix(tone(primary, 0.8 if level < 0.6 else 0.45), parse_hex("#E0B070"), 0.55)
    extra = colours[2] if len(colours) > 2 else mix(tone(primary, 0.7, chroma=0.7), accent, 0.3)
    return Palette(primary, accent, extra, _paper(accent), tone(primary, 0.24, chroma=0.6))


def from_prompt(prompt: str, digest: int) -> Palette:
    """Read the prompt's colours in order; without any, let the digest pick a built-in set."""
    names = list(dict.fromkeys(match.group().lower() for match in _HEX.finditer(prompt)))
    return from_colours([parse_hex(name) for name in names or _BUILT_IN[digest % len(_BUILT_IN)]])
