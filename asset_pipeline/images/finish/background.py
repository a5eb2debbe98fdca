"""Takes a plain ground out of a picture, from its border inwards; what the subject encloses stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from asset_pipeline.images.finish.light import Bytes, Floats, to_lab
from asset_pipeline.images.finish.plain import plain

Mask = NDArray[np.bool_]

# Distance in L*a*b* up to which a colour is the ground's: more than what encoders and models leave in a flat one.
_SAME = 8.0
_BORDER_SHARE, _BORDER_OF_GROUND = 0.01, 0.9
_LEAST_SUBJECT = 0.002
# Pixels along the ground that may be mixed with it.
_EDGE = 2
# Each pass goes once in all four directions: enough for anything but a long maze, whose inside then stays.
_PASSES = 64


@dataclass(frozen=True)
class NotPlain:
    """A ground that cannot be taken out.

    Args:
        reason: Why, for people.
    """

    reason: str


def remove_background(picture: Image.Image) -> Image.Image | NotPlain:
    """Return a picture with its ground taken out, as RGBA, or why that cannot be done.

    Along its edge the subject was mixed with the ground. It is taken apart again there, so that on another ground no
    rim of the old one is seen.

    Args:
        picture: Any decoded picture; it is left alone.
    """
    upright = plain(picture)
    if upright.mode == "RGBA":
        return NotPlain("one can see through it already")
    rgb = np.asarray(upright)
    lab = to_lab(rgb)
    border = _border(lab)
    ground = np.median(lab[border], axis=0)
    like_ground = np.sqrt(((lab - ground) ** 2).sum(axis=-1)) <= _SAME
    share = float(like_ground[border].mean())
    if share < _BORDER_OF_GROUND:
        return NotPlain(f"only {share:.0%} of its border has one colour, and {_BORDER_OF_GROUND:.0%} must have")
    outside = _flooded(like_ground)
    if 1 - outside.mean() < _LEAST_SUBJECT:
        return NotPlain("nothing would be left of it")
    return Image.fromarray(_cut_out(rgb, outside, np.median(rgb[border & like_ground], axis=0)))


def _border(pixels: Floats) -> Mask:
    height, width = pixels.shape[:2]
    deep = max(1, round(min(height, width) * _BORDER_SHARE))
    border = np.ones((height, width), dtype=np.bool_)
    border[deep : height - deep, deep : width - deep] = False
    return border


def _flooded(way: Mask) -> Mask:
    """Return what can be reached from the border of a picture along a way."""
    reached = way.copy()
    reached[1:-1, 1:-1] = False
    for _ in range(_PASSES):
        before = np.count_nonzero(reached)
        for lines, open_lines in ((reached, way), (reached.T, way.T)):
            _sweep(lines, open_lines)
            _sweep(lines[::-1], open_lines[::-1])
        if np.count_nonzero(reached) == before:
            break
    return reached


def _sweep(reached: Mask, way: Mask) -> None:
    """Carry what is reached from each line to the next one, in place."""
    for line in range(1, len(reached)):
        reached[line] |= reached[line - 1] & way[line]


def _cut_out(rgb: Bytes, outside: Mask, ground: NDArray[np.floating]) -> Bytes:
    """Return the pixels with what is outside clear, and what lies along it taken apart from the ground."""
    apart = rgb - ground.astype(np.float32)
    distance = np.sqrt((apart**2).sum(axis=-1))
    # Of what is mixed, the colour nearby that is farthest from the ground is the subject's own.
    pure = np.maximum(_most_nearby(distance, _EDGE), 1)
    edge = _most_nearby(outside.astype(np.float32), _EDGE) > 0
    alpha = np.where(outside, 0, np.where(edge, distance / pure, 1))
    own = ground + apart / np.maximum(alpha, 1 / 255)[..., None]
    pixels = np.dstack([np.clip(own, 0, 255), alpha * 255])
    pixels[outside] = 0
    rounded: Bytes = np.rint(pixels).astype(np.uint8)
    return rounded


def _most_nearby(values: Floats, radius: int) -> Floats:
    """Return the largest value in the square around each place."""
    most = values
    for axis in (0, 1):
        padded = np.pad(most, [(radius, radius) if axis == own else (0, 0) for own in (0, 1)], mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=axis)
        most = windows.max(axis=-1)
    return most
