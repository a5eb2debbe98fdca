"""How far a picture's colours are from its theme's."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np

from asset_pipeline.images.checks.colour import Floats, delta_e_2000, parse_hex, to_lab
from asset_pipeline.images.checks.pair import Pair

_BITS_DROPPED = 3
_MOST_COLOURS = 8
_STEPS = 5
# Below this chroma a colour is a grey to the eye, and fits every theme.
_GREY = 8.0
_FEWEST = 0.01  # share of coloured pixels from which on there is something to judge
_PURE = ((255, 255, 255), (0, 0, 0))


def palette_distance(pair: Pair) -> float | None:
    """Return the mean ΔE2000 of the finished picture's colours to the theme's; None where the theme has none.

    What an artist mixes from a palette belongs to it: each of its colours with white, with black and with each other.
    A colour counts by its chroma, so that a vivid stranger is not lost in much grey or white.
    """
    codes = tuple(code for _, code in pair.wanted.theme.palette[:_MOST_COLOURS])
    if not codes:
        return None
    pixels = pair.samples[0].reshape(-1, 3) >> _BITS_DROPPED
    packed = pixels.astype(np.int32) @ np.array([1 << 10, 1 << 5, 1])
    counts = np.bincount(packed, minlength=1 << 15)
    found = np.flatnonzero(counts)
    middle = (1 << _BITS_DROPPED) // 2
    rgb = np.stack([found >> 10, found >> 5 & 31, found & 31], axis=-1) * (1 << _BITS_DROPPED) + middle
    lab = to_lab(rgb.astype(np.uint8))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    coloured = chroma > _GREY
    if counts[found][coloured].sum() < _FEWEST * len(pixels):
        return 0.0
    distance = delta_e_2000(lab[coloured][:, None], _mixed(codes)[None]).min(axis=1)
    return float(np.average(distance, weights=(counts[found] * chroma)[coloured]))


@lru_cache(maxsize=64)
def _mixed(codes: tuple[str, ...]) -> Floats:
    """Return all that is mixed from a palette, in L*a*b*."""
    own = to_lab(np.array([parse_hex(code) for code in codes], dtype=np.uint8))
    pure = to_lab(np.array(_PURE, dtype=np.uint8))
    pairs = [*combinations(own, 2), *((colour, ground) for colour in own for ground in pure)]
    shares = np.linspace(0, 1, _STEPS + 1, dtype=np.float32)[:, None]
    mixed = [first * (1 - shares) + second * shares for first, second in pairs]
    return np.concatenate(mixed)
