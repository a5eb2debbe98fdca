"""Knows how each model is asked: the built-in ones by heart, others by their pages, the rest by a prompt alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asset_pipeline.images.model_pages import ModelPage
from asset_pipeline.images.models import ImageModel, ModelInput, built_in, from_openapi, unknown_model
from asset_pipeline.results import Failed
from asset_pipeline.specs import WantedImage


class ModelBook:
    """Chooses inputs; free, pure and the same in every process that has read the same pages.

    Args:
        pages: What model pages were found to say, by model.
    """

    def __init__(self, pages: Mapping[str, ModelPage] | None = None) -> None:
        self._pages: dict[str, ModelPage] = {}
        self._choosers: dict[str, ImageModel] = {}
        self._judges: dict[str, ImageModel] = {}
        for page in (pages or {}).values():
            self.put(page)

    def page(self, model: str) -> ModelPage | None:
        """Return what a model's page says, or None where nobody has looked."""
        return self._pages.get(model)

    def put(self, page: ModelPage) -> None:
        """Take in what a model's page says."""
        self._pages[page.model] = page
        self._judges.pop(page.model, None)
        self._choosers.pop(page.model, None)

    def knows(self, model: str) -> bool:
        """Say whether more than a prompt can be asked of a model."""
        return built_in(model) is not None or model in self._pages

    def choose(self, wanted: WantedImage, *, prompt: str, negative_prompt: str = "") -> ModelInput | Failed:
        """Return what an image's model is asked, or why it cannot be asked what the spec says."""
        return self._chooser(wanted.model).choose(
            size=(wanted.width, wanted.height),
            format=wanted.format,
            prompt=prompt,
            negative_prompt=negative_prompt,
            own=dict(wanted.input),
        )

    def problems(self, model: str, values: Mapping[str, Any]) -> list[str]:
        """Return what the model would object to in an input, by its newest schema."""
        page = self._pages.get(model)
        if page is None or not page.current:
            return self._chooser(model).problems(values)
        if model not in self._judges:
            self._judges[model] = from_openapi(model, page.current)
        return self._judges[model].problems(values)

    def _chooser(self, model: str) -> ImageModel:
        if model not in self._choosers:
            page = self._pages.get(model)
            by_page = from_openapi(model, page.chosen) if page and page.chosen else unknown_model(model)
            self._choosers[model] = built_in(model) or by_page
        return self._choosers[model]
