"""The built-in input schemas of image models (`schemas.yaml`): what a model may be asked, and what comes out.

Replicate serves each model's own schema; these are for planning without a request, for the sandbox, and for OpenRouter,
which serves none. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from asset_pipeline.model_names import without_version
from asset_pipeline.yamlfile import load_own

Size = tuple[int, int]
USUAL_PIXELS = 1024 * 1024


class Via(StrEnum):
    """Who is asked for a picture, and how."""

    REPLICATE = "replicate"
    CHAT = "chat"
    IMAGES = "images"


@dataclass(frozen=True)
class Sides:
    """What is known of a model's width and height that its schema does not say.

    Args:
        low: Smallest side in pixels.
        high: Largest side in pixels.
        step: Sides are multiples of it.
        most: Pixels of the whole picture above which the model draws badly.
        native: Whether it draws best at about a megapixel, however large the file is to be.
    """

    low: int | None = None
    high: int | None = None
    step: int | None = None
    most: int | None = None
    native: bool = False


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model besides its input schema.

    Args:
        via: Who is asked, and how.
        as_list: Whether its output is a list of addresses or one address.
        default_format: Of its files, where the input names none.
        pixels: Area of a picture that is asked for by its shape alone.
        sizes: Pixels of the shapes and sizes, where the model's documentation says them.
        sides: Of width and height.
        pins: Values that are always sent to this model.
        is_official: Whether Replicate runs it by its name; others are called by their version.
        seen_on: Day the schema was last seen like this.
        source: Where it was seen.
    """

    via: Via = Via.REPLICATE
    as_list: bool = False
    default_format: str = "webp"
    pixels: int = USUAL_PIXELS
    sizes: Mapping[str, Size] = field(default_factory=dict)
    sides: Sides = Sides()
    pins: Mapping[str, Any] = field(default_factory=dict)
    is_official: bool = True
    seen_on: date | None = None
    source: str = ""


def built_in_names() -> list[str]:
    """Return the names of all models with a built-in schema."""
    return list(_table())


def built_in_schema(name: str) -> Mapping[str, Any] | None:
    """Return the JSON Schema of a model's input, or None where none is built in.

    Args:
        name: As a spec names it, with or without a version.
    """
    entry = _table().get(without_version(name))
    return entry["input"] if entry else None


def built_in_facts(name: str) -> ModelFacts | None:
    """Return what is known of a model besides its schema, or None where none is built in.

    Args:
        name: As a spec names it, with or without a version.
    """
    entry = _table().get(without_version(name))
    if entry is None:
        return None
    output, seen = entry["output"], entry["seen"]
    return ModelFacts(
        via=Via(entry["via"]),
        as_list=output["list"],
        default_format=output["format"],
        pixels=output.get("pixels", USUAL_PIXELS),
        sizes={shape: pixel_size(text) for shape, text in output.get("sizes", {}).items()},
        sides=Sides(**entry.get("sides", {})),
        pins=entry.get("pins", {}),
        is_official=entry.get("official", True),
        seen_on=seen["day"],
        source=seen["source"],
    )


def pixel_size(text: str) -> Size:
    """Return width and height of `1536x1024`."""
    width, _, height = text.partition("x")
    return int(width), int(height)


@cache
def _table() -> Mapping[str, Any]:
    text = resources.files(__package__ or "asset_pipeline.images.models").joinpath("schemas.yaml").read_text("utf-8")
    models: Mapping[str, Any] = load_own(text)["models"]
    return models
