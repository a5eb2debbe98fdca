"""Makes the finished file of an image: buys the original unless it is there, finishes it, delivers it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images import store
from asset_pipeline.images.files import FileStore, StoredFile
from asset_pipeline.images.finish import FINISH_VERSION, finish
from asset_pipeline.images.inspect import open_image
from asset_pipeline.images.order import REPLICATE, Order, image_intent, model_input
from asset_pipeline.images.purchase import Fetched, Kept, OpenPurchase, Purchases, paid_and_lost
from asset_pipeline.images.store import Delivery, Original
from asset_pipeline.ledger import (
    Accepted,
    Call,
    Database,
    Door,
    Existing,
    Held,
    Ledger,
    Paid,
    Reply,
    State,
)
from asset_pipeline.ledger.calls import IMAGE, PAID_AND_LOST
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.prices import ImagePrice, PriceTable
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.results import Failed, Waiting, not_bought
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256

Got = TypeVar("Got")


@dataclass(frozen=True)
class Delivered:
    """A finished file.

    Args:
        content_key: Of its original.
        file: Where it is.
        original: Path of the original, relative to the data directory.
        thumbnail: A small picture of it, as a data URI.
        cost_usd: What the original cost now; 0 where it was bought before.
        reused: Whether it was bought before.
        call_id: The call that paid for the original.
    """

    content_key: str
    file: StoredFile
    original: str
    thumbnail: str
    cost_usd: Decimal
    reused: bool
    call_id: str


@dataclass(frozen=True)
class _Finished:
    file: StoredFile
    thumbnail: str


def image_content_key(wanted: WantedImage, values: Mapping[str, Any], *, mode: str) -> str:
    """Return the hash over all that decides an original: model and version, every input, variant and take."""
    parts: dict[str, Any] = {
        "stage": IMAGE,
        "mode": mode,
        "model": wanted.model,
        "input": dict(values),
        "variant": wanted.variant,
    }
    if wanted.take > 1:
        parts["take"] = wanted.take
    return canonical_sha256(parts)


def finish_key(wanted: WantedImage) -> str:
    """Return the hash over what is done to an original, which is free."""
    return canonical_sha256([FINISH_VERSION, wanted.width, wanted.height, wanted.format])


class ImageMaker:
    """Makes images.

    Args:
        database: Where originals and deliveries are recorded.
        ledger: Names the mode, which is part of what an original was bought for.
        door: Through which originals are bought.
        client: Replicate.
        purchases: Brings them home.
        files: Where they are kept.
        prices: What they cost.
        workers: Threads that decode, crop and encode.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        door: Door,
        client: ReplicateClient,
        purchases: Purchases,
        files: FileStore,
        prices: PriceTable,
        *,
        workers: Executor,
    ) -> None:
        self._database = database
        self._mode = ledger.mode
        self._door = door
        self._client = client
        self._purchases = purchases
        self._files = files
        self._prices = prices
        self._workers = workers
        self._originals: dict[str, Original] = {}
        self._lost: set[str] = set()
        self._under_way: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def price(self, wanted: WantedImage) -> ImagePrice | Failed:
        """Return what an image's model costs; a model without a known price is not called."""
        return self._prices.image(wanted.model, model_input(wanted, prompt="").values) or Failed(
            f"no price is known for {wanted.model}, so it is not called; set prices.{wanted.model} in pipeline.yaml"
        )

    def worst_usd(self, wanted: WantedImage) -> Decimal | Failed:
        """Return the most that an image's original can cost."""
        price = self.price(wanted)
        return price if isinstance(price, Failed) else price.worst_usd(model_input(wanted, prompt="").output)

    def content_key(self, wanted: WantedImage, *, prompt: str, negative_prompt: str) -> str:
        """Return the hash over everything that decides an image's original."""
        chosen = model_input(wanted, prompt=prompt, negative_prompt=negative_prompt)
        return image_content_key(wanted, chosen.values, mode=self._mode)

    async def load(self, content_keys: list[str]) -> None:
        """Look up, in one go, which originals have been bought before, and which of them cannot be had."""
        originals, lost = await self._database.arun(
            lambda connection: (
                store.read_originals(connection, content_keys),
                store.read_lost(connection, content_keys),
            )
        )
        self._originals |= originals
        self._lost |= lost

    def is_bought(self, content_key: str) -> bool:
        """Say whether an original has been bought, of those that were looked up or bought since."""
        return content_key in self._originals

    def is_lost(self, content_key: str) -> bool:
        """Say whether an original was paid and cannot be had, of those that were looked up."""
        return content_key in self._lost

    def closed(self) -> str | None:
        """Return why no original will be bought any more in this run; None while some may."""
        return self._door.closed(REPLICATE)

    async def make(self, order: Order) -> Delivered | Failed | Waiting:
        """Make the finished file; an original that was bought before is used again, at no cost."""
        key = self.content_key(order.wanted, prompt=order.prompt, negative_prompt=order.negative_prompt)
        async with self._under_way[key]:  # two equal wishes at the same time: one buys, the other uses
            got = self._originals.get(key) or await self._buy(order, key)
            if isinstance(got, Fetched):
                return await self._keep(order, got)
        return await self._use_again(order, got) if isinstance(got, Original) else got

    async def _keep(self, order: Order, fetched: Fetched) -> Delivered | Failed | Waiting:
        """Keep, finish and deliver what has just been bought."""
        kept = self._counted(await self._purchases.keep(fetched, partial(self._finish, order.wanted)))
        if isinstance(kept, Failed | Waiting):
            return kept
        self._originals[kept.original.content_key] = kept.original
        if isinstance(kept.used, Failed):
            await kept.booked
            return kept.used
        _, delivered = await asyncio.gather(
            kept.booked, self._deliver(order, kept.original, kept.used, cost=fetched.cost_usd)
        )
        return delivered

    async def _use_again(self, order: Order, original: Original) -> Delivered | Failed:
        """Finish and deliver from an original that was bought before."""
        loop = asyncio.get_running_loop()
        used = await loop.run_in_executor(self._workers, self._finish_again, order.wanted, original)
        return used if isinstance(used, Failed) else await self._deliver(order, original, used, cost=None)

    async def _buy(self, order: Order, key: str) -> Fetched | Original | Failed | Waiting:
        price = self.price(order.wanted)
        if isinstance(price, Failed):
            return price
        async with AsyncExitStack() as waiting:

            async def send(held: Held) -> Reply:
                reply = await self._client.create(held)
                if isinstance(reply, Accepted):  # the place is kept until the file is fetched
                    await waiting.enter_async_context(order.spender.slot)
                return reply

            ending = await self._door.pay(image_intent(order, key, price), send, place=order.spender.slot)
            if isinstance(ending, Paid):
                purchase = OpenPurchase.of(ending.held, ending.accepted.provider_call_id)
                return self._counted(await self._purchases.fetch(purchase, recorded=ending.recorded))
        if not isinstance(ending, Existing):
            return not_bought(ending)
        return await self._find_or_fetch(order, key, ending.call)

    def _counted(self, got: Got) -> Got:
        """Count a prediction that this run has paid for, once it is known what it brought."""
        if isinstance(got, Kept):
            self._door.count(REPLICATE)
        elif isinstance(got, Failed):
            self._door.count(REPLICATE, failure=got.reason)
        return got

    async def _find_or_fetch(self, order: Order, key: str, call: Call) -> Fetched | Original | Failed | Waiting:
        """Go on with a call that somebody else has made for the same thing."""
        if call.state is State.SETTLED:
            await self.load([key])
            if call.outcome in PAID_AND_LOST:
                return paid_and_lost(call.provider_call_id, f"see call {call.call_id}")
            return self._originals.get(key) or Failed(
                f"call {call.call_id} paid for this image, but its original is not recorded"
            )
        async with order.spender.slot:
            return await self._purchases.fetch(OpenPurchase.of_call(call, str(call.provider_call_id)))

    async def _deliver(
        self, order: Order, original: Original, finished: _Finished, *, cost: Decimal | None
    ) -> Delivered:
        """Record a delivery; `cost` is None where the original was bought before."""
        delivery = Delivery(
            image_key=order.wanted.key,
            recipe_key=order.recipe_key,
            prompt_key=order.prompt_key,
            content_key=original.content_key,
            file=finished.file,
            run_id=order.spender.run_id,
        )
        await self._database.asubmit(store.save_deliveries, delivery)
        return Delivered(
            content_key=original.content_key,
            file=finished.file,
            original=original.path,
            thumbnail=finished.thumbnail,
            cost_usd=ZERO if cost is None else cost,
            reused=cost is None,
            call_id=original.call_id,
        )

    def _finish_again(self, wanted: WantedImage, original: Original) -> _Finished | Failed:
        try:
            picture = open_image(self._files.read(original.path, sha256=original.sha256))
        except ImageError as error:
            return Failed(error.what)
        return self._finish(wanted, picture)

    def _finish(self, wanted: WantedImage, original: Image.Image) -> _Finished | Failed:
        """Finish a picture and put the file in its place; runs in a worker thread."""
        try:
            finished = finish(original, width=wanted.width, height=wanted.height, format=wanted.format)
            return _Finished(self._files.deliver(wanted, finished.data), finished.thumbnail)
        except (ImageError, OSError) as error:
            return Failed(f"the original is there, but the file could not be finished: {error}")
