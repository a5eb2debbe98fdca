"""What the sandbox charges, and how large its outputs are: its own table, so that a wrong price elsewhere shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class ImageModel:
    """An image model of the sandbox.

    Args:
        usd: Per image.
        as_list: Whether its output is a list of addresses or one address.
        default_format: Of its files, where the input names none.
        schema: Property name to what is allowed, for the model page and the check of inputs.
    """

    usd: Decimal
    as_list: bool
    default_format: str
    schema: Mapping[str, Mapping[str, Any]]


_RATIOS = ("1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21")
_PROMPT = {"prompt": {"type": "string"}}
_SEED = {"seed": {"type": "integer"}}
_FORMATS = {"output_format": {"type": "string", "enum": ["webp", "jpg", "png"]}}
_QUALITY = {"output_quality": {"type": "integer", "minimum": 0, "maximum": 100}}
_FLUX_OPEN: Mapping[str, Mapping[str, Any]] = {
    **_PROMPT,
    **_SEED,
    **_FORMATS,
    **_QUALITY,
    "aspect_ratio": {"type": "string", "enum": list(_RATIOS)},
    "num_outputs": {"type": "integer", "minimum": 1, "maximum": 4},
    "megapixels": {"type": "string", "enum": ["1", "0.25"]},
    "num_inference_steps": {"type": "integer", "minimum": 1, "maximum": 50},
    "go_fast": {"type": "boolean"},
    "guidance": {"type": "number"},
    "disable_safety_checker": {"type": "boolean"},
}
_RECRAFT_SIZES = [
    "1024x1024",
    "1365x1024",
    "1024x1365",
    "1536x1024",
    "1024x1536",
    "1820x1024",
    "1024x1820",
    "1024x2048",
    "2048x1024",
    "1434x1024",
    "1024x1434",
    "1024x1280",
    "1280x1024",
    "1024x1707",
    "1707x1024",
]

_IMAGEN: Mapping[str, Mapping[str, Any]] = {
    **_PROMPT,
    "aspect_ratio": {"type": "string", "enum": ["1:1", "9:16", "16:9", "3:4", "4:3"]},
    "output_format": {"type": "string", "enum": ["jpg", "png"]},
    "safety_filter_level": {"type": "string"},
}

IMAGE_MODELS: Mapping[str, ImageModel] = {
    "black-forest-labs/flux-schnell": ImageModel(Decimal("0.003"), True, "webp", _FLUX_OPEN),
    "black-forest-labs/flux-dev": ImageModel(Decimal("0.025"), True, "webp", _FLUX_OPEN),
    "black-forest-labs/flux-1.1-pro": ImageModel(
        Decimal("0.04"),
        False,
        "webp",
        {
            **_PROMPT,
            **_SEED,
            **_FORMATS,
            **_QUALITY,
            "aspect_ratio": {"type": "string", "enum": ["custom", *_RATIOS]},
            "width": {"type": "integer", "minimum": 256, "maximum": 1440},
            "height": {"type": "integer", "minimum": 256, "maximum": 1440},
            "safety_tolerance": {"type": "integer", "minimum": 1, "maximum": 6},
            "prompt_upsampling": {"type": "boolean"},
        },
    ),
    "black-forest-labs/flux-1.1-pro-ultra": ImageModel(
        Decimal("0.06"),
        False,
        "jpg",
        {
            **_PROMPT,
            **_SEED,
            "aspect_ratio": {"type": "string", "enum": list(_RATIOS)},
            "output_format": {"type": "string", "enum": ["jpg", "png"]},
            "safety_tolerance": {"type": "integer", "minimum": 1, "maximum": 6},
            "raw": {"type": "boolean"},
        },
    ),
    "recraft-ai/recraft-v3": ImageModel(
        Decimal("0.04"),
        False,
        "webp",
        {**_PROMPT, "size": {"type": "string", "enum": _RECRAFT_SIZES}, "style": {"type": "string"}},
    ),
    "stability-ai/sdxl": ImageModel(
        Decimal("0.0045"),
        True,
        "png",
        {
            **_PROMPT,
            **_SEED,
            "negative_prompt": {"type": "string"},
            "width": {"type": "integer"},
            "height": {"type": "integer"},
            "num_outputs": {"type": "integer", "minimum": 1, "maximum": 4},
        },
    ),
    "google/imagen-4": ImageModel(Decimal("0.04"), False, "jpg", _IMAGEN),
    "google/imagen-4-fast": ImageModel(Decimal("0.02"), False, "jpg", _IMAGEN),
}

# USD per token: prompt, completion, cache write.
LANGUAGE_MODELS: Mapping[str, tuple[Decimal, Decimal, Decimal]] = {
    model: (Decimal(prompt) / 1_000_000, Decimal(completion) / 1_000_000, Decimal(cache) / 1_000_000)
    for model, prompt, completion, cache in (
        ("openai/gpt-6-luna", "0.10", "0.50", "0.125"),
        ("anthropic/claude-haiku-5.5", "0.10", "0.50", "0.125"),
        ("google/gemini-3.5-flash-lite", "0.30", "2.50", "0.30"),
        ("google/gemini-3.8-flash", "0.75", "3.75", "0.75"),
        ("openai/gpt-6-sol", "2", "10", "2.5"),
        ("anthropic/claude-sonnet-5.5", "2", "10", "2.5"),
    )
}


def output_size(given: Mapping[str, Any]) -> tuple[int, int]:
    """Return width and height in pixels of what an input asks for."""
    if given.get("size") and "x" in str(given["size"]):
        width, height = str(given["size"]).split("x")
        return int(width), int(height)
    if given.get("width") and given.get("height") and given.get("aspect_ratio", "custom") == "custom":
        return int(given["width"]), int(given["height"])
    across, _, down = str(given.get("aspect_ratio", "1:1")).partition(":")
    area = 1024 * 1024 * Decimal(str(given.get("megapixels", "1")))
    width_exact = float(area * int(across) / int(down)) ** 0.5
    return _step(width_exact), _step(width_exact * int(down) / int(across))


def _step(pixels: float) -> int:
    return max(256, round(pixels / 32) * 32)


def check_input(model: ImageModel, given: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what is wrong with an input, as `invalid_fields` of a 422; unknown keys are ignored, as recorded."""
    if not given.get("prompt"):
        return [{"type": "required", "field": "input.prompt", "description": "prompt is required"}]
    problems = []
    for name, rule in model.schema.items():
        value = given.get(name)
        allowed = rule.get("enum")
        if value is not None and allowed and value not in allowed:
            options = ", ".join(f'"{option}"' for option in allowed)
            text = f"{name} must be one of the following: {options}"
            problems.append({"type": "enum", "field": f"input.{name}", "description": text})
        if isinstance(value, int) and not isinstance(value, bool):
            if value > rule.get("maximum", value):
                text = f"{name} must be less than or equal to {rule['maximum']}"
                problems.append({"type": "number_lte", "field": f"input.{name}", "description": text})
            if value < rule.get("minimum", value):
                text = f"{name} must be greater than or equal to {rule['minimum']}"
                problems.append({"type": "number_gte", "field": f"input.{name}", "description": text})
    return problems
