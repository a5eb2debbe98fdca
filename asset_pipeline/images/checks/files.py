"""What can be said of a finished file without looking at the picture: its size, its format, its kind of colours."""

from __future__ import annotations

from asset_pipeline.images.checks.opened import Opened
from asset_pipeline.images.checks.pair import Pair

_SAME_SUFFIX = {"jpeg": "jpg"}
# Grey, CMYK and 16 bits are what the rest is. A palette is how a PNG of few colours is made small.
_MODES = {"png": {"RGB", "RGBA", "P"}, "jpg": {"RGB"}, None: {"RGB", "RGBA"}}


def size_error(pair: Pair) -> float:
    """Return by how many pixels a side differs from the wanted one; the worse of both."""
    width, height = pair.finished.size
    return float(max(abs(width - pair.wanted.width), abs(height - pair.wanted.height)))


def enlargement(pair: Pair) -> float:
    """Return how many times larger than its part of the original the finished picture is."""
    left, top, right, bottom = pair.kept_box
    return max(pair.finished.width / (right - left), pair.finished.height / (bottom - top))


def wrong_formats(pair: Pair) -> float:
    """Return how many of both files are not in the format that the spec, or the file's own name, says."""
    unwanted = pair.files[1].format not in (None, pair.wanted.format)
    return float(_belies_its_name(pair.files[0]) + (_belies_its_name(pair.files[1]) or unwanted))


def wrong_modes(pair: Pair) -> float:
    """Return 1 where the finished file's colours are stored in a way that not every program shows right; else 0."""
    file = pair.files[1]
    return float(file.picture.mode not in _MODES.get(file.format, _MODES[None]))


def _belies_its_name(file: Opened) -> bool:
    if not file.suffix or not file.format:
        return False
    return _SAME_SUFFIX.get(file.suffix, file.suffix) != file.format
