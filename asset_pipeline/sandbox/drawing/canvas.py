"""An RGB picture that grows by layers: shapes cut as masks and filled with a colour or a gradient."""

import math
from collections.abc import Callable, Sequence

from PIL import Image, ImageFilter

from asset_pipeline.sandbox.drawing.colour import RGB
from asset_pipeline.sandbox.drawing.pen import Pen

Fill = RGB | Image.Image


def gradient(size: tuple[int, int], colours: Sequence[RGB], *, across: bool = False) -> Image.Image:
    """Blend colours evenly from top to bottom, or from left to right."""
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata(list(colours))
    # Half a pixel at each end would stay flat; the box begins and ends in the middle of a colour.
    last = len(colours) - 0.5
    box = (0.5, 0.0, last, 1.0) if across else (0.0, 0.5, 1.0, last)
    if across:
        strip = strip.transpose(Image.Transpose.ROTATE_90)
    return strip.resize(size, Image.Resampling.BILINEAR, box=box)


def fineness(width: int, height: int) -> int:
    """How many times larger shapes are drawn than shown: small pictures can afford more."""
    longest = max(width, height)
    return 4 if longest <= 512 else 2 if longest <= 2048 else 1


class Canvas:
    """A picture in the making.

    Attributes:
        image: The picture so far.
        width: Its width in pixels.
        height: Its height in pixels.
    """

    def __init__(self, width: int, height: int, ground: Fill) -> None:
        self.width, self.height = width, height
        self.image: Image.Image
        if isinstance(ground, Image.Image):
            self.image = ground
        else:
            self.image = Image.new("RGB", (width, height), ground)
        self._finer = fineness(width, height)

    @classmethod
    def from_sheet(cls, width: int, height: int, ground: RGB, paint: Callable[[Pen], None]) -> "Canvas":
        """Begin with many opaque shapes in many colours, which one large sheet takes faster than masks."""
        finer = fineness(width, height)
        sheet = Image.new("RGB", (width * finer, height * finer), ground)
        paint(Pen(sheet, scale=finer))
        return cls(width, height, sheet.reduce(finer))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def stencil(self) -> Pen:
        """Return a pen on an empty mask, in pixels of the picture; paint 255 into it."""
        size = (self.width * self._finer, self.height * self._finer)
        return Pen(Image.new("L", size), scale=self._finer)

    def mask(self, stencil: Pen) -> tuple[Image.Image, tuple[int, int, int, int]] | None:
        """Reduce a stencil to the picture's size; only the part that was drawn on, and where it lies."""
        drawn = stencil.image.getbbox()
        if drawn is None:
            return None
        finer = self._finer
        box = (drawn[0] // finer, drawn[1] // finer, -(-drawn[2] // finer), -(-drawn[3] // finer))
        big = (box[0] * finer, box[1] * finer, box[2] * finer, box[3] * finer)
        return stencil.image.reduce(finer, box=big), box

    def fill(self, stencil: Pen, fill: Fill, *, opacity: float = 1.0) -> None:
        """Fill a stencil with one colour, or with a picture stretched over the drawn part."""
        found = self.mask(stencil)
        if found is None:
            return
        mask, box = found
        if opacity < 1:
            mask = mask.point([round(value * opacity) for value in range(256)])
        if isinstance(fill, Image.Image):
            # A gradient comes small and is stretched; `size` may already fit.
            wide = (box[2] - box[0], box[3] - box[1])
            fill = fill if fill.size == wide else fill.resize(wide, Image.Resampling.BILINEAR)
        self.image.paste(fill, box, mask)

    def shade(
        self,
        stencil: Pen,
        colour: RGB,
        *,
        blur: float,
        opacity: float,
        drop: float,
        until: float | None = None,
    ) -> None:
        """Cast a soft shadow of a stencil: blurred on a small copy, then stretched.

        Args:
            stencil: What casts it.
            colour: The shadow's colour.
            blur: How soft it is, in pixels.
            opacity: How strong it is, 0 to 1.
            drop: How far below the stencil it lies, in pixels.
            until: Where it may end, when the stencil itself will cover all that is below.
        """
        steps = max(1, min(16, round(blur / 2))) * self._finer
        per_step = self._finer / steps
        bottom = self.height if until is None else min(self.height, math.ceil(until + drop + 1))
        small = stencil.image.reduce(steps).filter(ImageFilter.GaussianBlur(blur * per_step))
        small = small.point([round(value * opacity) for value in range(256)])
        top = -drop * per_step
        lifted = Image.new("L", (small.width, max(1, math.ceil(bottom * per_step)) + 2))
        lifted.paste(small, (0, round(-top)))
        mask = lifted.resize(
            (self.width, bottom),
            Image.Resampling.BICUBIC,
            box=(0, 0, self.width * per_step, bottom * per_step),
        )
        self.image.paste(colour, (0, 0), mask)

    def light(self, x: float, y: float, radius: float, colour: RGB, *, opacity: float) -> None:
        """Lay a soft round light on the picture, strongest in its middle."""
        # Pillow's gradient ends at the square's corners; this light ends at the inscribed circle.
        fall_off = [round(255 * opacity * max(0.0, 1 - v * math.sqrt(2) / 255) ** 2) for v in range(256)]
        small = Image.radial_gradient("L").point(fall_off)
        left, top = max(0, round(x - radius)), max(0, round(y - radius))
        right, bottom = min(self.width, round(x + radius)), min(self.height, round(y + radius))
        if right <= left or bottom <= top:
            return
        # Only the part within the picture is stretched: most lights are larger than what is seen of them.
        step = small.width / (2 * radius)
        edges = ((left - x + radius), (top - y + radius), (right - x + radius), (bottom - y + radius))
        box = tuple(min(float(small.width), max(0.0, edge * step)) for edge in edges)
        mask = small.resize(
            (right - left, bottom - top), Image.Resampling.BILINEAR, box=(box[0], box[1], box[2], box[3])
        )
        self.image.paste(colour, (left, top), mask)

    def stamp(self, image: Image.Image, x: float, y: float) -> None:
        """Lay a transparent picture on this one, its middle at the given place."""
        place = (round(x - image.width / 2), round(y - image.height / 2))
        self.image.paste(image, place, image)
