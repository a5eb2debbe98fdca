"""The emotional tones and the lists of style elements, as `tones.yaml` has them, and which of them an image gets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from pydantic import Field

from asset_pipeline.errors import Problem, PromptFileError
from asset_pipeline.prompts.guides import Choice, Guide, read_guide
from asset_pipeline.prompts.rules import PLACES, Place, WordRule, first_match
from asset_pipeline.prompts.sources import PromptFile
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.fields import Entry, Line, Text, ToneName, Words
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import KeyPath, YamlDocument

TONES_FILE = "tones.yaml"
# Below the first, a tone is only hinted at; from the second on, nobody can miss it.
CLEAR, STRONG = 0.8, 0.9


class ToneEntry(Entry):
    """How an image is to feel."""

    title: Line = Field(description="Its name, for people.")
    description: Text = Field("", description="When it is right, for people.")
    keywords: Words = Field(min_length=1, description="Words for the feeling, the most telling first.")
    intensity: float = Field(ge=0, le=1, description="How strongly it is said: 0 hardly, 1 above all.")
    scene: Line = Field(description="What it looks like in a picture.")
    shapes: Line = Field(description="What it looks like in a flat symbol.")

    @property
    def strength(self) -> str:
        """The intensity as a word."""
        if self.intensity >= STRONG:
            return "unmistakably"
        return "clearly" if self.intensity >= CLEAR else "quietly"


class ToneRule(WordRule):
    """Which images get a tone."""

    tone: ToneName = Field(description="The tone.")

    @property
    def gives(self) -> str:
        """What the rule decides for."""
        return self.tone


class StyleLists(Entry):
    """Elements of style; each image gets one of each list, and keeps it."""

    materials: list[Line] = Field(min_length=1, description="What things are made of.")
    lighting: list[Line] = Field(min_length=1, description="Where the light comes from.")
    colors: list[Line] = Field(min_length=1, description="Colours, where the theme names none.")
    textures: list[Line] = Field(min_length=1, description="What surfaces are like.")
    objects: list[Line] = Field(min_length=1, description="Things to look at, where the words name none.")
    composition: list[Line] = Field(min_length=1, description="How the picture is laid out.")


class Tones(Entry):
    """What `tones.yaml` says."""

    default: ToneName | None = Field(None, description="Tone of images that no rule is for; none if left out.")
    look_in: list[Place] = Field([*PLACES], description="Where words are looked for, the most telling place first.")
    tones: dict[ToneName, ToneEntry] = Field(min_length=1, description="The tones.")
    rules: list[ToneRule] = Field([], description="Which images get which tone; the first that applies counts.")
    styles: StyleLists = Field(description="Elements of style.")


def read_tones(file: PromptFile) -> Guide[Tones]:
    """Return what `tones.yaml` says.

    Raises:
        PromptFileError: Something is wrong in it; everything is named.
    """
    return read_guide(file, Tones, _unknown_tones)


def choose_tone(guide: Guide[Tones], image: WantedImage) -> Choice:
    """Return the tone of an image and why: the spec's, the first rule's, or the default.

    Raises:
        PromptFileError: The spec names a tone that there is not.
    """
    says = guide.says
    if image.tone:
        if image.tone not in says.tones:
            said = f"there is no tone {image.tone!r}, which the spec wants{suggest(image.tone, says.tones)}"
            raise PromptFileError([guide.document.problem(("tones",), said)])
        return Choice(image.tone, "the spec says so")
    match = first_match(says.rules, image, order=says.look_in)
    if match:
        return Choice(match.gives, guide.because(match))
    return Choice(says.default, f"no rule applies, so it is the default ({guide.place(('default',))})")


def choose_styles(styles: StyleLists, image: WantedImage) -> dict[str, str]:
    """Return one element of each list, by type and title: a collection varies, and each image keeps its own.

    Neither the image's name nor its place in the spec decides: a collection that is renamed is not bought anew. And
    each element is weighed by itself, so that a changed one concerns only the images that have it.
    """
    return {
        name: _pick(getattr(styles, name), f"{image.type}|{image.title}|{name}") for name in StyleLists.model_fields
    }


def _pick(elements: Sequence[str], seed: str) -> str:
    return max(elements, key=lambda element: hashlib.sha256(f"{seed}|{element}".encode()).digest())


def _unknown_tones(says: Tones, document: YamlDocument) -> Iterator[Problem]:
    named: dict[KeyPath, str | None] = {("default",): says.default}
    named |= {("rules", number, "tone"): rule.tone for number, rule in enumerate(says.rules)}
    for path, name in named.items():
        if name is not None and name not in says.tones:
            yield document.problem(path, f"there is no tone {name!r}{suggest(name, says.tones)}")
