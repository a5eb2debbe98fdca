"""The spec format as it is written in YAML; its JSON Schema lies beside the specs for editors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from asset_pipeline.specs.wanted import ImageType, Tier
from asset_pipeline.suggestions import suggest

SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]*$"
_NAME = r"(?!deployments/)[a-z0-9][\w.-]*/[a-z0-9][\w.-]*"
MODEL_PATTERN = rf"^({_NAME}(:[0-9a-f]{{64}})?|deployments/{_NAME}|openrouter:{_NAME})$"
MAX_FALLBACKS = 5
MIN_PIXELS, MAX_PIXELS = 16, 4096
MAX_SLUG, MAX_LINE = 80, 200


def slugify(text: str) -> str:
    """Return the slug a title gives: lower-case ASCII letters, digits and single hyphens; empty if nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def _slug(value: str) -> str:
    if not re.fullmatch(SLUG_PATTERN, value):
        suggestion = slugify(value)
        raise ValueError(
            "only lower-case letters, digits and '-' are allowed" + (f", such as {suggestion!r}" if suggestion else "")
        )
    return value


def _model(value: str) -> str:
    if not re.fullmatch(MODEL_PATTERN, value, re.IGNORECASE):
        raise ValueError(
            "must be owner/name, owner/name:version with the version's 64 hex digits, deployments/owner/name,"
            " or openrouter:owner/name"
        )
    return value


def _size(value: str) -> str:
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", value)
    if not match or not all(MIN_PIXELS <= int(side) <= MAX_PIXELS for side in match.groups()):
        raise ValueError(f"must be WIDTHxHEIGHT in pixels, each from {MIN_PIXELS} to {MAX_PIXELS}, such as 64x64")
    return value


def _color(value: str) -> str:
    if not re.fullmatch(r"#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})", value):
        raise ValueError('must be a colour such as "#4A7C74", in quotes')
    digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
    return f"#{digits.upper()}"


def _words(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


def _named_colors(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return {f"color {n}": color for n, color in enumerate(value, 1)} if isinstance(value, list) else value


def _one_of(names: type[StrEnum]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in list(names):
            raise ValueError(f"not allowed{suggest(value, names)}")
        return value

    return check


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return " ".join(value.split())


Slug = Annotated[
    str,
    Field(max_length=MAX_SLUG),
    AfterValidator(_slug),
    WithJsonSchema({"type": "string", "pattern": SLUG_PATTERN}),
]
ModelRef = Annotated[str, AfterValidator(_model)]
Size = Annotated[str, AfterValidator(_size), WithJsonSchema({"type": "string", "pattern": r"^\d+x\d+$"})]
Color = Annotated[str, AfterValidator(_color)]
Line = Annotated[str, Field(max_length=MAX_LINE), AfterValidator(_text)]
Text = Annotated[str, Field(max_length=4000), AfterValidator(lambda value: " ".join(value.split()))]
MasterPrompt = Annotated[str, Field(max_length=20_000), AfterValidator(str.strip)]
_WORD_LIST = {"type": "array", "items": {"type": "string"}}
Words = Annotated[
    list[Line],
    BeforeValidator(_words),
    WithJsonSchema({"anyOf": [_WORD_LIST, {"type": "string"}]}),
]
Palette = Annotated[
    dict[Line, Color],
    BeforeValidator(_named_colors),
    WithJsonSchema({"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, _WORD_LIST]}),
]
InputValue = str | int | Annotated[float, Field(allow_inf_nan=False)] | bool
TypeName = Annotated[str, AfterValidator(_one_of(ImageType)), WithJsonSchema({"enum": [*ImageType]})]
TierName = Annotated[str, AfterValidator(_one_of(Tier)), WithJsonSchema({"enum": [*Tier]})]
FormatName = Literal["png", "webp", "jpg", "jpeg"]


class Entry(BaseModel):
    """Base of everything in a spec: unknown keys are refused and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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
    tier: TierName | None = Field(None, description="Visual weight.")
    variants: int = Field(1, ge=1, le=20, description="How many different images of it are wanted.")


class PageEntry(Entry):
    """A page: it gets one icon and one cover."""

    title: Line = Field(description="Title of the page.")
    slug: Slug | None = Field(None, description="Last part of both keys; made from the title if left out.")
    description: Text = Field("", description="What happens on the page.")
    role: Line | None = Field(None, description="Whom the page is for.")
    tier: TierName | None = Field(None, description="Visual weight.")


class Spec(Entry):
    """One collection of images."""

    collection: Slug = Field(description="Namespace of the images' keys.")
    title: Line | None = Field(None, description="The collection's name, for people.")
    theme: ThemeEntry = Field(ThemeEntry(), description="What all images have in common.")
    types: dict[TypeName, TypeEntry] = Field({}, description="What each type means here.")
    images: list[ImageEntry] = Field([], description="Images, one by one.")
    pages: list[PageEntry] = Field([], description="Pages; each gives one icon and one cover.")
