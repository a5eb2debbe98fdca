"""The image models: how each wants to be asked for a size and a format, so that least is cropped away.

Facts: the models' input schemas on replicate.com (reference dates in `providers/prices.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from asset_pipeline.providers.prices import Output

Size = tuple[int, int]
_AREA_SLACK = 1.5

_FLUX_RATIOS = ("1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21")
_RECRAFT_SIZES = (
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
)


@dataclass(frozen=True)
class ModelInput:
    """What a model is asked.

    Args:
        values: The input, without a seed.
        output: What will come, as far as it decides the price.
        takes_seed: Whether the model has one; it marks a lost request so that it can be found again.
        known: Whether the model is in the catalog; others are asked for a prompt only.
    """

    values: Mapping[str, Any]
    output: Output
    takes_seed: bool
    known: bool = True


class Sizing(Protocol):
    """Chooses the keys of an input that decide the output's size."""

    def choose(self, wanted: Size) -> Mapping[str, Any]:
        """Return the keys for the size whose shape is closest to a wanted one."""


def _mismatch(wanted: Size, offered: Size) -> float:
    """Return the share of an offered picture that is cropped away to reach a wanted shape."""
    ratio = (wanted[0] / wanted[1]) / (offered[0] / offered[1])
    return 1 - min(ratio, 1 / ratio)


@dataclass(frozen=True)
class RatioSizing:
    """A choice of aspect ratios."""

    ratios: Sequence[str]

    def choose(self, wanted: Size) -> Mapping[str, Any]:
        """See `Sizing`."""
        return {"aspect_ratio": min(self.ratios, key=lambda text: _mismatch(wanted, _pair(text, ":")))}


@dataclass(frozen=True)
class EnumSizing:
    """A choice of pixel sizes."""

    sizes: Sequence[str]

    def choose(self, wanted: Size) -> Mapping[str, Any]:
        """See `Sizing`."""
        return {"size": min(self.sizes, key=lambda text: _mismatch(wanted, _pair(text, "x")))}


@dataclass(frozen=True)
class FreeSizing:
    """Any width and height within bounds, in steps.

    Args:
        low: Smallest side in pixels.
        high: Largest side in pixels.
        step: Sides are multiples of it.
        extra: Keys that go with a free size.
        pixels: Area that small pictures are brought up to; models draw poorly below it.
    """

    low: int
    high: int
    step: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    pixels: int = 1024 * 1024

    def choose(self, wanted: Size) -> Mapping[str, Any]:
        """See `Sizing`; of equally good shapes, the larger picture."""
        width, height = _best_size(wanted, range(self.low, self.high + 1, self.step), self.pixels)
        return {**self.extra, "width": width, "height": height}


@lru_cache
def _best_size(wanted: Size, sides: range, pixels: int) -> Size:
    ratio = wanted[0] / wanted[1]
    return min(
        ((width, height) for width in sides for height in sides if width * height <= pixels * _AREA_SLACK),
        key=lambda size: (round(abs(size[0] / size[1] / ratio - 1), 2), abs(size[0] * size[1] - pixels)),
    )


def _pair(text: str, separator: str) -> Size:
    first, _, second = text.partition(separator)
    return int(first), int(second)


@dataclass(frozen=True)
class ImageModel:
    """How one model is asked.

    Args:
        sizing: How it is told the size.
        formats: Output formats it can be asked for, best first; empty where it has no such key.
        fixed: Keys that are always sent, so that a default cannot change size, number or price.
        takes_seed: Whether it has a `seed`.
        takes_negative: Whether it has a `negative_prompt`.
    """

    sizing: Sizing
    formats: Sequence[str] = ("png", "webp", "jpg")
    fixed: Mapping[str, Any] = field(default_factory=dict)
    takes_seed: bool = True
    takes_negative: bool = False


_ONE_OUTPUT: Mapping[str, Any] = {"num_outputs": 1}
MODELS: Mapping[str, ImageModel] = {
    "black-forest-labs/flux-schnell": ImageModel(
        RatioSizing(_FLUX_RATIOS), fixed={**_ONE_OUTPUT, "megapixels": "1", "output_quality": 95}
    ),
    "black-forest-labs/flux-dev": ImageModel(
        RatioSizing(_FLUX_RATIOS), fixed={**_ONE_OUTPUT, "megapixels": "1", "output_quality": 95}
    ),
    "black-forest-labs/flux-1.1-pro": ImageModel(
        FreeSizing(256, 1440, 32, {"aspect_ratio": "custom"}),
        fixed={"output_quality": 95, "prompt_upsampling": False},
    ),
    "black-forest-labs/flux-1.1-pro-ultra": ImageModel(RatioSizing(_FLUX_RATIOS), formats=("png", "jpg")),
    "recraft-ai/recraft-v3": ImageModel(EnumSizing(_RECRAFT_SIZES), formats=(), takes_seed=False),
    "stability-ai/sdxl": ImageModel(
        FreeSizing(512, 1536, 64),
        formats=(),
        fixed={**_ONE_OUTPUT, "apply_watermark": False},
        takes_negative=True,
    ),
    "google/imagen-4": ImageModel(
        RatioSizing(("1:1", "9:16", "16:9", "3:4", "4:3")), formats=("png", "jpg"), takes_seed=False
    ),
    "google/imagen-4-fast": ImageModel(
        RatioSizing(("1:1", "9:16", "16:9", "3:4", "4:3")), formats=("png", "jpg"), takes_seed=False
    ),
}


def choose_input(model: str, *, size: Size, prompt: str, negative_prompt: str = "") -> ModelInput:
    """Return what a model is asked for a prompt and a wanted size.

    Args:
        model: `owner/name` or `owner/name:version`.
        size: Width and height in pixels of the finished file.
        prompt: The prompt.
        negative_prompt: What must not be seen; said in the prompt's own words where the model has no such key.
    """
    known = MODELS.get(model.partition(":")[0])
    if known is None:
        return ModelInput({"prompt": prompt}, Output(), takes_seed=False, known=False)
    values: dict[str, Any] = {"prompt": prompt, **known.fixed, **known.sizing.choose(size)}
    if known.formats:
        values["output_format"] = known.formats[0]  # lossless first: the finished format is encoded once, here
    if known.takes_negative and negative_prompt:
        values["negative_prompt"] = negative_prompt
    return ModelInput(values, Output(), takes_seed=known.takes_seed)
