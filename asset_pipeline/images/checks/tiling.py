"""Whether a texture tiles: what lies across its edges is as alike as what lies side by side within it."""

from __future__ import annotations

import numpy as np

from asset_pipeline.images.checks.colour import Floats, lightness
from asset_pipeline.images.checks.pair import Pair, blocks

# Fine and coarse: a seam is a line that one sees close up, or two shades that meet.
_CELLS = (1, 4, 16)
_USUAL = 90  # percentile of the inner steps that the step across the edge is compared with
_UNSEEN = 0.5  # step of L* that nobody sees
_FEWEST_CELLS = 8
_SEEN_WITHIN = 0.25  # of a step: another one that differs from it by no more is the same


def seam(pair: Pair) -> float:
    """Return how many times a usual step within the picture the step across its edges is; the worse of both edges."""
    light = lightness(pair.finals[0])
    return max(_seam(turned) for cells in _CELLS for turned in (blocks(light, cells), blocks(light, cells).T))


def _seam(light: Floats) -> float:
    """Return the same for the left and the right edge.

    A step that is large is still no seam where the same step is seen within: a brick may begin at the edge.
    """
    if light.shape[1] < _FEWEST_CELLS:
        return 0.0
    inner = np.abs(np.diff(light, axis=1)).mean(axis=0)
    first, last = light[:, :1], light[:, -1:]
    strange = (np.abs(light[:, :-1] - last).mean(axis=0) + np.abs(light[:, 1:] - first).mean(axis=0))[1:-1].min() / 2
    across = float(np.abs(first - last).mean())
    usual = float(np.percentile(inner, _USUAL)) + _UNSEEN
    return min(1.0, across / usual) if strange < _SEEN_WITHIN * across else across / usual
