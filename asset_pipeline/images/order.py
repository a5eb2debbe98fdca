"""What has to be made, and the paid call that buys its original."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from asset_pipeline.images.models import ModelInput, choose_input
from asset_pipeline.ledger import Intent
from asset_pipeline.ledger.calls import IMAGE
from asset_pipeline.providers.prices import ImagePrice
from asset_pipeline.specs import WantedImage
from asset_pipeline.spender import Spender

MAX_SEED = 2**31
REPLICATE = "replicate"


@dataclass(frozen=True)
class Order:
    """What has to be made.

    Args:
        spender: The image, and on whose account it is made.
        prompt: Its prompt.
        negative_prompt: What must not be seen.
        prompt_key: Of the competition that found the prompt.
        recipe_key: Hash over all that was known before anything was paid.
    """

    spender: Spender
    prompt: str
    negative_prompt: str
    prompt_key: str
    recipe_key: str

    @property
    def wanted(self) -> WantedImage:
        """The image."""
        return self.spender.wanted


def model_input(wanted: WantedImage, *, prompt: str, negative_prompt: str = "") -> ModelInput:
    """Return what an image's model is asked."""
    size = (wanted.width, wanted.height)
    return choose_input(wanted.model, size=size, prompt=prompt, negative_prompt=negative_prompt)


def image_intent(order: Order, key: str, price: ImagePrice) -> Intent:
    """Return the call that buys the original of an image under a content key."""
    wanted = order.wanted
    chosen = model_input(wanted, prompt=order.prompt, negative_prompt=order.negative_prompt)
    # A seed of its own marks each attempt, so that a lost answer can be found again at the provider.
    seed = {"seed": secrets.randbelow(MAX_SEED)} if chosen.takes_seed else {}
    # Where time is paid, the provider ends the run when the hold is used up.
    deadline = {"cancel_after_s": int(price.worst_seconds)} if price.worst_seconds else {}
    return Intent(
        provider=REPLICATE,
        kind=IMAGE,
        model=wanted.model,
        image_key=wanted.key,
        collection=wanted.collection,
        stage=order.spender.stage,
        content_key=key,
        request={"input": {**chosen.values, **seed}, **deadline},
        worst_usd=price.worst_usd(chosen.output),
        price=price.record(),
        run_id=order.spender.run_id,
        note=order.spender.note,
    )
