"""What a model is always told besides prompt and size: no default of its own decides price, number or prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asset_pipeline.images.models.builtin import ModelFacts
from asset_pipeline.images.models.rules import is_valid
from asset_pipeline.images.models.vocabulary import SIZE_KEYS, Properties

# One picture: several would be paid for, and one is kept.
COUNTS: Mapping[str, Any] = {
    "num_outputs": 1,
    "num_images": 1,
    "number_of_images": 1,
    "number_of_outputs": 1,
    "max_images": 1,
    "n": 1,
    "batch_size": 1,
    "sequential_image_generation": "disabled",
}
# The prompt that won the competition is the one that is drawn; the original is lossless or nearly so.
_ALWAYS: Mapping[str, Any] = {
    **COUNTS,
    "prompt_upsampling": False,
    "enhance_prompt": False,
    "prompt_optimizer": False,
    "magic_prompt_option": "Off",
    "apply_watermark": False,
    "output_quality": 95,
}
_LOSSLESS = "png"

# Keys that a spec may not set, and who does.
RESERVED: Mapping[str, str] = {
    **dict.fromkeys(SIZE_KEYS, "the spec's size decides it"),
    **dict.fromkeys(COUNTS, "one picture is made at a time; `variants` makes more"),
    "prompt": "the pipeline writes it",
    "negative_prompt": "the theme's `avoid` decides it",
    "seed": "each attempt gets its own, by which a lost one is found again",
}


def pinned(properties: Properties, facts: ModelFacts) -> dict[str, Any]:
    """Return what is always sent, of what the schema knows and allows."""
    values = {**_ALWAYS, **facts.pins, **_quality(properties)}
    return {key: value for key, value in values.items() if key in properties and is_valid(value, properties[key])}


def _quality(properties: Properties) -> dict[str, Any]:
    """Return a quality in place of `auto`, which is billed as the highest."""
    allowed = [value for value in properties.get("quality", {}).get("enum", ()) if value != "auto"]
    if not allowed or len(allowed) == len(properties["quality"]["enum"]):
        return {}
    return {"quality": "medium" if "medium" in allowed else allowed[0]}


def output_format(properties: Properties, wanted: str) -> dict[str, Any]:
    """Return the format to ask for: without loss if there is one, for the finished file is encoded once more.

    Args:
        properties: Of the input schema.
        wanted: Format of the finished file; of lossy ones it is the first choice.
    """
    allowed = properties.get("output_format", {}).get("enum", ())
    spellings = {"jpg": ("jpg", "jpeg")}
    liked = (_LOSSLESS, *spellings.get(wanted, (wanted,)), "webp", "jpg", "jpeg")
    chosen = next((name for name in liked if name in allowed), None)
    return {"output_format": chosen} if chosen else {}
