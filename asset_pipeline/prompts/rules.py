"""Rules that look for whole words: which one applies to an image, by which word, found where.

A word matches itself and its plural, in any case, and never a part of another word: `will` is not in `willow`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.fields import Entry, TypeName, Words
from asset_pipeline.suggestions import suggest

PLACES = ("title", "role", "description")


def _place(value: str) -> str:
    if value not in PLACES:
        raise ValueError(f"not allowed{suggest(value, PLACES)}")
    return value


Place = Annotated[str, AfterValidator(_place), WithJsonSchema({"enum": [*PLACES]})]


class WordRule(Entry):
    """A rule: the images it applies to, by type or by the words that they use."""

    words: Words = Field([], description="Whole words or phrases, one of which must be there.")
    types: list[TypeName] = Field([], description="Types it is for; all if left out. Alone, it takes all of them.")
    look_in: list[Place] = Field([*PLACES], min_length=1, description="Where the words count.")

    @model_validator(mode="after")
    def _says_something(self) -> WordRule:
        if not self.words and not self.types:
            raise ValueError("a rule needs words, or types")
        return self

    @property
    def gives(self) -> str:
        """What the rule decides for."""
        raise NotImplementedError


@dataclass(frozen=True)
class Match:
    """Why a rule applies.

    Args:
        number: Place of the rule in its list, from 0.
        gives: What it decides for.
        word: The word as the image has it; empty where the type alone decides.
        place: `title`, `role`, `description` or `type`.
    """

    number: int
    gives: str
    word: str
    place: str


def first_match(rules: Sequence[WordRule], image: WantedImage, *, order: Sequence[str] = PLACES) -> Match | None:
    """Return the first rule that applies to an image: by type alone, then by words, place after place.

    What a title says beats whatever a description mentions, so every rule looks into one place before any looks
    into the next.

    Args:
        rules: In their order.
        image: What is wanted.
        order: Places, the most telling first.
    """
    candidates = [(n, rule) for n, rule in enumerate(rules) if not rule.types or image.type in rule.types]
    for number, rule in candidates:
        if not rule.words:
            return Match(number, rule.gives, "", "type")
    for place in order:
        text = getattr(image, place)
        for number, rule in candidates if text else ():
            found = find_word(rule.words, text) if rule.words and place in rule.look_in else None
            if found:
                return Match(number, rule.gives, found, place)
    return None


def find_word(words: Sequence[str], text: str) -> str | None:
    """Return the first of the words that stands in a text as a whole word, as the text has it."""
    match = _pattern(tuple(words)).search(text) if words else None
    return match[0] if match else None


@lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<!\w)(?:{'|'.join(_forms(word) for word in longest_first)})(?!\w)", re.IGNORECASE)


def _forms(word: str) -> str:
    *before, last = (re.escape(part) for part in word.split())
    plural = rf"{last[:-1]}(?:y|ies)" if re.search(r"[^aeiou]y$", last) else rf"{last}(?:s|es)?"
    return r"[\s-]+".join([*before, plural])
