"""A recipe: all that is known about an image before anything is paid, and the hash that says whether it changed."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.images.finisher import FinishRules
from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.quotes import image_content_key
from asset_pipeline.prompts import Draft, PromptRenderer
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.results import Failed
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256


@dataclass(frozen=True)
class Recipe:
    """How an image will be made.

    Args:
        wanted: The image.
        draft: Its template prompt.
        key: Hash over the template prompt, who competes, the model's input, the variant and the finish.
    """

    wanted: WantedImage
    draft: Draft
    key: str


class RecipeBook:
    """Writes recipes; free, pure and the same in every process.

    Args:
        renderer: Renders template prompts.
        terms: Who writes and who judges, and whether for real: a sandbox's drawing is never taken for the real thing.
        models: How each model is asked.
        finish: What is done to originals.
    """

    def __init__(self, renderer: PromptRenderer, terms: Terms, *, models: ModelBook, finish: FinishRules) -> None:
        self._renderer = renderer
        self._terms = terms
        self._models = models
        self._finish = finish

    def recipe(self, wanted: WantedImage) -> Recipe | Failed:
        """Return the recipe of an image, or why there is none."""
        draft = self._renderer.render(wanted)
        if isinstance(draft, Failed):
            return draft
        # The winning prompt is not known yet; what decides it stands in its place.
        chosen = self._models.choose(wanted, prompt=self._terms.key(draft))
        if isinstance(chosen, Failed):
            return chosen
        original = image_content_key(wanted, chosen.values, mode=self._terms.mode)
        return Recipe(wanted, draft, canonical_sha256([original, self._finish.key(wanted)]))
