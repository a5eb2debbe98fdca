"""Opens the files that are checked, and finds those that are damaged or cut off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.specs import WantedImage

Source: TypeAlias = bytes | Path | Image.Image

# The last chunk of a PNG, and the last marker of a JPEG; some tools put a little more behind them.
_ENDS = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}
_TAIL = 1024


@dataclass(frozen=True)
class Opened:
    """A file that is known to be whole.

    Args:
        picture: Decoded.
        format: `png`, `webp`, `jpg` or `svg`, by its first bytes; None of a picture that came without its file.
        suffix: Of its name, lower-case, without the dot; None where it came without a name.
    """

    picture: Image.Image
    format: str | None
    suffix: str | None

    @classmethod
    def of(cls, source: Source, wanted: WantedImage) -> Opened:
        """Open a picture.

        Args:
            source: The file, where it lies, or a picture that has been decoded already.
            wanted: Says how large an SVG is drawn.

        Raises:
            ImageError: It is no picture, or it is damaged or cut off.
        """
        if isinstance(source, Image.Image):
            return cls(source, describe(source).format if source.format else None, None)
        data, suffix = _read(source) if isinstance(source, Path) else (source, None)
        picture = open_image(data, svg_covers=(wanted.width, wanted.height))
        # Pillow forgives a file that lacks only its end.
        if _ENDS.get(str(picture.format), b"") not in data[-_TAIL:]:
            raise ImageError("the picture is cut off at its end")
        return cls(picture, describe(picture).format, suffix)


def _read(path: Path) -> tuple[bytes, str]:
    try:
        return path.read_bytes(), path.suffix.lower().removeprefix(".")
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror}") from None
