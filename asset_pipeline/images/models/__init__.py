"""The image models: how each wants to be asked for a size and a format, so that least is cropped away.

A model is known by its built-in schema or by its own, as Replicate serves it; of any other only that it takes a prompt.
Choosing is pure: the same model, size, format and prompt give the same input, in every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from asset_pipeline.images.models.builtin import (
    ModelFacts,
    Via,
    built_in_facts,
    built_in_names,
    built_in_schema,
)
from asset_pipeline.images.models.model import ImageModel, ModelInput, unknown_model
from asset_pipeline.images.models.openapi import has_list_output, input_schema
from asset_pipeline.images.models.sizing import Size, crop_loss, enlargement
from asset_pipeline.model_names import OPENROUTER, provider_of
from asset_pipeline.results import Failed

__all__ = [
    "ImageModel",
    "ModelFacts",
    "ModelInput",
    "Size",
    "Via",
    "built_in",
    "built_in_facts",
    "built_in_names",
    "built_in_schema",
    "choose_input",
    "crop_loss",
    "enlargement",
    "from_openapi",
    "unknown_model",
    "via",
]


@lru_cache(maxsize=256)
def built_in(name: str) -> ImageModel | None:
    """Return a model of the built-in catalog, or None where it is not in it.

    Args:
        name: As the spec names it, with or without a version.
    """
    schema, facts = built_in_schema(name), built_in_facts(name)
    return ImageModel(name, schema, facts) if schema and facts else None


def from_openapi(name: str, document: Mapping[str, Any]) -> ImageModel:
    """Return a model by its own schema; one of which nothing is known where the document holds none.

    Args:
        name: As the spec names it.
        document: The OpenAPI document of one of its versions.
    """
    schema = input_schema(document)
    if schema is None:
        return unknown_model(name)
    return ImageModel(name, schema, built_in_facts(name) or ModelFacts(as_list=has_list_output(document)))


def via(name: str) -> Via:
    """Return who is asked for a model's pictures, and how."""
    facts = built_in_facts(name)
    if facts:
        return facts.via
    return Via.IMAGES if provider_of(name) == OPENROUTER else Via.REPLICATE


def choose_input(
    model: str,
    *,
    size: Size,
    prompt: str,
    format: str = "png",  # noqa: A002 - the spec's word
    negative_prompt: str = "",
    own: Mapping[str, Any] | None = None,
) -> ModelInput | Failed:
    """Return what a model is asked by what is built in; see `ImageModel.choose`.

    Args:
        model: As the spec names it, with or without a version.
        size: Width and height in pixels of the finished file.
        prompt: The prompt.
        format: Of the finished file.
        negative_prompt: What must not be seen.
        own: Further input from the spec.
    """
    known = built_in(model) or unknown_model(model)
    return known.choose(size=size, prompt=prompt, format=format, negative_prompt=negative_prompt, own=own)
