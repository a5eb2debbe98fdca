"""Draws SVGs, in a process of its own: what native code does with a file from elsewhere must not end a run.

Measured with resvg-py 0.5.0: it ends its whole process where a picture does not fit into memory, and it reads pictures
from this machine's disk where an SVG names them; so the first happens elsewhere, and such names are taken out.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from asset_pipeline.errors import ImageError, NotDrawnError

DRAWER = Path(__file__).with_name("svg_drawer.py")
DEADLINE_S = 60.0
# Exit codes of the drawer.
NO_SVG, NO_LIBRARY = 2, 3
_HEAD_BYTES = 4096
_ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>|\s)*<svg[\s>/]", re.DOTALL)
_OUTSIDE = re.compile(rb"""(href\s*=\s*["'])(?!#|data:)""", re.IGNORECASE)


def is_svg(head: bytes) -> bool:
    """Say whether a file is an SVG, by how it begins."""
    return _ROOT.match(head[:_HEAD_BYTES]) is not None


def draw_svg(svg: bytes, *, covers: tuple[int, int], max_pixels: int) -> bytes:
    """Return an SVG as PNG, drawn in its own shape.

    Args:
        svg: The file.
        covers: Width and height that the drawing has at least, where that is within `max_pixels`.
        max_pixels: The most that it has.

    Raises:
        ImageError: It is damaged.
        NotDrawnError: It may be whole, but cannot be drawn here.
    """
    command = [sys.executable, "-I", str(DRAWER), *map(str, covers), str(max_pixels)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and program
            command, input=_OUTSIDE.sub(rb"\1#", svg), capture_output=True, timeout=DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDrawnError(f"the SVG could not be drawn: {error}") from None
    said = done.stderr.decode(errors="replace").strip()[-300:]
    if done.returncode == NO_SVG:
        raise ImageError(f"the SVG is damaged: {said}")
    if done.returncode == NO_LIBRARY:
        what = "an SVG needs resvg-py to be drawn, which is not installed"
        raise NotDrawnError(f"{what}; pip install resvg-py, and run again: nothing is paid again")
    if done.returncode != 0:
        raise NotDrawnError(f"the SVG could not be drawn (exit code {done.returncode}): {said or 'nothing was said'}")
    return done.stdout
