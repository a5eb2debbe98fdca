"""The settings of the image checks: from where on a measured value is bad, and what happens then."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from asset_pipeline.settings.section import Section
from asset_pipeline.settings.types import ModelName


class Policy(StrEnum):
    """What happens with a picture that does not pass a check."""

    WARN = "warn"  # it is delivered, and the report says so
    REVIEW = "review"  # a person looks at it first
    REBUY = "rebuy"  # it is made anew, as often as the budget and the bound on attempts allow


class CheckRule(Section):
    """Threshold and policy of one check; what is left out stays as it is built in."""

    # Each check has defaults of its own, so an editor must not ask for both.
    model_config = ConfigDict(json_schema_extra=lambda schema: schema.pop("required", None))

    threshold: float = Field(
        ge=0, le=100_000, allow_inf_nan=False, description="From where on a value is bad, in its unit."
    )
    policy: Policy = Field(description="warn, review or rebuy: what happens with a picture that does not pass.")
    enabled: bool = Field(True, description="false leaves the check out.")


class VisionRule(CheckRule):
    """The one check that costs money and leaves this machine: a language model looks at the finished picture."""

    threshold: float = Field(6, ge=0, le=10, description="Score from 0 to 10 from where on a picture is good.")
    policy: Policy = Field(Policy.REVIEW, description="warn, review or rebuy: what happens with one below it.")
    enabled: bool = Field(False, description="true has every finished picture looked at, once.")
    model: ModelName = Field("google/gemini-3.5-flash-lite", description="Language model that sees, on OpenRouter.")
    image_tokens: int = Field(
        40_000, ge=1, le=1_000_000, description="Most prompt tokens that one picture may take; all of them are held."
    )
    side: int = Field(512, ge=64, le=2048, description="Longest side of the picture that is sent, in pixels.")


def _rule(threshold: float, policy: Policy, description: str, *, enabled: bool = True) -> Any:  # noqa: ANN401 - as Field
    return Field(CheckRule(threshold=threshold, policy=policy, enabled=enabled), description=description)


class ChecksSettings(Section):
    """The checks of each picture before it is accepted; all but `vision` are free, and never leave this machine."""

    decodes: CheckRule = _rule(0, Policy.REBUY, "Files that are damaged or cut off, at most.")
    size: CheckRule = _rule(0, Policy.REVIEW, "Pixels by which a side differs from the wanted one, at most.")
    format: CheckRule = _rule(0, Policy.REVIEW, "Files whose format is not what the spec or their name says, at most.")
    colour_mode: CheckRule = _rule(0, Policy.REVIEW, "Files whose colours are not RGB, or RGB with alpha, at most.")
    enlargement: CheckRule = _rule(1.5, Policy.WARN, "How many times larger than the original it was made, at most.")
    content: CheckRule = _rule(0.5, Policy.REBUY, "Percent of the picture that is seen on its ground, at least.")
    spread: CheckRule = _rule(0.4, Policy.REVIEW, "How far colours lie from their mean, as ΔE*ab, at least.")
    noise: CheckRule = _rule(65, Policy.REVIEW, "Percent of the original's variance that is noise, at most.")
    transparency: CheckRule = _rule(5, Policy.REVIEW, "Percent that is clear where transparency is wanted, at least.")
    checkerboard: CheckRule = _rule(5, Policy.REVIEW, "Percent of the original that is a painted chessboard, at most.")
    palette: CheckRule = _rule(15, Policy.REVIEW, "Mean ΔE2000 of the colours to the theme's palette, at most.")
    symbol_contrast: CheckRule = _rule(3, Policy.REVIEW, "Icons: contrast ratio of symbol and ground, at least.")
    detail: CheckRule = _rule(72, Policy.REVIEW, "Icons: percent of edges that are left at the final size, at least.")
    seam: CheckRule = _rule(1.25, Policy.REVIEW, "Textures: step across the edges, in usual steps within, at most.")
    quiet_middle: CheckRule = _rule(8, Policy.REVIEW, "Letter headers: percent of the middle that is busy, at most.")
    stray_text: CheckRule = _rule(
        0, Policy.REVIEW, "Words that Tesseract reads, at most; needs the program, and a second each.", enabled=False
    )
    duplicate: CheckRule = _rule(
        0.5, Policy.REVIEW, "Percent in which it is seen to differ from any other image, at least."
    )
    vision: VisionRule = Field(VisionRule(), description="A language model's look at the finished picture.")

    @field_validator("*", mode="before")
    @classmethod
    def _completed(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - whatever the file holds
        """Take what a person leaves out of a rule from the built-in one."""
        if not isinstance(value, dict):
            return value
        built_in: CheckRule = cls.model_fields[str(info.field_name)].default
        return built_in.model_dump() | value

    def rule(self, name: str) -> CheckRule:
        """Return the rule of a check."""
        rule: CheckRule = getattr(self, name)
        return rule
