"""The image models that the sandbox serves: those with a built-in input schema and a price in the tariff."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from asset_pipeline.images.models import ModelFacts, Via, built_in_facts, built_in_names, built_in_schema
from asset_pipeline.sandbox.sizes import Size, output_size
from asset_pipeline.sandbox.tariff import Rate, has_rate, image_rate

HIDDEN = "hidden"
# Models that anybody may have made are asked for by version; official ones by name.
COMMUNITY: Mapping[str, tuple[str, ...]] = {
    "stability-ai/sdxl": (
        "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc",
        "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b",
    ),
}
# The sandbox's account has one deployment of each model, under the model's own name.
ACCOUNT = "sandbox"
_COUNT_KEYS = ("num_outputs", "number_of_images")


@dataclass(frozen=True)
class SandboxModel:
    """An image model of the sandbox.

    Args:
        name: `owner/name`.
        schema: JSON Schema of its input.
        facts: What comes out.
    """

    name: str
    schema: Mapping[str, Any]
    facts: ModelFacts

    @property
    def is_official(self) -> bool:
        """Whether Replicate keeps it running: asked for by name, paid by what it delivers."""
        return self.name not in COMMUNITY

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of its versions, newest first."""
        return COMMUNITY.get(self.name) or (hashlib.sha256(self.name.encode()).hexdigest(),)

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """What an input may have, by key."""
        found: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return found

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return an input with its defaults, which answers never show."""
        return {key: rule["default"] for key, rule in self.properties.items() if "default" in rule} | dict(given)

    def taken(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the model takes of an input: Cog drops unknown keys silently, by its own documentation.

        Whether answers still show them is not documented; here they are gone.
        """
        return {key: value for key, value in given.items() if key in self.properties}

    def size(self, given: Mapping[str, Any]) -> Size:
        """Return width and height of each picture that an input asks for."""
        return output_size(self.filled(given), sizes=self.facts.sizes, pixels=self.facts.pixels)

    def count(self, given: Mapping[str, Any]) -> int:
        """Return how many pictures come; a model that may decide itself makes as many as it may."""
        values = self.filled(given)
        if values.get("sequential_image_generation") == "auto":
            return int(values["max_images"])
        return int(next((values[key] for key in _COUNT_KEYS if key in values), 1))

    def extension(self, given: Mapping[str, Any]) -> str:
        """Return the ending of the files that come."""
        return str(self.filled(given).get("output_format", self.facts.default_format))

    def rate(self, given: Mapping[str, Any]) -> Rate:
        """Return what a run is charged by."""
        return image_rate(self.name, self.filled(given))


@cache
def sandbox_models() -> Mapping[str, SandboxModel]:
    """Return all of them by name."""
    found = {}
    for name in built_in_names():
        schema, facts = built_in_schema(name), built_in_facts(name)
        if schema and facts and facts.via is Via.REPLICATE and has_rate(name):
            found[name] = SandboxModel(name, schema, facts)
    return found


def model_of_version(asked: str) -> tuple[SandboxModel, str] | None:
    """Return the model that is meant by a version, and what answers show as its version.

    Args:
        asked: 64 hex digits, `owner/name:hex`, or `owner/name` of an official model.
    """
    name, _, version = asked.rpartition(":")
    for model in sandbox_models().values():
        if model.is_official and asked == model.name:
            return model, HIDDEN
        if name in ("", model.name) and version in model.versions:
            # An old version of a community model was recorded as run by the newest one.
            return model, HIDDEN if model.is_official else model.versions[0]
    return None


def model_of_deployment(owner: str, name: str) -> SandboxModel | None:
    """Return the model behind a deployment."""
    found = (model for model in sandbox_models().values() if model.name.partition("/")[2] == name)
    return next(found, None) if owner == ACCOUNT else None
