"""Grey maps and line work that wrap around: what leaves on the right comes in on the left."""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageFilter

from asset_pipeline.sandbox.drawing.canvas import fineness
from asset_pipeline.sandbox.drawing.colour import RGB
from asset_pipeline.sandbox.drawing.pen import Paint, Pen, Point

_PAD = 4


def padded(tile: Image.Image, pad: int) -> Image.Image:
    """Surround a tile with its own repetition."""
    wide, high = tile.size
    image = Image.new(tile.mode, (wide + 2 * pad, high + 2 * pad))
    for x in range(pad % wide - wide, image.width, wide):
        for y in range(pad % high - high, image.height, high):
            image.paste(tile, (x, y))
    return image


def grow(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Stretch a tile smoothly, across its seams too."""
    box = (_PAD, _PAD, _PAD + tile.width, _PAD + tile.height)
    return padded(tile, _PAD).resize(size, Image.Resampling.BICUBIC, box=box)


def noise(chance: Random, size: tuple[int, int], across: int, down: int) -> Image.Image:
    """Return smooth random light and dark, so many cells across and down."""
    cells = (max(1, min(across, size[0])), max(1, min(down, size[1])))
    return grow(Image.frombytes("L", cells, chance.randbytes(cells[0] * cells[1])), size)


def clouds(chance: Random, size: tuple[int, int], cells: Sequence[int]) -> Image.Image:
    """Pile up noise from coarse to fine, each layer weaker than the last."""
    ratio = size[1] / size[0]
    image = noise(chance, size, cells[0], max(1, round(cells[0] * ratio)))
    for index, count in enumerate(cells[1:], 1):
        finer = noise(chance, size, count, max(1, round(count * ratio)))
        image = Image.blend(image, finer, 0.42 / (1 + 0.18 * index))
    return image


def curve(image: Image.Image, low: float, high: float) -> Image.Image:
    """Stretch the greys between two levels (0 to 1) to the whole range."""
    span = max(0.001, high - low)
    return image.point([round(255 * min(1.0, max(0.0, (v / 255 - low) / span))) for v in range(256)])


def soft(tile: Image.Image, radius: float) -> Image.Image:
    """Blur a tile across its seams."""
    pad = math.ceil(radius * 3)
    wide = padded(tile, pad).filter(ImageFilter.GaussianBlur(radius))
    return wide.crop((pad, pad, pad + tile.width, pad + tile.height))


def relief(height: Image.Image, shift: int, strength: float) -> Image.Image:
    """Light a height map from the upper left; a flat place becomes middle grey."""
    return ImageChops.subtract(height, ImageChops.offset(height, shift, shift), 1 / strength, 128)


def tinted(grey: Image.Image, colours: Sequence[RGB]) -> Image.Image:
    """Colour a grey map from dark to light along the colours."""
    tables: list[list[int]] = [[], [], []]
    for value in range(256):
        place = value / 255 * (len(colours) - 1)
        low = min(int(place), len(colours) - 2)
        for table, first, second in zip(tables, colours[low], colours[low + 1], strict=True):
            table.append(round(first + (second - first) * (place - low)))
    return Image.merge("RGB", [grey.point(table) for table in tables])


class Sheet:
    """A mask of one tile to draw on; shapes that cross an edge come in at the opposite one.

    Attributes:
        width: Width in pixels.
        height: Height in pixels.
        pen: Draws once, without wrapping: for patterns that repeat by themselves.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.width, self.height = size
        self._finer = fineness(*size)
        mask = Image.new("L", (size[0] * self._finer, size[1] * self._finer))
        self.pen = Pen(mask, scale=self._finer)

    def copies(self, x: float, y: float, reach: float) -> list[Pen]:
        """Return pens with their zero point at a place and at its repetitions within reach of the tile."""
        x, y = x % self.width, y % self.height
        pens = []
        for dx in (-self.width, 0, self.width):
            for dy in (-self.height, 0, self.height):
                inside_x = -reach < x + dx < self.width + reach
                if inside_x and -reach < y + dy < self.height + reach:
                    pens.append(self.pen.at(x + dx, y + dy))
        return pens

    def thread(self, points: Sequence[Point], widths: Sequence[float], paint: Paint) -> None:
        """Draw a line of changing width piece by piece, each piece wrapped into the tile."""
        for index in range(len(points) - 1):
            (x0, y0), (x1, y1) = points[index], points[index + 1]
            dx, dy = x1 - x0, y1 - y0
            reach = abs(dx) + abs(dy) + widths[index]
            x, y = x0 % self.width, y0 % self.height
            if reach < x < self.width - reach and reach < y < self.height - reach:
                self.pen.stroke([(x, y), (x + dx, y + dy)], widths[index], paint)
                continue
            for pen in self.copies(x0, y0, reach):
                pen.stroke([(0, 0), (dx, dy)], widths[index], paint)

    def mask(self) -> Image.Image:
        """Return the mask in the tile's own size."""
        return self.pen.image.reduce(self._finer)


def lay(image: Image.Image, mask: Image.Image, colour: RGB, opacity: float = 1.0) -> None:
    """Lay a colour on a picture through a mask."""
    if opacity < 1:
        mask = mask.point([round(value * opacity) for value in range(256)])
    image.paste(colour, (0, 0), mask)


def even(length: float, step: float, multiple: int = 1) -> int:
    """How many steps of about this size fit a length, as a multiple: only whole numbers tile."""
    return max(1, round(length / step / multiple)) * multiple
