"""What the sandbox charges: a table of its own, so that a wrong price elsewhere shows as a difference of the bills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
_BILLIONTH = Decimal("0.000000001")


@dataclass(frozen=True)
class Rate:
    """What a run of an image model costs, in USD: the sum of all that is counted.

    Args:
        image: Per delivered picture.
        megapixel: Per megapixel delivered, and per megapixel of input pictures.
        run: Per run that delivers.
        second: Per second that a machine works on it.
    """

    image: Decimal = ZERO
    megapixel: Decimal = ZERO
    run: Decimal = ZERO
    second: Decimal = ZERO

    def usd(self, metrics: Mapping[str, float]) -> Decimal:
        """Return what a run costs by its metrics, to the billionth of a dollar."""
        images = metrics.get("image_output_count", 0)
        megapixels = sum(metrics.get(f"image_{way}_megapixel_count", 0) for way in ("input", "output"))
        total = self.image * Decimal(str(images)) + self.megapixel * Decimal(str(megapixels))
        total += self.second * Decimal(str(metrics["predict_time"]))
        total += self.run if images else ZERO
        return total.quantize(_BILLIONTH, ROUND_HALF_UP)


def _image(usd: str) -> Rate:
    return Rate(image=Decimal(usd))


def _megapixel(usd: str) -> Rate:
    return Rate(megapixel=Decimal(usd))


# As on replicate.com between 2025-06 and 2026-10; flux-2-max is what one megapixel was seen to cost.
IMAGE_RATES: Mapping[str, Rate] = {
    "black-forest-labs/flux-schnell": _image("0.003"),
    "black-forest-labs/flux-dev": _image("0.025"),
    "black-forest-labs/flux-1.1-pro": _image("0.04"),
    "black-forest-labs/flux-1.1-pro-ultra": _image("0.06"),
    "black-forest-labs/flux-kontext-pro": _image("0.04"),
    "black-forest-labs/flux-kontext-max": _image("0.08"),
    "black-forest-labs/flux-2-pro": Rate(run=Decimal("0.015"), megapixel=Decimal("0.015")),
    "black-forest-labs/flux-2-max": _megapixel("0.07"),
    "black-forest-labs/flux-2-flex": _megapixel("0.06"),
    "recraft-ai/recraft-v3": _image("0.04"),
    "recraft-ai/recraft-v3-svg": _image("0.08"),
    "recraft-ai/recraft-20b": _image("0.022"),
    "recraft-ai/recraft-20b-svg": _image("0.044"),
    "stability-ai/sdxl": Rate(second=Decimal("0.000975")),
    "stability-ai/stable-diffusion-3.5-large": _image("0.065"),
    "stability-ai/stable-diffusion-3.5-large-turbo": _image("0.04"),
    "ideogram-ai/ideogram-v3-turbo": _image("0.03"),
    "ideogram-ai/ideogram-v3-balanced": _image("0.06"),
    "ideogram-ai/ideogram-v3-quality": _image("0.09"),
    "google/imagen-4": _image("0.04"),
    "google/imagen-4-fast": _image("0.02"),
    "google/imagen-4-ultra": _image("0.06"),
    "google/nano-banana": _image("0.039"),
    "bytedance/seedream-4": _image("0.03"),
    "bytedance/seedream-4.5": _image("0.04"),
    "bytedance/seedream-5-lite": _image("0.035"),
}
# Where a value of the input decides: its key, and the rate for each value.
RATES_BY_INPUT: Mapping[str, tuple[str, Mapping[Any, Rate]]] = {
    "black-forest-labs/flux-2-dev": ("go_fast", {True: _megapixel("0.012"), False: _megapixel("0.014")}),
    "openai/gpt-image-1.5": (
        "quality",
        {"low": _image("0.013"), "medium": _image("0.05"), "high": _image("0.136"), "auto": _image("0.136")},
    ),
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


def has_rate(model: str) -> bool:
    """Say whether an image model has a price here."""
    return model in IMAGE_RATES or model in RATES_BY_INPUT


def image_rate(model: str, values: Mapping[str, Any]) -> Rate:
    """Return what a run of an image model is charged by.

    Args:
        model: `owner/name`.
        values: The input, defaults included.
    """
    if model in RATES_BY_INPUT:
        key, rates = RATES_BY_INPUT[model]
        return rates[values[key]]
    return IMAGE_RATES[model]
