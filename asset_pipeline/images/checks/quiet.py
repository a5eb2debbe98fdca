"""Whether the middle of a letter header is quiet enough for words on it."""

from __future__ import annotations

import numpy as np

from asset_pipeline.images.checks.pair import Pair

# Where words stand: the middle half across, and three fifths down.
_ACROSS, _DOWN = 0.5, 0.6
# ΔE*ab from the middle's own ground, from which on a thing is seen behind words.
_SEEN = 12.0


def busy_middle(pair: Pair) -> float:
    """Return the percentage of the finished picture's middle where something is seen on its ground.

    The ground is a plane through the colours, so that a gradient is quiet; anything that stands out from it is not.
    """
    lab = pair.sample_labs[0]
    height, width = lab.shape[:2]
    left, top = int(width * (1 - _ACROSS) / 2), int(height * (1 - _DOWN) / 2)
    middle = lab[top : height - top, left : width - left]
    rows, columns = np.indices(middle.shape[:2], dtype=np.float32)
    places = np.stack([np.ones(rows.size, dtype=np.float32), rows.ravel(), columns.ravel()], axis=1)
    colours = middle.reshape(-1, 3)
    ground = places @ np.linalg.lstsq(places, colours)[0]
    return 100 * float((np.sqrt(((colours - ground) ** 2).sum(axis=1)) > _SEEN).mean())
