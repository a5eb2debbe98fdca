"""The small SANDBOX mark that keeps a drawing from being taken for a product."""

from PIL import Image, ImageDraw, ImageFont, ImageStat

from asset_pipeline.sandbox.drawing.colour import RGB, luminance, mix
from asset_pipeline.sandbox.drawing.pen import Pen

TEXT = "SANDBOX"


def _lettering(height: int) -> Image.Image:
    """Return the word as a mask, its letters set apart as capitals should be."""
    font = ImageFont.load_default(size=height)
    gap = height * 0.14
    widths = [font.getlength(letter) for letter in TEXT]
    wide = round(sum(widths) + gap * (len(TEXT) - 1))
    mask = Image.new("L", (max(1, wide), round(height * 1.2)))
    pen = ImageDraw.Draw(mask)
    x = 0.0
    for letter, step in zip(TEXT, widths, strict=True):
        pen.text((round(x), mask.height / 2), letter, fill=255, font=font, anchor="lm")
        x += step + gap
    return mask.crop(mask.getbbox())


def add(image: Image.Image, *, ink: RGB, paper: RGB) -> None:
    """Write the mark into the lower right corner, in place."""
    side = min(image.size)
    letters = _lettering(max(7, round(side * 0.011 + 9) if side > 200 else round(side * 0.05 + 4)))
    pad_x, pad_y = round(letters.height * 0.75), round(letters.height * 0.6)
    width, height = letters.width + 2 * pad_x, letters.height + 2 * pad_y
    margin = max(2, round(side * 0.022))
    left, top = max(0, image.width - margin - width), max(0, image.height - margin - height)
    box = (left, top, min(image.width, left + width), min(image.height, top + height))

    r, g, b = (round(value) for value in ImageStat.Stat(image.crop(box)).mean)
    under: RGB = (r, g, b)
    dark = luminance(under) < 0.2
    plate = mix(under, ink if dark else paper, 0.35)
    words = mix(plate, paper if dark else ink, 0.72)

    finer = 4
    pill = Image.new("L", (width * finer, height * finer))
    Pen(pill, scale=finer).rect(0, 0, width, height, 255, radius=height / 2)
    pill = pill.reduce(finer)
    image.paste(plate, (left, top), pill.point([round(value * 0.8) for value in range(256)]))
    image.paste(words, (left + pad_x, top + pad_y), letters)


__all__ = ["TEXT", "add"]
