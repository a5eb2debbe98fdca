"""Makes the finished file of an image: buys the original unless it is there, finishes it, delivers it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images import store
from asset_pipeline.images.files import FileStore, StoredFile
from asset_pipeline.images.finish import FINISH_VERSION, finish
from asset_pipeline.images.inspect import open_image
from asset_pipeline.images.order import Order, Purchase
from asset_pipeline.images.purchase import Fetched, paid_and_lost
from asset_pipeline.images.shop import Shop
from asset_pipeline.images.store import Delivery, Original
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256


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
        model: Who made it: one of the image's models.
        fallback: Why not the first of them; empty where it was.
        model_version: Of the model, as the provider says; None where it does not.
    """

    content_key: str
    file: StoredFile
    original: str
    thumbnail: str
    cost_usd: Decimal
    reused: bool
    call_id: str
    model: str
    fallback: str = ""
    model_version: str | None = None


@dataclass(frozen=True)
class _Finished:
    file: StoredFile
    thumbnail: str


def finish_key(wanted: WantedImage) -> str:
    """Return the hash over what is done to an original, which is free."""
    return canonical_sha256([FINISH_VERSION, wanted.width, wanted.height, wanted.format])


class ImageMaker:
    """Makes images.

    Args:
        database: Where deliveries are recorded.
        shop: Where originals come from.
        files: Where they are kept.
        workers: Threads that decode, crop and encode.
    """

    def __init__(self, database: Database, shop: Shop, files: FileStore, *, workers: Executor) -> None:
        self._database = database
        self._shop = shop
        self._files = files
        self._workers = workers
        self._under_way: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def make(self, order: Order) -> Delivered | Failed | Waiting:
        """Make the finished file; an original that was bought before, from any of its models, costs nothing."""
        keys = self._shop.quotes.content_keys(order.wanted, prompt=order.prompt, negative_prompt=order.negative_prompt)
        async with self._under_way[next(iter(keys.values()), order.wanted.key)]:  # of equal wishes, one buys
            for model, key in keys.items():
                original = self._shop.original(key)
                if original:
                    return await self._use_again(order, original, model)
            if any(self._shop.is_lost(key) for key in keys.values()):
                return paid_and_lost(None, "see `asset-pipeline status` with its key")
            return await self._make_by_first_that_can(order)

    async def _make_by_first_that_can(self, order: Order) -> Delivered | Failed | Waiting:
        """Try one model after the other, as long as the one before has certainly cost nothing."""
        offers = {model: self._quote(order, model) for model in order.wanted.models}
        reasons = {model: offer.reason for model, offer in offers.items() if isinstance(offer, Failed)}
        able = [(model, offer) for model, offer in offers.items() if isinstance(offer, Purchase)]
        made: Failed | Waiting = Failed("none of its models can be asked")
        for number, (model, offer) in enumerate(able):
            way_out = self._shop.has_way_out(model, [other for other, _ in able[number + 1 :]])
            down = self._shop.is_down(model) if way_out else None
            if down:
                reasons[model] = down
                continue
            got = await self._make_by(order.made_by(model, because=_told(reasons)), offer, patient=not way_out)
            if isinstance(got, Delivered):
                return got
            made, reasons[model] = got, got.reason
            if not made.may_fall_back or (isinstance(made, Waiting) and not way_out):
                break
        return replace(made, reason=_told(reasons) if len(offers) > 1 else next(iter(reasons.values())))

    def _quote(self, order: Order, model: str) -> Purchase | Failed:
        by_model = order.wanted.made_by(model)
        return self._shop.quotes.quote(by_model, prompt=order.prompt, negative_prompt=order.negative_prompt)

    async def _make_by(self, order: Order, offer: Purchase, *, patient: bool) -> Delivered | Failed | Waiting:
        """Make the file by the order's first model."""
        got = await self._shop.buy(order, offer, patient=patient)
        if isinstance(got, Fetched):
            return await self._keep(order, got)
        return await self._use_again(order, got, got.model or order.wanted.model) if isinstance(got, Original) else got

    async def _keep(self, order: Order, fetched: Fetched) -> Delivered | Failed | Waiting:
        """Keep, finish and deliver what has just been bought."""
        kept = await self._shop.keep(order.wanted, fetched, partial(self._finish, order.wanted))
        if isinstance(kept, Failed | Waiting):
            return kept
        if isinstance(kept.used, Failed):
            await kept.booked
            return kept.used
        delivering = self._deliver(order, kept.original, kept.used, model=order.wanted.model, cost=fetched.cost_usd)
        _, delivered = await asyncio.gather(kept.booked, delivering)
        return delivered

    async def _use_again(self, order: Order, original: Original, model: str) -> Delivered | Failed:
        """Finish and deliver from an original that was bought before."""
        loop = asyncio.get_running_loop()
        used = await loop.run_in_executor(self._workers, self._finish_again, order.wanted, original)
        return used if isinstance(used, Failed) else await self._deliver(order, original, used, model=model, cost=None)

    async def _deliver(
        self, order: Order, original: Original, finished: _Finished, *, model: str, cost: Decimal | None
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
            model=model,
            fallback=order.fallback,
            model_version=original.model_version,
        )

    def _finish_again(self, wanted: WantedImage, original: Original) -> _Finished | Failed:
        try:
            data = self._files.read(original.path, sha256=original.sha256)
            picture = open_image(data, svg_covers=(wanted.width, wanted.height))
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


def _told(reasons: Mapping[str, str]) -> str:
    """Return why each of several models does not make an image."""
    return "; ".join(f"{model}: {reason}" for model, reason in reasons.items())
