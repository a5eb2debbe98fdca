"""Says, without asking anybody, what an image's models would be asked and what that would cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.order import Purchase
from asset_pipeline.ledger.calls import IMAGE
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.model_names import provider_of
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.results import Failed
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256


def image_content_key(wanted: WantedImage, values: Mapping[str, Any], *, mode: str, attempt: int = 1) -> str:
    """Return the hash over all that decides an original: model and version, every input, variant, take and attempt."""
    parts: dict[str, Any] = {
        "stage": IMAGE,
        "mode": mode,
        "model": wanted.model,
        "input": dict(values),
        "variant": wanted.variant,
    }
    if wanted.take > 1:
        parts["take"] = wanted.take
    if attempt > 1:
        parts["attempt"] = attempt
    return canonical_sha256(parts)


class Quotes:
    """Makes quotes; free, pure and the same in every process.

    Args:
        models: How each model is asked.
        prices: What it costs.
        mode: `sandbox` or `live`; a sandbox's drawing is never taken for the real thing.
        rebuys: How often an image is bought again that is not fit.
    """

    def __init__(self, models: ModelBook, prices: PriceTable, *, mode: str, rebuys: int = 0) -> None:
        self._models = models
        self._prices = prices
        self._mode = mode
        self._rebuys = rebuys

    def quote(
        self, wanted: WantedImage, *, prompt: str, negative_prompt: str = "", attempt: int = 1
    ) -> Purchase | Failed:
        """Return what would be bought from an image's first model; one without a known price is not called.

        Args:
            wanted: The image.
            prompt: Its prompt.
            negative_prompt: What must not be seen.
            attempt: 1, or more where what was bought before did not pass its checks.
        """
        chosen = self._models.choose(wanted, prompt=prompt, negative_prompt=negative_prompt)
        if isinstance(chosen, Failed):
            return chosen
        price = self._prices.image(wanted.model, chosen.values)
        if price is None:
            what = f"no price is known for {wanted.model}, so it is not called"
            return Failed(f"{what}; set prices.{wanted.model} in pipeline.yaml", may_fall_back=True)
        return Purchase(image_content_key(wanted, chosen.values, mode=self._mode, attempt=attempt), chosen, price)

    def content_keys(self, wanted: WantedImage, *, prompt: str, negative_prompt: str = "") -> dict[str, str]:
        """Return the content key of an image's original by each of its models, in their order."""
        keys = {}
        for model in wanted.models:
            by_model = wanted.made_by(model)
            chosen = self._models.choose(by_model, prompt=prompt, negative_prompt=negative_prompt)
            if not isinstance(chosen, Failed):
                keys[model] = image_content_key(by_model, chosen.values, mode=self._mode)
        return keys

    def worst_usd(self, wanted: WantedImage) -> dict[str, Decimal] | Failed:
        """Return the most that an image's originals can cost, by provider, over all models that may make it."""
        most: dict[str, Decimal] = {}
        first: Failed | None = None
        for model in wanted.models:
            offer = self.quote(wanted.made_by(model), prompt="")
            if isinstance(offer, Failed):
                first = first or offer
                continue
            provider = provider_of(model)
            most[provider] = max(most.get(provider, ZERO), offer.worst_usd * (1 + self._rebuys))
        return most or first or Failed(f"{wanted.key} has no model")
