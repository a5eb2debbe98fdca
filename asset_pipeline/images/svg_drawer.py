"""The program that draws one SVG: from standard input, as PNG to standard output. Run by `svg`, never imported.

Its arguments are the width and height to cover and the most pixels. It imports nothing of this package, to start fast.
"""

from __future__ import annotations

import contextlib
import math
import struct
import sys

MEMORY_BYTES = 3 * 1024**3
PROBE_SIDE = 1000
NO_SVG, NO_LIBRARY = 2, 3


def main() -> int:
    """Draw, and return the exit code."""
    width, height, max_pixels = (int(text) for text in sys.argv[1:4])
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        return NO_LIBRARY
    _limit_memory()
    try:
        svg = sys.stdin.buffer.read().decode("utf-8-sig")
        # Both sides are given always: a drawing is fitted into them, whatever size the file says it has.
        shape = _size(svg_to_bytes(svg_string=svg, width=PROBE_SIDE, height=PROBE_SIDE))
        sides = _sides(shape, (width, height), max_pixels)
        drawn = svg_to_bytes(svg_string=svg, width=sides[0], height=sides[1])
    except ValueError as error:  # a UnicodeDecodeError too
        sys.stderr.write(str(error))
        return NO_SVG
    sys.stdout.buffer.write(drawn)
    return 0


def _sides(shape: tuple[int, int], covers: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    """Return the size of a shape that covers another, or has as many pixels as are allowed."""
    scale = max(covers[0] / shape[0], covers[1] / shape[1])
    width, height = (round(side * scale) for side in shape)
    if width * height > max_pixels:
        scale = math.sqrt(max_pixels / (shape[0] * shape[1]))
        width, height = (math.floor(side * scale) for side in shape)
    return max(1, width), max(1, height)


def _size(png: bytes) -> tuple[int, int]:
    """Return a PNG's size, from its header."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _limit_memory() -> None:
    """Let it fail early where a file asks for more than any picture needs; not every system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main())
