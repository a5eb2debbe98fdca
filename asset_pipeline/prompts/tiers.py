"""The visual tiers and the symbols, as `tiers.yaml` and `symbols.yaml` have them, and which an image gets."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from asset_pipeline.errors import Problem
from asset_pipeline.prompts.guides import Choice, Guide, read_guide
from asset_pipeline.prompts.rules import Place, WordRule, find_word, first_match
from asset_pipeline.prompts.sources import PromptFile
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.fields import Entry, Line, Text, TierName, Words
from asset_pipeline.specs.wanted import Tier
from asset_pipeline.yamlfile import YamlDocument

TIERS_FILE, SYMBOLS_FILE = "tiers.yaml", "symbols.yaml"


class TierEntry(Entry):
    """How much an image makes of itself."""

    title: Line = Field(description="Its name, for people.")
    description: Text = Field("", description="When it is right, for people.")
    scene: Line = Field(description="What it looks like in a picture.")
    shapes: Line = Field(description="What it looks like in a flat symbol.")


class TierRule(WordRule):
    """Which images get a tier."""

    tier: TierName = Field(description="The tier.")

    @property
    def gives(self) -> str:
        """What the rule decides for."""
        return self.tier


class Tiers(Entry):
    """What `tiers.yaml` says."""

    default: TierName = Field(description="Tier of images that no rule is for.")
    look_in: list[Place] = Field(["title"], description="Where words are looked for, the most telling place first.")
    tiers: dict[TierName, TierEntry] = Field(description="All five tiers.")
    rules: list[TierRule] = Field([], description="Which images get which tier; the first that applies counts.")


class SymbolRule(WordRule):
    """Which images get a symbol."""

    show: Line = Field(description="The thing that stands for the words.")

    @property
    def gives(self) -> str:
        """What the rule decides for."""
        return self.show


class Symbols(Entry):
    """What `symbols.yaml` says."""

    things: Words = Field([], description="Words that are pictures already: an image that has one gets no symbol.")
    look_in: list[Place] = Field(["title"], description="Where words are looked for, the most telling place first.")
    rules: list[SymbolRule] = Field([], description="Which things stand for which words; the first counts.")


def read_tiers(file: PromptFile) -> Guide[Tiers]:
    """Return what `tiers.yaml` says.

    Raises:
        PromptFileError: Something is wrong in it; everything is named.
    """
    return read_guide(file, Tiers, _missing_tiers)


def read_symbols(file: PromptFile) -> Guide[Symbols]:
    """Return what `symbols.yaml` says.

    Raises:
        PromptFileError: Something is wrong in it; everything is named.
    """
    return read_guide(file, Symbols)


def choose_tier(guide: Guide[Tiers], image: WantedImage) -> Choice:
    """Return the tier of an image and why: the spec's, the first rule's, or the default."""
    if image.tier:
        return Choice(image.tier, "the spec says so")
    match = first_match(guide.says.rules, image, order=guide.says.look_in)
    if match:
        return Choice(match.gives, guide.because(match))
    return Choice(guide.says.default, f"no rule applies, so it is the default ({guide.place(('default',))})")


def choose_symbol(guide: Guide[Symbols], image: WantedImage) -> Choice:
    """Return the thing that stands for an image, or none where its own words are a picture already."""
    thing = named_thing(guide, image)
    if thing:
        return Choice(None, f"none is needed: {thing!r} is a picture already")
    match = first_match(guide.says.rules, image, order=guide.says.look_in)
    return Choice(match.gives, guide.because(match)) if match else Choice(None, "no rule applies")


def named_thing(guide: Guide[Symbols], image: WantedImage) -> str | None:
    """Return the word in an image's title or description that is a picture already."""
    return find_word(guide.says.things, image.title) or find_word(guide.says.things, image.description)


def _missing_tiers(says: Tiers, document: YamlDocument) -> Iterator[Problem]:
    for tier in Tier:
        if tier not in says.tiers:
            yield document.problem(("tiers", tier.value), "is missing; all five tiers must be there")
