"""Makes the finished image: from the first of its models that can, and records what was delivered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from asset_pipeline.images import store
from asset_pipeline.images.attempts import Attempts
from asset_pipeline.images.check_rows import Looked, save_looks
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.made import Delivered, Made
from asset_pipeline.images.order import Order, Purchase
from asset_pipeline.images.purchase import paid_and_lost
from asset_pipeline.images.shop import Shop
from asset_pipeline.images.store import Delivery
from asset_pipeline.images.vision import VisionJudge
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.results import Failed, Gated, Waiting
from asset_pipeline.specs import WantedImage


class ImageMaker:
    """Makes images.

    Args:
        database: Where deliveries are recorded.
        shop: Where originals come from.
        files: Where finished files are.
        attempts: Makes an image from one model.
        vision: Looks at finished pictures; None where nobody does.
    """

    def __init__(
        self, database: Database, shop: Shop, files: FileStore, attempts: Attempts, *, vision: VisionJudge | None = None
    ) -> None:
        self._database = database
        self._shop = shop
        self._files = files
        self._attempts = attempts
        self._vision = vision
        self._under_way: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def look_usd(self, wanted: WantedImage) -> Decimal:
        """Return the most that a look at the finished picture can cost; 0 where nobody looks."""
        return await self._vision.worst_usd(wanted) if self._vision else ZERO

    async def make(self, order: Order) -> Delivered | Failed | Waiting:
        """Make the finished files; an original that was bought before, from any of its models, costs nothing."""
        keys = self._shop.quotes.content_keys(order.wanted, prompt=order.prompt, negative_prompt=order.negative_prompt)
        async with self._under_way[next(iter(keys.values()), order.wanted.key)]:  # of equal wishes, one buys
            bought = next((model for model, key in keys.items() if self._shop.original(key)), None)
            if bought:
                return await self._make_by(order.made_by(bought), patient=True)
            if any(self._shop.is_lost(key) for key in keys.values()):
                return paid_and_lost(None, "see `asset-pipeline status` with its key")
            return await self._make_by_first_that_can(order)

    async def _make_by_first_that_can(self, order: Order) -> Delivered | Failed | Waiting:
        """Try one model after the other, as long as the one before has certainly cost nothing."""
        offers = {
            model: self._shop.quotes.quote(
                order.wanted.made_by(model), prompt=order.prompt, negative_prompt=order.negative_prompt
            )
            for model in order.wanted.models
        }
        reasons = {model: offer.reason for model, offer in offers.items() if isinstance(offer, Failed)}
        able = [model for model, offer in offers.items() if isinstance(offer, Purchase)]
        made: Failed | Waiting = Failed("none of its models can be asked")
        for number, model in enumerate(able):
            way_out = self._shop.has_way_out(model, able[number + 1 :])
            down = self._shop.is_down(model) if way_out else None
            if down:
                reasons[model] = down
                continue
            got = await self._make_by(order.made_by(model, because=_told(reasons)), patient=not way_out)
            if isinstance(got, Delivered):
                return got
            made, reasons[model] = got, got.reason
            if not made.may_fall_back or (isinstance(made, Waiting) and not way_out):
                break
        return replace(made, reason=_told(reasons) if len(offers) > 1 else next(iter(reasons.values())))

    async def _make_by(self, order: Order, *, patient: bool) -> Delivered | Failed | Waiting:
        """Make the files by the order's first model, and record them."""
        made = await self._attempts.best(order, patient=patient)
        return await self._deliver(order, made) if isinstance(made, Made) else made

    async def _deliver(self, order: Order, made: Made) -> Delivered | Gated:
        """Record a delivery, and what was seen of it."""
        wanted, original, finished = order.wanted, made.original, made.finished
        delivery = Delivery(
            image_key=wanted.key,
            recipe_key=order.recipe_key,
            prompt_key=order.prompt_key,
            content_key=original.content_key,
            file=finished.file,
            run_id=order.spender.run_id,
        )
        looked = Looked(wanted.key, original.content_key, finished.checks, finished.hash, finished.renditions)
        is_taken, left_over, *_ = await asyncio.gather(
            self._database.asubmit(store.save_deliveries, delivery),
            self._database.asubmit(save_looks, looked),
            *([made.booked] if made.booked else []),
        )
        self._files.remove(left_over)
        if not is_taken:
            self._files.remove([finished.file.path, *(file.path for file in finished.renditions)])
            return Gated("it was rejected while it was made; what was bought for it is kept")
        return Delivered(
            content_key=original.content_key,
            file=finished.file,
            renditions=finished.renditions,
            original=original.path,
            thumbnail=finished.thumbnail,
            checks=finished.checks,
            cost_usd=made.cost_usd or ZERO,
            reused=made.cost_usd is None,
            call_id=original.call_id,
            model=made.model,
            model_version=original.model_version,
            fallback=order.fallback,
        )


def _told(reasons: Mapping[str, str]) -> str:
    """Return why each of several models does not make an image."""
    return "; ".join(f"{model}: {reason}" for model, reason in reasons.items())
