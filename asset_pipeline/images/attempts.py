"""Makes an image from one model: once, and again where the settings allow it and what came is not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import structlog
from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.finisher import Finished, Finisher
from asset_pipeline.images.inspect import open_image
from asset_pipeline.images.made import Made
from asset_pipeline.images.order import Order
from asset_pipeline.images.purchase import Fetched
from asset_pipeline.images.shop import Shop
from asset_pipeline.images.store import Original
from asset_pipeline.images.vision import VisionJudge
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.provenance.record import Provenance, Source, read_sources
from asset_pipeline.results import Failed, Gated, Waiting
from asset_pipeline.specs.renditions import covering

log = structlog.get_logger(__name__)


class Attempts:
    """Buys and finishes originals.

    Args:
        database: Where calls are recorded.
        shop: Where originals come from.
        files: Where they are kept.
        finisher: Makes files of them.
        workers: Threads that decode, crop and encode.
        rebuys: How often an image is bought again that is not fit.
        vision: Looks at finished pictures; None where nobody does.
    """

    def __init__(
        self,
        database: Database,
        shop: Shop,
        files: FileStore,
        finisher: Finisher,
        *,
        workers: Executor,
        rebuys: int,
        vision: VisionJudge | None,
    ) -> None:
        self._database = database
        self._shop = shop
        self._files = files
        self._finisher = finisher
        self._workers = workers
        self._rebuys = rebuys
        self._vision = vision

    async def best(self, order: Order, *, patient: bool) -> Made | Failed | Waiting:
        """Return the best that the order's first model has made of it, its files in their place.

        Another is bought only for one that was bought just now: to look at what is there, or to finish it in another
        way, is free. What was bought before is looked at again, so that the same attempts lead to the same file.
        """
        made: list[Made] = []
        tried = 0
        while tried <= self._rebuys:
            tried += 1
            got = await self._attempt(order, made, number=tried, patient=patient)
            if isinstance(got, Made):
                made.append(got)
                if not got.finished.unfit or got.is_anothers:
                    break
                continue
            if made and (got is None or isinstance(got, Failed | Gated) or got.refused or got.may_fall_back):
                break  # what there is is delivered, with what is wrong with it
            await _booked(made)
            return got or Failed("nothing was bought")
        await _booked(made[:-1])
        best = min(made, key=lambda one: len(one.finished.unfit))
        if best is not made[-1] or tried > len(made):  # files of a later attempt may be in the place of its own
            again = await self._finish_again(order, best.original)
            if isinstance(again, Failed):
                await _booked(made)
                return again
            best = replace(again, finished=replace(again.finished, checks=best.finished.checks))
        costs = [one.cost_usd for one in made if one.cost_usd is not None]
        return replace(best, cost_usd=sum(costs, ZERO) if costs else None, booked=made[-1].booked)

    async def _attempt(
        self, order: Order, made: Sequence[Made], *, number: int, patient: bool
    ) -> Made | Failed | Waiting | None:
        """Buy an original unless it is there, and finish it; None where none is there and none is to be bought."""
        offer = self._shop.quotes.quote(
            order.wanted, prompt=order.prompt, negative_prompt=order.negative_prompt, attempt=number
        )
        if isinstance(offer, Failed):
            return offer
        if made:
            await self._shop.load([offer.content_key])
        got: Fetched | Original | Failed | Waiting | None = self._shop.original(offer.content_key)
        if got is None:
            goes_on = not made or made[-1].cost_usd is not None or await self._shop.is_under_way(offer.content_key)
            if not goes_on:
                return None
            # What was bought before is not fit, and so does not stand in the way of another.
            rivals = order.rivals - {one.original.content_key for one in made}
            got = await self._shop.buy(replace(order, rivals=rivals), offer, patient=patient)
        if isinstance(got, Failed | Waiting):
            return got
        finished = await (self._keep(order, got) if isinstance(got, Fetched) else self._finish_again(order, got))
        if not isinstance(finished, Made):
            return finished
        if finished.original.content_key != offer.content_key:
            finished = replace(finished, is_anothers=True)
        if finished.finished.unfit and number <= self._rebuys:
            return finished  # nobody is paid to look at what is bought again anyway
        return await self._looked_at(order, finished)

    async def _looked_at(self, order: Order, made: Made) -> Made:
        """Add what a language model thinks of a picture, where one looks; nothing that goes wrong there stops it."""
        if self._vision is None:
            return made
        file = made.finished.file
        loop = asyncio.get_running_loop()
        try:
            data = await loop.run_in_executor(self._workers, partial(self._files.read, file.path, sha256=file.sha256))
        except ImageError as error:
            log.warning("the finished file could not be looked at", image_key=order.wanted.key, reason=error.what)
            return made
        check = await self._vision.look(order, data)
        if check is None:
            return made
        return replace(made, finished=replace(made.finished, checks=(*made.finished.checks, check)))

    async def _keep(self, order: Order, fetched: Fetched) -> Made | Failed | Waiting:
        """Keep and finish what has just been bought."""
        bought = fetched.purchase
        source = Source(bought.model, bought.prediction_id, bought.created_at)
        kept = await self._shop.keep(order.wanted, fetched, partial(self._finish, order, source))
        if isinstance(kept, Failed | Waiting):
            return kept
        if isinstance(kept.used, Failed):
            await kept.booked
            return kept.used
        return Made(kept.original, kept.used, bought.model, fetched.cost_usd, kept.booked)

    async def _finish_again(self, order: Order, original: Original) -> Made | Failed:
        """Finish from an original that was bought before."""
        source = await self._database.asubmit(read_sources, original.call_id)
        if source is None:
            return Failed(f"the ledger does not know call {original.call_id}, which paid for it")
        loop = asyncio.get_running_loop()
        used = await loop.run_in_executor(self._workers, self._open_and_finish, order, source, original)
        return used if isinstance(used, Failed) else Made(original, used, source.model)

    def _open_and_finish(self, order: Order, source: Source, original: Original) -> Finished | Failed:
        size = covering((order.wanted.width, order.wanted.height), order.wanted.renditions)
        try:
            picture = open_image(self._files.read(original.path, sha256=original.sha256), svg_covers=size)
        except ImageError as error:
            return Failed(error.what)
        return self._finish(order, source, picture, original)

    def _finish(self, order: Order, source: Source, picture: Image.Image, original: Original) -> Finished | Failed:
        """Finish a picture and put its files in their place; runs in a worker thread."""
        provenance = Provenance(
            image_key=order.wanted.key,
            content_key=original.content_key,
            title=order.wanted.title,
            prompt=order.prompt,
            negative_prompt=order.negative_prompt,
            model=source.model,
            model_version=original.model_version,
            prediction_id=source.prediction_id,
            call_id=original.call_id,
            created_at=source.created_at,
        )
        return self._finisher.finish(order.wanted, picture, provenance)


async def _booked(made: Sequence[Made]) -> None:
    """Wait until all that was bought is recorded and booked."""
    await asyncio.gather(*(one.booked for one in made if one.booked))
