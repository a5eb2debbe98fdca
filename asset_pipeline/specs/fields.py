"""What values in a spec may look like: slugs, models, sizes, colours, words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from asset_pipeline.errors import PathError
from asset_pipeline.folders import check_name
from asset_pipeline.specs.wanted import ImageType, Tier
from asset_pipeline.suggestions import suggest

SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]*$"
_NAME = r"(?!deployments/)[a-z0-9][\w.-]*/[a-z0-9][\w.-]*"
MODEL_PATTERN = rf"^({_NAME}(:[0-9a-f]{{64}})?|deployments/{_NAME}|openrouter:{_NAME})$"
TONE_PATTERN = r"^[a-z][a-z0-9_]*$"
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
    try:
        return check_name(value)
    except PathError as error:
        raise ValueError(error.what) from None


def _model(value: str) -> str:
    if not re.fullmatch(MODEL_PATTERN, value, re.IGNORECASE):
        raise ValueError(
            "must be owner/name, owner/name:version with the version's 64 hex digits, deployments/owner/name,"
            " or openrouter:owner/name"
        )
    return value


def _tone(value: str) -> str:
    if not re.fullmatch(TONE_PATTERN, value):
        raise ValueError("must be the name of a tone: lower-case letters, digits and '_', such as warm_welcome")
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
ToneName = Annotated[
    str, Field(max_length=MAX_SLUG), AfterValidator(_tone), WithJsonSchema({"type": "string", "pattern": TONE_PATTERN})
]
FormatName = Literal["png", "webp", "jpg", "jpeg", "avif"]


class Entry(BaseModel):
    """Base of everything in a spec: unknown keys are refused and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
