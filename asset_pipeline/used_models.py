"""Which models a project may pay for: those of its specs with their fallbacks, and those that its settings name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from asset_pipeline.prompts.briefs import writers_of
from asset_pipeline.settings import Settings
from asset_pipeline.specs import Collection, WantedImage


@dataclass(frozen=True)
class UsedModels:
    """Models, each with where it is named.

    Args:
        images: Image models, as specs and settings name them.
        language: Language models, as OpenRouter names them.
    """

    images: Mapping[str, tuple[str, ...]]
    language: Mapping[str, tuple[str, ...]]


def used_models(settings: Settings, collections: Iterable[Collection]) -> UsedModels:
    """Return the models of specs and settings, in the order in which they are met."""
    images: dict[str, dict[str, None]] = {}
    for one in collections:
        for wanted in one.images:
            for number, model in enumerate(wanted.models):
                place = f"{one.name}.{wanted.type}{' (fallback)' if number else ''}"
                images.setdefault(model, {})[place] = None
    for model, cheaper in settings.budget.cheaper_models.items():
        images.setdefault(cheaper, {})[f"budget.cheaper_models.{model}"] = None
    language: dict[str, dict[str, None]] = {}
    for writer in writers_of(settings.prompts):
        language.setdefault(writer.model, {})["prompts.writers"] = None
    if settings.prompts.mode == "competition":
        language.setdefault(settings.prompts.judge, {})["prompts.judge"] = None
    if settings.checks.vision.enabled:
        language.setdefault(settings.checks.vision.model, {})["checks.vision.model"] = None
    return UsedModels(
        {model: tuple(places) for model, places in images.items()},
        {model: tuple(places) for model, places in language.items()},
    )


def wishes_by_model(settings: Settings, collections: Iterable[Collection]) -> Mapping[str, list[WantedImage]]:
    """Return what each image model may be asked for: one image of each size and input that it may make."""
    found: dict[str, dict[object, WantedImage]] = {}
    cheaper = settings.budget.cheaper_models
    for one in collections:
        for wanted in one.images:
            stand_in = cheaper.get(wanted.model, cheaper.get(wanted.model.partition(":")[0]))
            for model in (*wanted.models, *([stand_in] if stand_in else [])):
                made = wanted.made_by(model)
                found.setdefault(model, {}).setdefault((made.width, made.height, made.format, made.input), made)
    return {model: list(wishes.values()) for model, wishes in found.items()}
