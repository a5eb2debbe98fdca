"""Textures: surfaces that tile without a seam."""

import re
from collections.abc import Callable
from random import Random

from PIL import Image

from asset_pipeline.sandbox.drawing.brief import Brief
from asset_pipeline.sandbox.drawing.canvas import Canvas
from asset_pipeline.sandbox.drawing.textures import drawn, natural, woven

Surface = Callable[[Brief, tuple[int, int], Random], Image.Image]

SURFACES: dict[str, tuple[Surface, str]] = {
    "parchment": (natural.parchment, "parchment|papyrus|old paper|aged paper|antique paper|paper"),
    "vellum": (natural.vellum, "vellum"),
    "marble": (natural.marble, "marble|stone|granite|onyx"),
    "leather": (natural.leather, "leather|hide|suede"),
    "wood": (natural.wood, "wood|wooden|wood grain|oak|walnut|mahogany|timber"),
    "linen": (woven.linen, "linen|canvas|cloth|fabric|cotton|weave|woven"),
    "lace": (woven.lace, "lace|doily|crochet"),
    "silk": (woven.silk, "silk|satin|velvet|damask|moire"),
    "blueprint": (drawn.blueprint, "blueprint|grid|drafting|technical drawing"),
    "watermark": (drawn.watermark, "gold watermark|watermark|guilloche|banknote|security paper"),
    "geometric": (drawn.geometric, "geometric|pattern|mosaic|art deco|hexagon"),
}

_WORDS = re.compile(
    r"\b(?:" + "|".join(f"(?P<{name}>(?:{words})s?)" for name, (_, words) in SURFACES.items()) + r")\b",
    re.IGNORECASE,
)


def choose(brief: Brief) -> str:
    """Name the surface whose word comes first in the prompt; without any, let the digest decide."""
    found = _WORDS.search(brief.subject)
    names = list(SURFACES)
    return found.lastgroup if found and found.lastgroup else names[brief.digest // 13 % len(names)]


def draw(brief: Brief, width: int, height: int, seed: int) -> Canvas:
    """Draw a texture."""
    surface, _ = SURFACES[choose(brief)]
    return Canvas(width, height, surface(brief, (width, height), brief.chance("texture", seed)))
