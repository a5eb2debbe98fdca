"""From a prompt to a finished picture: read the brief, draw its kind, add the mark."""

from collections.abc import Callable

from PIL import Image

from asset_pipeline.sandbox.drawing import brief as briefs
from asset_pipeline.sandbox.drawing import icons, letterheads, mark, scenes, textures
from asset_pipeline.sandbox.drawing.brief import Brief, Kind
from asset_pipeline.sandbox.drawing.canvas import Canvas

_KINDS: dict[Kind, Callable[[Brief, int, int, int], Canvas]] = {
    Kind.ICON: icons.draw,
    Kind.DATABASE_ICON: icons.draw,
    Kind.COVER: scenes.draw,
    Kind.POSTER: scenes.draw,
    Kind.TEXTURE: textures.draw,
    Kind.LETTERHEAD: letterheads.draw,
}


def draw_unmarked(brief: Brief, *, width: int, height: int, seed: int) -> Image.Image:
    """Draw a brief without the mark."""
    return _KINDS[brief.kind](brief, width, height, seed).image


def draw(prompt: str, *, width: int, height: int, seed: int) -> Image.Image:
    """Draw what a prompt asks for, the same pixels for the same arguments everywhere.

    Args:
        prompt: The text a model would get. Kind of image, subject and `#rrggbb` colours are read from it.
        width: Width of the picture in pixels, 64 to 4096.
        height: Height of the picture in pixels, 64 to 4096.
        seed: Varies the details; kind, motif and palette stay.

    Returns:
        An RGB picture of exactly this size, with a small SANDBOX mark in the lower right.
    """
    brief = briefs.read(prompt)
    image = draw_unmarked(brief, width=width, height=height, seed=seed)
    mark.add(image, ink=brief.palette.ink, paper=brief.palette.paper)
    return image
