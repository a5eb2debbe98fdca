"""The settings of prompts: who writes them and who judges, under which briefs and criteria, and what happens then."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from asset_pipeline.settings.section import Section
from asset_pipeline.settings.types import ModelName

MAX_WRITERS = 8
MAX_BRIEF = 1000


class OnNoQuorum(StrEnum):
    """What is done where too few writers gave a usable prompt."""

    FAIL = "fail"  # the image fails; the next run asks again those that failed
    SINGLE = "single"  # the first usable prompt is taken, unjudged
    TEMPLATE = "template"  # the template prompt is taken


class Allocation(StrEnum):
    """Who of the writers is asked for an image."""

    ALL = "all"
    THOMPSON = "thompson"  # a few, the more often the more they have won


class Criteria(Section):
    """What the judge scores, and how much each counts; the weights add up to 1, and one without weight is not asked."""

    emotional_intelligence: Decimal = Field(
        Decimal("0.25"), ge=0, le=1, description="The feeling that fits the page and those who come to it is there."
    )
    luxury_aesthetic: Decimal = Field(
        Decimal("0.20"), ge=0, le=1, description="Material, light and finish are of quality, and nothing is overdone."
    )
    technical_clarity: Decimal = Field(
        Decimal("0.15"), ge=0, le=1, description="Concrete and unambiguous for an image model, and fit for its type."
    )
    visual_consistency: Decimal = Field(
        Decimal("0.15"), ge=0, le=1, description="Style, palette and mood are the collection's."
    )
    innovation: Decimal = Field(Decimal("0.10"), ge=0, le=1, description="A picture of its own, and no cliché.")
    relevance: Decimal = Field(
        Decimal("0.10"), ge=0, le=1, description="The wanted thing is clearly what one sees, with what it is for."
    )
    brand_coherence: Decimal = Field(
        Decimal("0.05"), ge=0, le=1, description="By the same hand as the rest, and without what is ruled out."
    )

    @model_validator(mode="after")
    def _adds_up(self) -> Criteria:
        total = sum(self.weights().values(), Decimal(0))
        if total != 1:
            raise ValueError(f"the weights add up to {total}, not to 1")
        return self

    def weights(self) -> dict[str, Decimal]:
        """Return the weight of each criterion that has one, by name."""
        weights = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: weight for name, weight in weights.items() if weight}

    def meanings(self) -> dict[str, str]:
        """Return what each criterion that has a weight asks for, by name."""
        return {name: type(self).model_fields[name].description or "" for name in self.weights()}


def _brief(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return " ".join(value.split())


class PromptSettings(Section):
    """How prompts are written."""

    mode: Literal["competition", "single", "template"] = Field(
        "competition",
        description="competition: models write, a judge picks. single: the first writer's prompt is used, unjudged."
        " template: the free template is used.",
    )
    writers: tuple[ModelName, ...] = Field(
        ("openai/gpt-6-luna", "anthropic/claude-haiku-5.5"),
        min_length=1,
        max_length=MAX_WRITERS,
        description="Language models that each write a prompt, as OpenRouter names them.",
    )
    briefs: dict[
        Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")],
        Annotated[str, Field(max_length=MAX_BRIEF), AfterValidator(_brief)],
    ] = Field(
        {},
        max_length=MAX_WRITERS,
        description="What each writer is after, by name: the first is the first writer's, and so on; built-in ones,"
        " emotional_depth, brand_and_craft and technical_precision first, follow where there are fewer than writers.",
    )
    judge: ModelName = Field("google/gemini-3.5-flash-lite", description="Language model that scores the prompts.")
    criteria: Criteria = Field(Criteria(), description="What the judge scores, and with which weight.")
    rejudge_margin: Decimal = Field(
        Decimal("0.5"),
        ge=0,
        le=10,
        decimal_places=4,
        description="Judged once more, in opposite order, where the best leads by less than this; 0 for never.",
    )
    quorum: int = Field(
        2, ge=1, le=MAX_WRITERS, description="Fewest usable prompts that make a competition; never more than writers."
    )
    on_no_quorum: OnNoQuorum = Field(
        OnNoQuorum.FAIL,
        description="What is done with fewer: fail the image, take a single one unjudged, or take the template.",
    )
    allocation: Allocation = Field(
        Allocation.ALL,
        description="Who is asked: all writers, or by thompson a few, the more often the more they have won.",
    )
    allocation_writers: int = Field(
        2, ge=1, le=MAX_WRITERS, description="How many are asked by thompson; never fewer than the quorum."
    )
    writer_max_tokens: int = Field(600, ge=64, le=8000, description="Longest answer of a writer, in tokens.")
    judge_max_tokens: int = Field(
        800, ge=64, le=8000, description="Longest answer of the judge, in tokens for each prompt that it scores."
    )

    @field_validator("writers")
    @classmethod
    def _can_compete(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(value) < 2 and info.data.get("mode") == "competition":
            raise ValueError("a competition needs at least 2 items; one writer alone is mode: single")
        return value

    @property
    def needed(self) -> int:
        """How many usable prompts make a competition of all writers."""
        return min(self.quorum, len(self.writers))

    @property
    def asked(self) -> int:
        """How many writers are asked for an image."""
        if self.mode != "competition":
            return 1 if self.mode == "single" else 0
        if self.allocation is Allocation.ALL:
            return len(self.writers)
        return min(max(self.allocation_writers, self.needed), len(self.writers))
