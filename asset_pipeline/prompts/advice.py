"""What each family of image models wants to read: sentences or keywords, negative prompts or none, how much of it.

Sources: docs.bfl.ai/guides (FLUX: prose, the subject first, no negative prompts, hex colours tied to what has them),
www.recraft.ai/docs, appendix of the API reference (V3 and V2 read 1,000 characters, V4 10,000) and Recraft's guide for
designers (from the whole to the parts; for flat drawings, no words of material), the SDXL report (two CLIP encoders of
77 tokens), and Google's and Ideogram's prompt guides (plain description). Which model takes a negative prompt is read
from its input schema, not from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from asset_pipeline.images.models import built_in_schema

NEGATIVE_KEY = "negative_prompt"


class Wants(StrEnum):
    """The form of a prompt."""

    SENTENCES = "sentences"
    KEYWORDS = "keywords"


@dataclass(frozen=True)
class Advice:
    """What a model wants to read.

    Args:
        family: Name of the family; `other` where nothing is known.
        wants: Form of the prompt.
        takes_negative: Whether its input has a negative prompt; elsewhere the prompt says what is there instead.
        max_chars: How much of a prompt it reads, where that is known.
        tip: For whoever writes a prompt, in a sentence.
    """

    family: str
    wants: Wants
    takes_negative: bool
    max_chars: int | None
    tip: str


@dataclass(frozen=True)
class _Family:
    name: str
    marks: tuple[str, ...]
    wants: Wants
    max_chars: int | None
    tip: str


_FAMILIES = (
    _Family(
        "FLUX",
        ("black-forest-labs/flux", "/flux"),
        Wants.SENTENCES,
        None,
        "Plain prose, the subject in the first words; say what is there, since it understands no negation.",
    ),
    _Family(
        "Recraft V3",
        ("recraft-ai/recraft-v3", "recraft-ai/recraft-20b"),
        Wants.SENTENCES,
        1000,
        "At most 1,000 characters, from the whole to the parts; flat shapes and colours rather than materials.",
    ),
    _Family(
        "Recraft",
        ("recraft",),
        Wants.SENTENCES,
        10_000,
        "From the whole to the parts; flat shapes and colours rather than materials.",
    ),
    _Family(
        "SDXL",
        ("stability-ai/sdxl", "sdxl"),
        Wants.KEYWORDS,
        None,
        "Short phrases with commas, the most important first; it reads about fifty words, and has a negative prompt.",
    ),
    _Family(
        "Stable Diffusion 3",
        ("stability-ai/stable-diffusion",),
        Wants.SENTENCES,
        None,
        "Short sentences, the subject first; it has a negative prompt.",
    ),
    _Family(
        "Imagen",
        ("google/imagen",),
        Wants.SENTENCES,
        None,
        "Subject, surroundings, style, in plain sentences; say what is there instead of what is not.",
    ),
    _Family(
        "Gemini",
        ("gemini", "nano-banana"),
        Wants.SENTENCES,
        None,
        "Describe the picture as to a person, in whole sentences, with its purpose; say what is there.",
    ),
    _Family(
        "Ideogram",
        ("ideogram",),
        Wants.SENTENCES,
        None,
        "Plain sentences, the subject first; it writes whatever stands in quotation marks, so use none.",
    ),
)
_OTHER = _Family("other", (), Wants.SENTENCES, None, "Plain sentences, the subject first; say what is there.")


@cache
def advice_for(model: str) -> Advice:
    """Return what a model wants to read.

    Args:
        model: As the spec names it.
    """
    found = next((one for one in _FAMILIES if any(mark in model.lower() for mark in one.marks)), _OTHER)
    schema = built_in_schema(model)
    takes_negative = bool(schema) and NEGATIVE_KEY in (schema or {}).get("properties", {})
    return Advice(found.name, found.wants, takes_negative, found.max_chars, found.tip)
