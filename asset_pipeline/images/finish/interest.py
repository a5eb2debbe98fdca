"""Says where in a picture the eye goes: to what differs from its surroundings, in lightness or in colour.

Centre against surround at several scales, after L. Itti, C. Koch, E. Niebur, A Model of Saliency-Based Visual Attention
for Rapid Scene Analysis, IEEE PAMI 20 (1998) 1254-1259, without its orientations; on a copy of some hundred pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from asset_pipeline.images.finish.light import Floats

_SIDE = 128
# Radii of what is compared, as shares of the longer side.
_SCALES = ((0.0, 1 / 48), (1 / 96, 1 / 16), (1 / 32, 1 / 10))
# Lightness, blue to yellow and red to green, as JFIF makes them of red, green and blue, and whether there is anything
# at all to see; colour stands out more than the same step of lightness.
_CHANNELS = np.array(
    [[0.299, 0.587, 0.114, 0], [-0.253, -0.497, 0.75, 0], [0.75, -0.628, -0.122, 0], [0, 0, 0, 1]], dtype=np.float32
)
# What most of the picture has is its texture, and not what one looks at. It counts a little, everywhere, so that small
# chances in a strong pattern decide nothing.
_TEXTURE_PERCENTILE, _TEXTURE_WEIGHT = 75, 0.3
_UNSEEN = 1.0


@dataclass(frozen=True)
class Interest:
    """How much there is to see in the rows and columns of a picture.

    Args:
        down: Of each row of the reduced picture, from the top.
        across: Of each of its columns, from the left.
    """

    down: Floats
    across: Floats


def interest_of(picture: Image.Image) -> Interest:
    """Look at a plain picture."""
    small = _small(picture)
    if small.mode == "RGBA":  # a colour that cannot be seen counts for nothing
        small = small.convert("RGBa")
    standing_out = sum(_differences(small, *scale) for scale in _SCALES)
    texture = np.percentile(standing_out, _TEXTURE_PERCENTILE)
    seen = np.maximum(standing_out - texture - _UNSEEN, 0) + _TEXTURE_WEIGHT * texture
    return Interest(seen.sum(axis=1), seen.sum(axis=0))


def _small(picture: Image.Image) -> Image.Image:
    factor = max(1, max(picture.size) // _SIDE)
    return picture.reduce((min(factor, picture.width), min(factor, picture.height)))


def _differences(picture: Image.Image, inner: float, outer: float) -> Floats:
    """Return how far each place differs from what surrounds it."""
    near, far = (
        np.asarray(picture.filter(ImageFilter.GaussianBlur(radius * max(picture.size))), dtype=np.float32)
        for radius in (inner, outer)
    )
    bands = near.shape[-1]
    apart: Floats = np.sqrt((((near - far) @ _CHANNELS[:, :bands].T) ** 2).sum(axis=-1))
    return apart
