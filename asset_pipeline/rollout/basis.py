"""What an approval is bound to: the sample that was seen, and what will be bought, for how much, under which limits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from asset_pipeline.ledger.approvals import changed_caps
from asset_pipeline.prompts import Draft, PromptRenderer
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.takes import without_take
from asset_pipeline.specs.wanted import canonical_json, canonical_sha256

# How each part is called where it has changed.
_NAMES = {
    "sample": "the sample",
    "images": "what the spec wants",
    "prompts": "the prompts",
    "competition": "who writes and judges prompts",
    "models": "the image models",
    "prices": "the prices",
}


@dataclass(frozen=True)
class Basis:
    """What an approval is bound to.

    Args:
        parts: Hashes by name; of the limits (`caps`) the amounts themselves, as JSON.
    """

    parts: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Hash of all of it."""
        return canonical_sha256(dict(self.parts))

    def changes_since(self, before: Mapping[str, str]) -> str:
        """Return what is not as it was, for people; empty where all is."""
        said = [f"{name} changed" for part, name in _NAMES.items() if before.get(part) != self.parts[part]]
        said += [changed_caps(json.loads(before.get("caps", "{}")), json.loads(self.parts["caps"]))]
        return "; ".join(one for one in said if one)


class BasisBook:
    """Finds out what an approval of a collection is bound to; pure, and the same in every process.

    What people have decided about single images is left out: each such decision is a person's word by itself.

    Args:
        renderer: Renders template prompts.
        terms: Who writes and who judges, and whether for real.
        prices: What images cost.
    """

    def __init__(self, renderer: PromptRenderer, terms: Terms, prices: PriceTable) -> None:
        self._renderer = renderer
        self._terms = terms
        self._prices = prices

    def basis(self, images: Sequence[WantedImage], sample: Sequence[str], limits: Mapping[str, Decimal]) -> Basis:
        """Return what an approval is bound to.

        Args:
            images: All wanted images of the collection.
            sample: Keys of its sample.
            limits: The limits that it is bought under, in USD by scope.
        """
        plain = [without_take(image) for image in images]
        models = sorted({model for image in plain for model in image.models})
        prices = {
            model: [
                [dict(row.per), row.valid_from, dict(row.when), row.worst_seconds] for row in self._prices.rows(model)
            ]
            for model in models
        }
        parts = {
            "sample": canonical_sha256(sorted(sample)),
            "images": canonical_sha256(sorted((image.key, image.sha256) for image in plain)),
            "prompts": canonical_sha256(sorted((image.key, self._prompt(image)) for image in plain)),
            "competition": self._terms.key(Draft("", "")),
            "models": canonical_sha256(sorted((image.key, image.models) for image in plain)),
            "prices": canonical_sha256(prices),
            "caps": canonical_json({scope: str(usd) for scope, usd in limits.items()}),
        }
        return Basis(parts)

    def _prompt(self, image: WantedImage) -> object:
        draft = self._renderer.render(image)
        return (draft.text, draft.negative_prompt) if isinstance(draft, Draft) else draft.reason
