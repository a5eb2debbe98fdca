"""Makes the finished file of an image: buys the original unless it is there, finishes it, delivers it."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.errors import ImageError
from asset_pipeline.images import store
from asset_pipeline.images.files import FileStore, StoredFile
from asset_pipeline.images.finish import FINISH_VERSION, finish, thumbnail_uri
from asset_pipeline.images.inspect import Inspected, inspect
from asset_pipeline.images.models import choose_input
from asset_pipeline.images.purchase import OpenPurchase, Purchased, Purchases
from asset_pipeline.images.store import Delivery, Original
from asset_pipeline.ledger import Database, Door, Existing, Held, Intent, Ledger, Paid, Reply, Stage, State
from asset_pipeline.ledger.calls import IMAGE
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.prices import ImagePrice, PriceTable
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.results import Failed, Waiting, not_bought
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256

MAX_SEED = 2**31


@dataclass(frozen=True)
class Order:
    """What has to be made.

    Args:
        wanted: The image.
        prompt: Its prompt.
        negative_prompt: What must not be seen.
        prompt_key: Of the competition that found the prompt.
        recipe_key: Hash over all that was known before anything was paid.
        stage: Which budget pays.
        run_id: The Dagster run, if any.
    """

    wanted: WantedImage
    prompt: str
    negative_prompt: str
    prompt_key: str
    recipe_key: str
    stage: Stage
    run_id: str | None


@dataclass(frozen=True)
class Delivered:
    """A finished file.

    Args:
        content_key: Of its original.
        file: Where it is.
        seen: What it is, read back from its bytes.
        original: Path of the original, relative to the data directory.
        thumbnail: A small picture of it, as a data URI.
        cost_usd: What the original cost now; 0 where it was bought before.
        reused: Whether it was bought before.
        call_id: The call that paid for the original.
    """

    content_key: str
    file: StoredFile
    seen: Inspected
    original: str
    thumbnail: str
    cost_usd: Decimal
    reused: bool
    call_id: str


def image_content_key(wanted: WantedImage, values: Mapping[str, Any], *, mode: str) -> str:
    """Return the hash over everything that decides an original: model and version, every input, and the variant."""
    parts = {
        "stage": IMAGE,
        "mode": mode,
        "model": wanted.model,
        "input": dict(values),
        "variant": wanted.variant,
    }
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
        workers: ThreadPoolExecutor,
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
        self._under_way: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def price(self, wanted: WantedImage) -> ImagePrice | Failed:
        """Return what an image's model costs; a model without a known price is not called."""
        return self._prices.image(wanted.model) or Failed(
            f"no price is known for {wanted.model}, so it is not called; set prices.{wanted.model} in pipeline.yaml"
        )

    def content_key(self, wanted: WantedImage, *, prompt: str, negative_prompt: str) -> str:
        """Return the hash over everything that decides an image's original."""
        size = (wanted.width, wanted.height)
        chosen = choose_input(wanted.model, size=size, prompt=prompt, negative_prompt=negative_prompt)
        return image_content_key(wanted, chosen.values, mode=self._mode)

    async def load(self, content_keys: list[str]) -> None:
        """Look up, in one go, which originals have been bought before."""
        self._originals |= await self._database.arun(lambda connection: store.read_originals(connection, content_keys))

    def is_bought(self, content_key: str) -> bool:
        """Say whether an original has been bought, of those that were looked up or bought since."""
        return content_key in self._originals

    async def make(self, order: Order) -> Delivered | Failed | Waiting:
        """Make the finished file; an original that was bought before is used again, at no cost."""
        key = self.content_key(order.wanted, prompt=order.prompt, negative_prompt=order.negative_prompt)
        try:
            async with self._under_way[key]:  # two equal wishes at the same time: one buys, the other uses
                got = await self._original(order, key)
            if isinstance(got, Failed | Waiting):
                return got
            return await self._deliver(order, got)
        except ImageError as error:
            return Failed(str(error))

    async def _original(self, order: Order, key: str) -> Purchased | Failed | Waiting:
        known = self._originals.get(key)
        if known:
            data = await asyncio.to_thread(self._files.read, known.path, sha256=known.sha256)
            return Purchased(known, data, ZERO)
        got = await self._buy(order, key)
        if isinstance(got, Purchased):
            self._originals[key] = got.original
        return got

    async def _buy(self, order: Order, key: str) -> Purchased | Failed | Waiting:
        price = self.price(order.wanted)
        if isinstance(price, Failed):
            return price
        ending = await self._door.pay(self._intent(order, key, price), self._send)
        if isinstance(ending, Paid):
            held, prediction_id = ending.held, ending.accepted.provider_call_id
            return await self._purchases.bring_home(
                OpenPurchase(held.call_id, key, order.wanted.model, prediction_id, held.intent.worst_usd)
            )
        if not isinstance(ending, Existing):
            return not_bought(ending)
        call = ending.call
        if call.state is State.SETTLED:  # another process bought it since this one looked
            await self.load([key])
            known = self._originals.get(key)
            if known is None:
                return Failed(f"call {call.call_id} paid for this image, but its original is not recorded")
            return await self._original(order, key)
        purchase = OpenPurchase(call.call_id, key, call.model, str(call.provider_call_id), call.worst_usd)
        return await self._purchases.bring_home(purchase)

    def _intent(self, order: Order, key: str, price: ImagePrice) -> Intent:
        wanted = order.wanted
        size = (wanted.width, wanted.height)
        chosen = choose_input(wanted.model, size=size, prompt=order.prompt, negative_prompt=order.negative_prompt)
        # A seed of its own marks each attempt, so that a lost answer can be found again at the provider.
        seed = {"seed": secrets.randbelow(MAX_SEED)} if chosen.takes_seed else {}
        return Intent(
            provider="replicate",
            kind=IMAGE,
            model=wanted.model,
            image_key=wanted.key,
            collection=wanted.collection,
            stage=order.stage,
            content_key=key,
            request={"input": {**chosen.values, **seed}},
            worst_usd=price.worst_usd(),
            price=price.record(),
            run_id=order.run_id,
        )

    async def _send(self, held: Held) -> Reply:
        return await self._client.create(held)

    async def _deliver(self, order: Order, got: Purchased) -> Delivered:
        loop = asyncio.get_running_loop()
        file, seen, thumbnail = await loop.run_in_executor(self._workers, self._finish, order.wanted, got.data)
        delivery = Delivery(
            image_key=order.wanted.key,
            recipe_key=order.recipe_key,
            prompt_key=order.prompt_key,
            content_key=got.original.content_key,
            file=file,
            run_id=order.run_id,
        )
        await self._database.asubmit(store.save_deliveries, delivery)
        return Delivered(
            content_key=got.original.content_key,
            file=file,
            seen=seen,
            original=got.original.path,
            thumbnail=thumbnail,
            cost_usd=got.cost_usd,
            reused=got.cost_usd == ZERO,
            call_id=got.original.call_id,
        )

    def _finish(self, wanted: WantedImage, original: bytes) -> tuple[StoredFile, Inspected, str]:
        """Finish, check and deliver a file; runs in a worker thread.

        Raises:
            ImageError: The original cannot be decoded, or the finished file is not what was wanted.
        """
        data = finish(original, width=wanted.width, height=wanted.height, format=wanted.format)
        seen = inspect(data)
        if seen != Inspected(wanted.format, wanted.width, wanted.height):
            raise ImageError(f"the finished file is {seen}, not what the spec wants")
        return self._files.deliver(wanted, data), seen, thumbnail_uri(data)
