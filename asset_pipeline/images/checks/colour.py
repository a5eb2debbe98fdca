"""Colours as the eye tells them apart: sRGB to CIE L*a*b*, the difference ΔE2000, and the contrast of WCAG."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

# sRGB, IEC 61966-2-1: each of the 256 steps as linear light.
_STEPS = np.arange(256) / 255
LINEAR: Floats = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    dtype=np.float32,
)
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
_LINEAR_BELOW, _SLOPE = 216 / 24389, 24389 / 27
_25_TO_THE_7TH = 25.0**7


def luminance(rgb: Bytes) -> Floats:
    """Return the relative luminance, 0 to 1, of sRGB colours in the last axis."""
    light: Floats = LINEAR[rgb] @ _TO_XYZ[1]
    return light


def lightness(rgb: Bytes) -> Floats:
    """Return L*, 0 to 100, of sRGB colours in the last axis."""
    steps: Floats = 116 * _cube_root(luminance(rgb)) - 16
    return steps


def to_lab(rgb: Bytes) -> Floats:
    """Return L*, a*, b* under D65 of sRGB colours in the last axis."""
    f = _cube_root(LINEAR[rgb] @ _TO_XYZ.T / _WHITE_D65)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def parse_hex(colour: str) -> tuple[int, int, int]:
    """Return the three bytes of `#rrggbb`."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def contrast(first: float, second: float) -> float:
    """Return the contrast ratio of two relative luminances, 1 to 21, as WCAG 2.1 defines it."""
    darker, lighter = sorted((first, second))
    return (lighter + 0.05) / (darker + 0.05)


def delta_e_2000(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return CIE ΔE2000 of colours in L*a*b*, with all weights 1; shapes are broadcast.

    Source: G. Sharma, W. Wu, E. N. Dalal, The CIEDE2000 Color-Difference Formula, Color Research and Application 30
    (2005) 21-30; the numbers in the comments are its equations.

    Args:
        first: Colours in the last axis.
        second: Colours in the last axis.
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    shift = 0.5 * (1 - _saturation((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2))  # (4)
    a1, a2 = a1 * (1 + shift), a2 * (1 + shift)  # (5)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)  # (6)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360  # (7)
    coloured = c1 * c2 != 0

    apart = h2 - h1
    turn = np.where(apart > 180, -360.0, np.where(apart < -180, 360.0, 0.0))
    d_hue = np.where(coloured, apart + turn, 0.0)  # (10)
    d_l, d_c = l2 - l1, c2 - c1  # (8), (9)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(d_hue / 2))  # (11)

    l_mean, c_mean, h_sum = (l1 + l2) / 2, (c1 + c2) / 2, h1 + h2  # (12), (13)
    around = np.where(np.abs(apart) <= 180, 0.0, np.where(h_sum < 360, 360.0, -360.0))
    hue = np.where(coloured, (h_sum + around) / 2, h_sum)  # (14)

    t = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)  # (15)
    s_l = 1 + 0.015 * (l_mean - 50) ** 2 / np.sqrt(20 + (l_mean - 50) ** 2)  # (18)
    s_c, s_h = 1 + 0.045 * c_mean, 1 + 0.015 * c_mean * t  # (19), (20)
    rotation = 30 * np.exp(-(((hue - 275) / 25) ** 2))  # (16)
    r_t = -np.sin(np.radians(2 * rotation)) * 2 * _saturation(c_mean)  # (17), (21)
    parts = (d_l / s_l, d_c / s_c, d_h / s_h)
    square = parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 + r_t * parts[1] * parts[2]
    difference: NDArray[np.floating] = np.sqrt(np.maximum(square, 0))  # (22); rounding may pass below 0
    return difference


def _saturation(chroma: NDArray[np.floating]) -> NDArray[np.floating]:
    seventh = chroma**7
    share: NDArray[np.floating] = np.sqrt(seventh / (seventh + _25_TO_THE_7TH))
    return share


def _cos(degrees: NDArray[np.floating]) -> NDArray[np.floating]:
    cosine: NDArray[np.floating] = np.cos(np.radians(degrees))
    return cosine


def _cube_root(light: Floats) -> Floats:
    root: Floats = np.where(light > _LINEAR_BELOW, np.cbrt(light), (_SLOPE * light + 16) / 116)
    return root
