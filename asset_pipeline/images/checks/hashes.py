"""Pictures that look alike: a 64-bit perceptual hash, and groups of near duplicates among thousands of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from asset_pipeline.images.checks.pair import on_ground
from asset_pipeline.images.finish.plain import plain

_SIDE, _KEPT = 32, 8
_GROUND = (255, 255, 255)
_ROWS_AT_ONCE = 512
# Rows of the discrete cosine transform, type II, that are kept; the first, the mean, is left out.
_WAVES = np.cos(np.pi * np.arange(1, _KEPT + 1)[:, None] * (2 * np.arange(_SIDE) + 1) / (2 * _SIDE))


def perceptual_hash(picture: Image.Image) -> int:
    """Return 64 bits that are nearly the same for pictures that look nearly the same, at any size and format.

    The picture becomes 32x32 greys; of its cosine transform the 8x8 lowest waves are kept, less the constant ones; each
    bit says whether a wave is stronger than their median.
    """
    small = plain(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    grey = np.asarray(on_ground(small, _GROUND).convert("L"), dtype=np.float64)
    waves = (_WAVES @ grey @ _WAVES.T).ravel()
    bits = waves > np.median(waves)
    return int.from_bytes(np.packbits(bits).tobytes())


def neighbours(hashes: Mapping[str, int], distance: int, *, most: int) -> dict[str, tuple[str, ...]]:
    """Return for each picture those most like it, nearest first.

    Args:
        hashes: By name.
        distance: Bits in which two may differ.
        most: How many of each are returned.
    """
    names, values = _sorted(hashes)
    found = {}
    for start, distances in _blocks(values):
        for row, bits in enumerate(distances):
            own = start + row
            close = np.flatnonzero(bits <= distance)
            nearest = close[np.argsort(bits[close], kind="stable")][: most + 1]
            found[names[own]] = tuple(names[other] for other in nearest if other != own)[:most]
    return found


def _sorted(hashes: Mapping[str, int]) -> tuple[list[str], NDArray[np.uint64]]:
    names = sorted(hashes)
    return names, np.array([hashes[name] for name in names], dtype=np.uint64)


def _blocks(values: NDArray[np.uint64]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the bits that differ between some hashes, from a row on, and all; never all against all at once."""
    for start in range(0, len(values), _ROWS_AT_ONCE):
        yield start, np.bitwise_count(values[start : start + _ROWS_AT_ONCE, None] ^ values[None])
