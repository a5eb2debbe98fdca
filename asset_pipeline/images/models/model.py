"""An image model: what it is asked for a prompt, a size and a format, and whether it takes an input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from asset_pipeline.images.models import rules
from asset_pipeline.images.models.builtin import ModelFacts
from asset_pipeline.images.models.pins import RESERVED, output_format, pinned
from asset_pipeline.images.models.sizing import Offer, Size, best_offer, crop_loss, enlargement
from asset_pipeline.images.models.vocabulary import Properties, offers
from asset_pipeline.providers.prices import Output
from asset_pipeline.results import Failed

# The largest seed that is drawn; a model that takes smaller ones only is given none.
MAX_SEED = 2**31 - 1
_PROMPT_ONLY: Mapping[str, Any] = {"type": "object", "properties": {"prompt": {"type": "string"}}}


@dataclass(frozen=True)
class ModelInput:
    """What a model is asked.

    Args:
        values: The input, without a seed.
        output: What will come, as far as it decides the price.
        takes_seed: Whether the model has one; it marks a lost request so that it can be found again.
        known: Whether the model's schema is known; others are asked for a prompt, and what the spec says itself.
    """

    values: Mapping[str, Any]
    output: Output
    takes_seed: bool
    known: bool = True

    def crop_loss(self, size: Size) -> float:
        """Return the share of the picture, 0 to 1, that is cut away for a finished file of a size."""
        return crop_loss((self.output.width, self.output.height), size)

    def enlargement(self, size: Size) -> float:
        """Return the factor by which the picture grows for a finished file of a size; 1 where it is large enough."""
        return enlargement((self.output.width, self.output.height), size)


@dataclass(frozen=True)
class ImageModel:
    """A model, and all that decides how it is asked.

    Args:
        name: As the spec names it.
        schema: JSON Schema of its input, without references.
        facts: What else is known of it.
        known: Whether the schema is its own; else nothing is known but that it takes a prompt.
    """

    name: str
    schema: Mapping[str, Any]
    facts: ModelFacts = field(default_factory=ModelFacts)
    known: bool = True

    @property
    def properties(self) -> Properties:
        """The keys of its input, with what each allows."""
        properties: Properties = self.schema["properties"]
        return properties

    @cached_property
    def takes_seed(self) -> bool:
        """Whether it has a seed that is large enough to mark an attempt."""
        return "seed" in self.properties and rules.is_valid(MAX_SEED, self.properties["seed"])

    def choose(
        self,
        *,
        size: Size,
        prompt: str,
        format: str = "png",  # noqa: A002 - the spec's word
        negative_prompt: str = "",
        own: Mapping[str, Any] | None = None,
    ) -> ModelInput | Failed:
        """Return what it is asked, or why it cannot be asked that.

        Args:
            size: Width and height in pixels of the finished file.
            prompt: The prompt.
            format: Of the finished file.
            negative_prompt: What must not be seen; the prompt says it where the model has no such key.
            own: Further input from the spec, by key; it comes before what is sent of our own accord.
        """
        reserved = [f"{key!r} cannot be set: {RESERVED[key]}" for key in own or {} if key in RESERVED]
        offer = self._best_offer(size)
        values = {"prompt": prompt, **self._usual(format, negative_prompt), **(own or {}), **_asked(offer)}
        wrong = reserved or self.problems(values)
        if wrong:
            return Failed(f"{self.name} cannot be asked this: {'; '.join(wrong)}. Nothing was spent")
        output = Output(offer.width, offer.height) if offer else Output()
        return ModelInput(values, output, takes_seed=self.takes_seed, known=self.known)

    def problems(self, values: Mapping[str, Any]) -> list[str]:
        """Return what it would object to in a whole input, or would drop in silence; in words.

        Of a model whose schema is not known nothing can be said, and nothing is.
        """
        return rules.problems(values, self.schema) if self.known else []

    @cached_property
    def _best_offer(self) -> Callable[[Size], Offer | None]:
        """The best offer for a size; a collection has few sizes and thousands of images."""

        @lru_cache(maxsize=256)
        def best(size: Size) -> Offer | None:
            return best_offer(offers(self.properties, self.facts, size), size, native=self.facts.sides.native)

        return best

    def _usual(self, format: str, negative_prompt: str) -> dict[str, Any]:  # noqa: A002 - the spec's word
        negative = negative_prompt and "negative_prompt" in self.properties
        return {
            **pinned(self.properties, self.facts),
            **output_format(self.properties, format),
            **({"negative_prompt": negative_prompt} if negative else {}),
        }


def unknown_model(name: str) -> ImageModel:
    """Return a model of which nothing is known."""
    return ImageModel(name, _PROMPT_ONLY, known=False)


def _asked(offer: Offer | None) -> Mapping[str, Any]:
    return offer.values if offer else {}
