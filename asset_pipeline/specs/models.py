"""The spec format as it is written in YAML; its JSON Schema lies beside the specs for editors."""

from __future__ import annotations

from pydantic import Field

from asset_pipeline.specs.fields import (
    MAX_FALLBACKS,
    Entry,
    FormatName,
    InputValue,
    Line,
    MasterPrompt,
    ModelRef,
    Palette,
    Size,
    Slug,
    Text,
    TierName,
    ToneName,
    TypeName,
    Words,
)
from asset_pipeline.specs.renditions import MAX_RENDITIONS, RenditionEntry
from asset_pipeline.specs.wanted import DEFAULT_SAMPLE


class ThemeEntry(Entry):
    """What all images of the collection have in common."""

    style: Words = Field([], description="Style words, as a list or with commas.")
    palette: Palette = Field({}, description='Colours by name, such as primary: "#4A7C74".')
    mood: Words = Field([], description="Mood words.")
    avoid: Words = Field([], description="What must not be seen.")


class TypeEntry(Entry):
    """What a type means in this collection; what is left out comes from the built-in defaults."""

    model: ModelRef | None = Field(
        None,
        description="Image model: owner/name, owner/name:version or deployments/owner/name on Replicate, or"
        " openrouter:owner/name.",
    )
    size: Size | None = Field(None, description="Size of the finished file in pixels, such as 64x64.")
    format: FormatName | None = Field(None, description="Format of the finished file.")
    fallbacks: list[ModelRef] | None = Field(
        None,
        max_length=MAX_FALLBACKS,
        description="Models that are tried in this order where the one before is down or refuses the prompt.",
    )
    transparent: bool | None = Field(
        None, description="Cut the ground out, where it is plain; png, webp or avif. A jpg has no transparency."
    )
    renditions: list[RenditionEntry] | None = Field(
        None, max_length=MAX_RENDITIONS, description="Further files of each image: sizes, formats, @2x, a favicon."
    )
    input: dict[Line, InputValue] | None = Field(
        None, description="Further input of the model, such as style: digital_illustration; not for fallbacks."
    )
    master_prompt: MasterPrompt | None = Field(None, description="Jinja2 template of the prompt, for this type.")


class ImageEntry(TypeEntry):
    """One wanted image."""

    type: TypeName = Field(description="Kind of image.")
    title: Line = Field(description="What it stands for, in a few words.")
    slug: Slug | None = Field(None, description="Last part of its key; made from the title if left out.")
    description: Text = Field("", description="What it stands for, in a sentence or two.")
    role: Line | None = Field(None, description="Whom it is for.")
    tier: TierName | None = Field(None, description="Visual weight; found by the rules of tiers.yaml if left out.")
    tone: ToneName | None = Field(None, description="A tone of tones.yaml; found by the rules there if left out.")
    variants: int = Field(1, ge=1, le=20, description="How many different images of it are wanted.")


class PageEntry(Entry):
    """A page: it gets one icon and one cover."""

    title: Line = Field(description="Title of the page.")
    slug: Slug | None = Field(None, description="Last part of both keys; made from the title if left out.")
    description: Text = Field("", description="What happens on the page.")
    role: Line | None = Field(None, description="Whom the page is for.")
    tier: TierName | None = Field(None, description="Visual weight; found by the rules of tiers.yaml if left out.")
    tone: ToneName | None = Field(None, description="A tone of tones.yaml; found by the rules there if left out.")


class Spec(Entry):
    """One collection of images."""

    collection: Slug = Field(description="Namespace of the images' keys.")
    title: Line | None = Field(None, description="The collection's name, for people.")
    sample: int = Field(
        DEFAULT_SAMPLE, ge=1, le=1000, description="Images that are made for a person to see before the rest is bought."
    )
    theme: ThemeEntry = Field(ThemeEntry(), description="What all images have in common.")
    types: dict[TypeName, TypeEntry] = Field({}, description="What each type means here.")
    images: list[ImageEntry] = Field([], description="Images, one by one.")
    pages: list[PageEntry] = Field([], description="Pages; each gives one icon and one cover.")
