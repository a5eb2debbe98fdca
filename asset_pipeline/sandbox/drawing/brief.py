"""What a prompt asks for: kind of image, motif, palette, and numbers to be random from."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from asset_pipeline.sandbox.drawing import motifs, palette
from asset_pipeline.sandbox.drawing.palette import Palette


class Kind(StrEnum):
    """The kinds of image that are drawn differently."""

    ICON = "icon"
    DATABASE_ICON = "database_icon"
    COVER = "cover"
    TEXTURE = "texture"
    LETTERHEAD = "letterhead"
    POSTER = "poster"


# The earliest match decides, so the order matters only for phrases that begin at one place.
_KINDS = re.compile(
    r"\b(?:(?P<database_icon>database[\s_-]*icons?)|(?P<icon>icons?|pictograms?|glyphs?)"
    r"|(?P<letterhead>letter[\s_-]*head(?:er|ing)?s?)|(?P<cover>covers?|banners?|header\s+images?)"
    r"|(?P<texture>textures?|seamless|tileable))\b",
    re.IGNORECASE,
)
_HEX = re.compile(r"#[0-9a-fA-F]{3,8}\b")
# What an image must not show is no subject: "no people", "avoid: text, keys".
_UNWANTED = re.compile(
    r"\bno\s[^,.:;\n]*|\b(?:without|avoid(?:ing|s)?|exclud(?:e|ing)|never)\b:?[^.:;\n]*", re.IGNORECASE
)


@dataclass(frozen=True)
class Brief:
    """A prompt, understood.

    Attributes:
        prompt: The words, as they came.
        subject: The words that may name a subject: no colours, kinds or unwanted things.
        kind: What sort of image it is.
        motif: The name of its symbol.
        palette: Its colours.
        digest: A number that depends on the prompt alone.
    """

    prompt: str
    subject: str
    kind: Kind
    motif: str
    palette: Palette
    digest: int

    def chance(self, purpose: str, seed: int | None = None) -> Random:
        """Return random numbers for one purpose, the same in every process.

        Args:
            purpose: What they are for; another purpose gets other numbers.
            seed: The call's seed; without it the numbers depend on the prompt only.
        """
        return Random(number(f"{purpose}|{seed}|{self.prompt}"))  # noqa: S311 - drawings, not secrets


def number(text: str) -> int:
    """Return a large number that is stable across processes and machines."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16], "big")


def read(prompt: str) -> Brief:
    """Understand a prompt."""
    digest = number(prompt)
    wanted = _UNWANTED.sub(" ", _HEX.sub(" ", prompt))
    kind = _KINDS.search(wanted)
    subject = _KINDS.sub(" ", wanted)
    return Brief(
        prompt=prompt,
        subject=subject,
        kind=Kind(kind.lastgroup) if kind and kind.lastgroup else Kind.POSTER,
        motif=motifs.choose(subject, digest),
        palette=palette.from_prompt(prompt, digest),
        digest=digest,
    )
