"""Makes small pictures when they are first asked for, and keeps them by the hash of what they were made of."""

from __future__ import annotations

import io
import threading

from PIL import Image, UnidentifiedImageError

from asset_pipeline.errors import ImageError
from asset_pipeline.folders import FolderFile, sweep
from asset_pipeline.images.svg import draw_svg, is_svg
from asset_pipeline.paths import Paths

SIDE = 320
QUALITY = 82
MAX_PIXELS = 60_000_000
DRAWN_MAX_PIXELS = 1_000_000
AT_ONCE = 2


class Thumbnails:
    """Small pictures.

    Args:
        paths: Where they are kept.
    """

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.folder(paths.thumbnails)
        sweep(self._folder, paths.folder(paths.review))
        # Decoding takes memory: a page of sixty new pictures must not decode them all at once.
        self._turn = threading.Semaphore(AT_ONCE)

    def kept(self, sha256: str) -> FolderFile | None:
        """Return the small picture of a file, where it has been made."""
        place = self._place(sha256)
        return place if place.is_file() else None

    def make(self, file: FolderFile, sha256: str) -> FolderFile:
        """Return the small picture of a file, made now if it has not been.

        Raises:
            ImageError: The file is no picture that can be read.
        """
        place = self._place(sha256)
        with self._turn:
            if not place.is_file():
                place.write(_small(file))
        return place

    def _place(self, sha256: str) -> FolderFile:
        return FolderFile(self._folder, f"{sha256[:2]}/{sha256}.webp")


def _small(file: FolderFile) -> bytes:
    try:
        data = file.read()
        if is_svg(data):
            data = draw_svg(data, covers=(SIDE, SIDE), max_pixels=DRAWN_MAX_PIXELS)
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ImageError(f"{file.name} has too many pixels for a small picture")
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a fraction of its size
            small = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
        raise ImageError(f"{file.name} cannot be made smaller: {error}") from error
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=QUALITY, method=4)
    return buffer.getvalue()
