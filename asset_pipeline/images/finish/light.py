"""sRGB and light: what the bytes of a picture stand for, and back (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_KNEE, _SLOPE, _OFFSET, _GAMMA = 0.04045, 12.92, 0.055, 2.4
# Steps between dark and light when going back; the darkest two bytes are still some twenty steps apart.
_STEPS = 65_535


def _to_light(value: float) -> float:
    return float(value / _SLOPE if value <= _KNEE else ((value + _OFFSET) / (1 + _OFFSET)) ** _GAMMA)


# Each of the 256 bytes as light, 0 to 1; a tuple, because that is what Pillow takes.
TO_LIGHT = tuple(_to_light(byte / 255) for byte in range(256))
_LIGHT = np.array(TO_LIGHT, dtype=np.float32)


def _from_light_table() -> Bytes:
    light = np.arange(_STEPS + 1) / _STEPS
    low = light * _SLOPE
    values = np.where(low <= _KNEE, low, (1 + _OFFSET) * light ** (1 / _GAMMA) - _OFFSET)
    table: Bytes = np.rint(values * 255).astype(np.uint8)
    return table


_BYTES = _from_light_table()


def from_light(light: Floats) -> Bytes:
    """Return light as sRGB bytes; what is darker than black or lighter than white is cut off."""
    steps = np.rint(np.clip(light, 0, 1) * _STEPS).astype(np.uint16)
    shades: Bytes = _BYTES[steps]
    return shades


# Linear sRGB to XYZ under D65 (IEC 61966-2-1), each row divided by the white point's share of it.
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
) / np.array([[0.95047], [1.0], [1.08883]])
_CUBE_BELOW, _LINE = 216 / 24389, 24389 / 27


def to_lab(rgb: Bytes) -> Floats:
    """Return L*, a*, b* (CIE 1976, D65) of sRGB colours in the last axis."""
    light = _LIGHT[rgb] @ _TO_XYZ.T.astype(np.float32)
    root = np.where(light > _CUBE_BELOW, np.cbrt(light), (_LINE * light + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)
