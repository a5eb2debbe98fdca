"""What has to be made, and the paid call that buys its original."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from asset_pipeline.images.models import ModelInput, via
from asset_pipeline.ledger import Intent
from asset_pipeline.ledger.calls import IMAGE
from asset_pipeline.model_names import OPENROUTER, provider_of
from asset_pipeline.providers.openrouter_images import image_request
from asset_pipeline.providers.prices import ImagePrice
from asset_pipeline.specs import WantedImage
from asset_pipeline.spender import Spender

MAX_SEED = 2**31


@dataclass(frozen=True)
class Order:
    """What has to be made.

    Args:
        spender: The image, and on whose account it is made.
        prompt: Its prompt.
        negative_prompt: What must not be seen.
        prompt_key: Of the competition that found the prompt.
        recipe_key: Hash over all that was known before anything was paid.
        rivals: Content keys of all ways to make it; while one of them is under way, no other is bought.
        fallback: Why the image's first model does not make it; empty where it does.
    """

    spender: Spender
    prompt: str
    negative_prompt: str
    prompt_key: str
    recipe_key: str
    rivals: frozenset[str] = frozenset()
    fallback: str = ""

    @property
    def wanted(self) -> WantedImage:
        """The image."""
        return self.spender.wanted

    def made_by(self, model: str, *, because: str = "") -> Order:
        """Return the same order for another of the image's models.

        Args:
            model: Which.
            because: Why not by the ones before, for the journal.
        """
        notes = [self.spender.note, f"fallback to {model}: {because}" if because else None]
        note = "; ".join(note for note in notes if note) or None
        spender = replace(self.spender, wanted=self.wanted.made_by(model), note=note)
        return replace(self, spender=spender, fallback=because)


@dataclass(frozen=True)
class Purchase:
    """What is bought for an order.

    Args:
        content_key: Hash over everything that decides the original.
        chosen: What its model is asked.
        price: What that costs.
        version: The version by which the model is called; None where its name is enough.
    """

    content_key: str
    chosen: ModelInput
    price: ImagePrice
    version: str | None = None

    @property
    def worst_usd(self) -> Decimal:
        """The most it can cost."""
        return self.price.worst_usd(self.chosen.output)


def image_intent(order: Order, purchase: Purchase) -> Intent:
    """Return the call that buys the original of an image."""
    wanted, price = order.wanted, purchase.price
    return Intent(
        provider=provider_of(wanted.model),
        kind=IMAGE,
        model=wanted.model,
        image_key=wanted.key,
        collection=wanted.collection,
        stage=order.spender.stage,
        approval=order.spender.approval,
        content_key=purchase.content_key,
        request=_request(wanted.model, purchase),
        worst_usd=purchase.worst_usd,
        price=price.record(),
        run_id=order.spender.run_id,
        note=order.spender.note,
        rivals=tuple(sorted(order.rivals - {purchase.content_key})),
    )


def _request(model: str, purchase: Purchase) -> Mapping[str, Any]:
    chosen = purchase.chosen
    # A seed of its own marks each attempt, so that a lost answer can be found again at the provider.
    seed = {"seed": secrets.randbelow(MAX_SEED)} if chosen.takes_seed else {}
    values = {**chosen.values, **seed}
    if provider_of(model) == OPENROUTER:
        return image_request(model, values, via=via(model))
    request: dict[str, Any] = {"input": values}
    if purchase.version:
        request["version"] = purchase.version
    if purchase.price.worst_seconds:  # where time is paid, the provider ends the run when the hold is used up
        request["cancel_after_s"] = int(purchase.price.worst_seconds)
    return request
