"""Buys originals: knows what was bought before, takes orders to the door, and brings home what they are for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from PIL import Image

from asset_pipeline.images import store
from asset_pipeline.images.answered import AnsweredPictures
from asset_pipeline.images.model_desk import ModelDesk
from asset_pipeline.images.open_purchase import Used
from asset_pipeline.images.order import Order, Purchase, image_intent
from asset_pipeline.images.purchase import Fetched, Kept, OpenPurchase, Purchases, paid_and_lost
from asset_pipeline.images.quotes import Quotes
from asset_pipeline.images.store import Original
from asset_pipeline.ledger import Accepted, Call, Cause, Database, Door, Existing, Held, NotMade, Paid, Reply, State
from asset_pipeline.ledger.calls import PAID_AND_LOST
from asset_pipeline.model_names import OPENROUTER, provider_of
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.results import Failed, Waiting, not_bought
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.renditions import covering

Got = Fetched | Original | Failed | Waiting
Counted = TypeVar("Counted")


class Shop:
    """Where originals come from.

    Args:
        database: Where originals are recorded.
        door: Through which originals are bought.
        replicate: Makes most of them.
        purchases: Brings Replicate's home.
        answered: Takes OpenRouter's out of their answers.
        desk: Asks whether models take their input.
        quotes: What models are asked, and what that costs.
    """

    def __init__(
        self,
        database: Database,
        door: Door,
        *,
        replicate: ReplicateClient,
        purchases: Purchases,
        answered: AnsweredPictures,
        desk: ModelDesk,
        quotes: Quotes,
    ) -> None:
        self._database = database
        self._door = door
        self._replicate = replicate
        self._purchases = purchases
        self._answered = answered
        self._desk = desk
        self.quotes = quotes
        self._originals: dict[str, Original] = {}
        self._lost: set[str] = set()

    async def load(self, content_keys: Sequence[str]) -> None:
        """Look up, in one go, which originals have been bought before, and which of them cannot be had."""
        originals, lost = await self._database.arun(
            lambda connection: (
                store.read_originals(connection, content_keys),
                store.read_lost(connection, content_keys),
            )
        )
        self._originals |= originals
        self._lost |= lost

    def original(self, content_key: str) -> Original | None:
        """Return an original that was bought, of those that were looked up or bought since."""
        return self._originals.get(content_key)

    def is_lost(self, content_key: str) -> bool:
        """Say whether an original was paid and cannot be had, of those that were looked up."""
        return content_key in self._lost

    async def is_under_way(self, content_key: str) -> bool:
        """Say whether a call for an original is open, or its outcome not known."""
        return await self._database.arun(lambda connection: store.is_open(connection, content_key))

    def closed(self, wanted: WantedImage) -> str | None:
        """Return why no original of an image will be bought any more in this run; None while one may."""
        reasons = [self._door.closed(provider_of(model)) for model in wanted.models]
        return reasons[0] if all(reasons) else None

    def is_down(self, model: str) -> str | None:
        """Return why a model's provider takes nothing just now; None where it may."""
        provider = provider_of(model)
        paused = f"{provider} does not work just now" if self._door.is_paused(provider) else None
        return self._door.closed(provider) or paused

    def has_way_out(self, model: str, others: Sequence[str]) -> bool:
        """Say whether one of other models is made by another provider, which works."""
        return any(provider_of(other) != provider_of(model) and not self.is_down(other) for other in others)

    async def buy(self, order: Order, offer: Purchase, *, patient: bool) -> Got:
        """Buy an original, or go on with what somebody else has bought or is buying.

        Args:
            order: What has to be made, by its first model.
            offer: What is bought for it.
            patient: Whether to wait for a provider that does not work just now.
        """
        refused = await self._desk.check(order.wanted.model, offer.chosen.values)
        if refused:
            return refused
        model = order.wanted.model
        got = await self._pay(order, replace(offer, version=self._desk.version(model)), patient=patient)
        if isinstance(got, NotMade) and got.cause is Cause.NOT_FOUND:
            if self._desk.is_not_found(model):  # its version is known, and whoever asked by name has paid nothing
                got = await self._pay(order, replace(offer, version=self._desk.version(model)), patient=patient)
            else:
                self._door.count(provider_of(model), failure=got.reason)
        if isinstance(got, NotMade):
            return not_bought(got)
        return await self._find_or_fetch(order, got.call) if isinstance(got, Existing) else got

    async def _pay(
        self, order: Order, offer: Purchase, *, patient: bool
    ) -> Fetched | Failed | Waiting | Existing | NotMade:
        """Take an order to the door, and bring home what it paid for while it has its place."""
        intent = image_intent(order, offer)
        send = self._answered.send if intent.provider == OPENROUTER else self._replicate.create
        async with AsyncExitStack() as waiting:

            async def once(held: Held) -> Reply:
                reply = await send(held)
                if isinstance(reply, Accepted):  # the place is kept until the file is fetched
                    await waiting.enter_async_context(order.spender.slot)
                return reply

            ending = await self._door.pay(intent, once, place=order.spender.slot, patient=patient)
            if isinstance(ending, Paid):
                return self._counted(order.wanted.model, await self._bring(ending))
        return ending if isinstance(ending, Existing | NotMade) else not_bought(ending)

    async def _bring(self, paid: Paid) -> Fetched | Failed | Waiting:
        """Bring home what has just been paid."""
        purchase = OpenPurchase.of(paid.held, paid.accepted.provider_call_id)
        if paid.held.intent.provider == OPENROUTER:
            return await self._answered.take(purchase, paid.accepted.body)
        return await self._purchases.fetch(purchase, recorded=paid.recorded)

    async def keep(
        self, wanted: WantedImage, fetched: Fetched, use: Callable[[Image.Image, Original], Used]
    ) -> Kept[Used] | Failed | Waiting:
        """Keep what was fetched for an image; see `Purchases.keep`."""
        model, size = wanted.model, covering((wanted.width, wanted.height), wanted.renditions)
        kept = self._counted(model, await self._purchases.keep(fetched, use, size=size))
        if isinstance(kept, Kept):
            self._originals[kept.original.content_key] = kept.original
            if provider_of(model) == OPENROUTER:
                kept.booked.add_done_callback(partial(self._forget_answer, fetched.purchase.call_id))
        return kept

    def _forget_answer(self, call_id: str, booked: asyncio.Future[Any]) -> None:
        if not booked.cancelled() and booked.exception() is None:
            self._answered.spool.forget(call_id)

    def _counted(self, model: str, got: Counted) -> Counted:
        """Count a purchase of this run once it is known what it brought."""
        if isinstance(got, Kept):
            self._door.count(provider_of(model))
        elif isinstance(got, Failed):
            self._door.count(provider_of(model), failure=got.reason)
        return got

    async def _find_or_fetch(self, order: Order, call: Call) -> Got:
        """Go on with a call that somebody else has made for the same thing."""
        key = call.content_key
        if call.state is State.SETTLED:
            await self.load([key])
            if call.outcome in PAID_AND_LOST:
                return paid_and_lost(call.provider_call_id, f"see call {call.call_id}")
            return self._originals.get(key) or Failed(
                f"call {call.call_id} paid for this image, but its original is not recorded"
            )
        async with order.spender.slot:
            return await self._purchases.fetch(OpenPurchase.of_call(call, str(call.provider_call_id)))
