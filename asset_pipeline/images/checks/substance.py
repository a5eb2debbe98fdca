"""Whether there is a picture at all: something on its ground, more than one colour, and not just noise."""

from __future__ import annotations

import numpy as np

from asset_pipeline.images.checks.colour import Bytes, Floats
from asset_pipeline.images.checks.pair import Pair, blocks, on_ground
from asset_pipeline.specs.wanted import ImageType

# Below this ΔE*ab two colours beside each other look alike on a screen; JPEG alone moves colours by half of it.
_ALIKE = 5.0
_BITS_DROPPED = 4
_PATCH, _PATCHES_ACROSS = 192, 2
_COARSE = 4
_COARSE_CELLS = (64, 24)  # along the longer side
# Variance of 8-bit rounding and of strong JPEG: without it, a flat picture would count as pure noise.
_UNSEEN_VARIANCE = 4.0


def content(pair: Pair) -> float:
    """Return the percentage of the finished picture that is seen on its ground, the commonest colour."""
    return max(_content(rgb, lab) for rgb, lab in zip(pair.samples, pair.sample_labs, strict=True))


def spread(pair: Pair) -> float:
    """Return how far the colours of the finished picture lie from their mean, as ΔE*ab (root of the mean square).

    It is measured on a coarse copy, in which grain has gone.
    """
    return max(float(np.sqrt(blocks(lab, _COARSE).reshape(-1, 3).var(axis=0).sum())) for lab in pair.sample_labs)


def noise(pair: Pair) -> float:
    """Return the percentage of the original's variance that is gone from one place to the next: its noise.

    Neighbours in a picture are nearly alike; in noise they have nothing to do with each other. It is measured at full
    resolution, in patches, as all of a large picture says nothing more; and, for noise in larger grains, on two coarse
    copies: noise has no neighbours on either, while a regular pattern may lack them on one. Not so with textures: a
    fine one is seen at full resolution, and coarse it is only grain.
    """
    fine = _noise_of(_patches(pair))
    if pair.wanted.type is ImageType.TEXTURES:
        return fine
    source = pair.source.astype(np.float32)
    sides = [max(1, max(source.shape[:2]) // cells) for cells in _COARSE_CELLS]
    return max(fine, min(_noise_of([blocks(source, side)]) for side in sides))


def _noise_of(patches: list[Floats]) -> float:
    shared, total = np.sum([_variances(patch) for patch in patches], axis=0) + _UNSEEN_VARIANCE * len(patches)
    return 100 * max(0.0, 1 - float(shared) / float(total))


def _content(rgb: Bytes, lab: Floats) -> float:
    bins = (rgb >> _BITS_DROPPED).astype(np.int32)
    codes = (bins[..., 0] << 8 | bins[..., 1] << 4 | bins[..., 2]).ravel()
    colours = lab.reshape(-1, 3)
    ground = colours[codes == np.bincount(codes).argmax()].mean(axis=0)
    distance = np.sqrt(((colours - ground) ** 2).sum(axis=1))
    return 100 * float((distance > _ALIKE).mean())


def _patches(pair: Pair) -> list[Floats]:
    picture = pair.original
    width, height = min(_PATCH, picture.width), min(_PATCH, picture.height)
    corners = [
        ((picture.width - width) * (2 * column + 1) // 4, (picture.height - height) * (2 * row + 1) // 4)
        for column in range(_PATCHES_ACROSS)
        for row in range(_PATCHES_ACROSS)
    ]
    boxes = [(left, top, left + width, top + height) for left, top in corners]
    return [np.asarray(on_ground(picture.crop(box), (128, 128, 128)), dtype=np.float32) for box in boxes]


def _variances(patch: Floats) -> tuple[float, float]:
    """Return how much variance of a patch neighbours share, and all of it; both as means over its colours."""
    centred = patch - patch.mean(axis=(0, 1))
    across = (centred[:, 1:] * centred[:, :-1]).mean() if patch.shape[1] > 1 else 0.0
    down = (centred[1:] * centred[:-1]).mean() if patch.shape[0] > 1 else 0.0
    return float((across + down) / 2), float((centred**2).mean())
