"""What a spec means once it is read: collections of wanted images, each complete in itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

# Images that are made before a person has approved the rest of a collection.
DEFAULT_SAMPLE = 10
PERSON = "person"
# What people want of an image besides its spec.
_OF_PERSONS = {"take", "note", "own_prompt"}


class ImageType(StrEnum):
    """The kinds of images there are; also the folder names under the images."""

    ICONS = "icons"
    COVERS = "covers"
    TEXTURES = "textures"
    LETTER_HEADERS = "letter_headers"
    DATABASE_ICONS = "database_icons"


class Tier(StrEnum):
    """How much weight an image carries on its page."""

    HUB = "hub"
    SECTION = "section"
    DOCUMENT = "document"
    LETTER = "letter"
    DIGITAL = "digital"


class Theme(BaseModel):
    """What all images of a collection have in common.

    Args:
        style: Style words, most important first.
        palette: Colours as `(name, "#rrggbb")`, most important first.
        mood: Mood words.
        avoid: What must not be seen.
    """

    model_config = ConfigDict(frozen=True)

    style: tuple[str, ...] = ()
    palette: tuple[tuple[str, str], ...] = ()
    mood: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()


class WantedRendition(BaseModel):
    """One further file of an image, complete in itself.

    Args:
        name: Of the file, without its folder.
        sizes: Width and height in pixels; more than one for an ICO only.
        format: `png`, `webp`, `jpg`, `avif` or `ico`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    sizes: tuple[tuple[int, int], ...]
    format: str


class OwnPrompt(BaseModel):
    """A prompt that a person has decided on for one image.

    Args:
        text: The prompt.
        negative: What must not be seen.
        author: Who wrote it: `person`, or the model whose candidate was picked.
        holds_for: Where it belongs to a picture that was adopted: hash of the model and size that this stands for. With
            any other the prompt does not count. Empty where it does whatever the spec wants.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    negative: str = ""
    author: str = PERSON
    holds_for: str = ""


class WantedImage(BaseModel):
    """One wanted file, with everything that decides how it looks.

    Args:
        key: `<collection>.<type>.<slug>`: the partition, the file's name, and every row about it.
        collection: Namespace of the key.
        type: Kind of image.
        slug: Last part of the key.
        title: What it stands for, in a few words.
        description: The same in a sentence or two.
        role: Whom the page is for, if that matters.
        tier: Visual weight, if the spec says so.
        tone: Emotional tone, if the spec says so.
        variant: 1, or the number of a further image of the same thing.
        model: As the spec names it: `owner/name`, with a version or as a deployment on Replicate, or
            `openrouter:owner/name`.
        fallbacks: Models that are tried, in this order, where the one before is down or refuses the prompt.
        input: Further input of the model, by name; not for fallbacks.
        width: Pixels of the finished file.
        height: Pixels of the finished file.
        format: `png`, `webp` or `jpg`.
        master_prompt: The spec's own template for this type, in place of the built-in one.
        transparent: Whether its ground is cut out.
        renditions: Further files of it.
        theme: Of the collection.
        take: 1, or more where a person wanted it anew; no part of what the spec wants.
        note: What a person said of the take before; told to those who write its prompt. No part of the spec either.
        own_prompt: A prompt that a person wrote or picked, in place of a competition. No part of the spec either.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    collection: str
    type: ImageType
    slug: str
    title: str
    description: str = ""
    role: str | None = None
    tier: Tier | None = None
    tone: str | None = None
    variant: int = 1
    model: str
    fallbacks: tuple[str, ...] = ()
    input: tuple[tuple[str, str | int | float | bool], ...] = ()
    width: int
    height: int
    format: str
    master_prompt: str | None = None
    transparent: bool = False
    renditions: tuple[WantedRendition, ...] = ()
    theme: Theme = Theme()
    take: int = 1
    note: str = ""
    own_prompt: OwnPrompt | None = None

    @property
    def sha256(self) -> str:
        """Hash of all of it: equal means that the spec wants the same thing."""
        later = ("fallbacks", "input", "tone", "transparent", "renditions")  # keys that came after ledgers were kept
        absent = {name for name in later if not getattr(self, name)}
        return canonical_sha256(self.model_dump(mode="json", exclude=_OF_PERSONS | absent))

    @property
    def making_sha256(self) -> str:
        """Hash of what its model is asked besides the prompt."""
        return canonical_sha256([self.model, self.width, self.height, self.format, self.input])

    @property
    def models(self) -> tuple[str, ...]:
        """All models that may make it, in the order in which they are tried."""
        return (self.model, *(model for model in self.fallbacks if model != self.model))

    def made_by(self, model: str) -> WantedImage:
        """Return the same image as another of its models would make it."""
        if model == self.model:
            return self
        return self.model_copy(update={"model": model, "fallbacks": (), "input": ()})

    @property
    def folder_name(self) -> str:
        """Place of its files under the folder of images."""
        return f"{self.collection}/{self.type}"

    @property
    def file_name(self) -> str:
        """Place of the finished file under the folder of images."""
        return f"{self.folder_name}/{self.slug}.{self.format}"


@dataclass(frozen=True)
class Collection:
    """One spec file, read and expanded.

    Args:
        name: Namespace of its images' keys.
        title: For people.
        file: The spec file, as it is shown to the user.
        sha256: Of the file's bytes.
        images: All wanted images, in the spec's order.
        sample: How many of them are made before a person has approved the rest.
    """

    name: str
    title: str
    file: str
    sha256: str
    images: tuple[WantedImage, ...]
    sample: int = DEFAULT_SAMPLE


def canonical_json(value: Any) -> str:  # noqa: ANN401 - anything that is JSON
    """Return the one JSON text of a value: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def canonical_sha256(value: Any) -> str:  # noqa: ANN401 - anything that is JSON
    """Return the hash of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
