"""The symbols a drawing can be about: their names, the words that ask for them, their stamps."""

from PIL import Image

from asset_pipeline.sandbox.drawing.colour import RGB
from asset_pipeline.sandbox.drawing.motifs import civic, emblems, home, paper, signs
from asset_pipeline.sandbox.drawing.motifs.inks import Inks, Motif
from asset_pipeline.sandbox.drawing.motifs.words import first_motif
from asset_pipeline.sandbox.drawing.pen import Pen

MOTIFS: dict[str, Motif] = {
    **paper.MOTIFS,
    **home.MOTIFS,
    **civic.MOTIFS,
    **signs.MOTIFS,
    **emblems.EMBLEMS,
}


def choose(text: str, digest: int) -> str:
    """Name the motif the text asks for; a geometric emblem when it asks for none."""
    names = list(emblems.EMBLEMS)
    return first_motif(text) or names[digest % len(names)]


def stamp(name: str, size: int, *, ink: RGB, shade: RGB, accent: RGB) -> Image.Image:
    """Draw a motif on a transparent square of this many pixels."""
    finer = 4 if size <= 160 else 3 if size <= 800 else 2
    wide = size * finer
    nothing = (*ink, 0)
    image = Image.new("RGBA", (wide, wide), nothing)
    pen = Pen(image, scale=wide / 100, origin=(wide / 2, wide / 2))
    MOTIFS[name](pen, Inks(ink=(*ink, 255), shade=(*shade, 255), accent=(*accent, 255), clear=nothing))
    return image.reduce(finer)


__all__ = ["MOTIFS", "choose", "first_motif", "stamp"]
