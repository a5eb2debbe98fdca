"""Buys one original: created once, followed by its id until it ends, downloaded, kept, and only then settled.

Whatever happens in between, the call stays open under its id, and whoever comes next goes on where it stands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

import httpx
from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.images.store import KeptOriginal, Original, save_originals
from asset_pipeline.ledger import Call, Database, Held, Ledger, Outcome, Step
from asset_pipeline.ledger.calls import Price
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.prices import actual_usd
from asset_pipeline.providers.replicate import Prediction, ReplicateClient
from asset_pipeline.results import Failed, Waiting

Used = TypeVar("Used")

# The first look is when a model is usually done, later ones ever further apart.
USUAL_SLACK = 1.02
USUAL_WEIGHT = 0.2
MAX_USUAL_S = 120.0
POLL_SHARE = 0.1
POLL_GROWTH = 1.5
MAX_POLL_S = 5.0
DOWNLOAD_TRIES = 4
DOWNLOAD_WAIT_S = 0.5
UNREADABLE = "bin"


@dataclass(frozen=True)
class OpenPurchase:
    """A prediction that has been paid for, or will be.

    Args:
        call_id: The call.
        content_key: What it was bought as.
        model: As it was asked.
        prediction_id: Replicate's id of it.
        given: Its input.
        price: What it was bought at.
        worst_usd: What is held for it.
    """

    call_id: str
    content_key: str
    model: str
    prediction_id: str
    given: Mapping[str, Any]
    price: Price
    worst_usd: Decimal

    @classmethod
    def of(cls, held: Held, prediction_id: str) -> OpenPurchase:
        """Return a purchase that has just been made."""
        asked = held.intent
        given = asked.request["input"]
        return cls(held.call_id, asked.content_key, asked.model, prediction_id, given, asked.price, asked.worst_usd)

    @classmethod
    def of_call(cls, call: Call, prediction_id: str) -> OpenPurchase:
        """Return a purchase that the journal has."""
        given = call.request["input"]
        return cls(call.call_id, call.content_key, call.model, prediction_id, given, call.price, call.worst_usd)


@dataclass(frozen=True)
class Fetched:
    """What a prediction delivered, not kept yet; its call is still open.

    Args:
        purchase: The prediction.
        data: The file.
        cost_usd: What it cost.
        remark: How the cost was found, where the prediction does not say.
    """

    purchase: OpenPurchase
    data: bytes
    cost_usd: Decimal
    remark: str | None


@dataclass(frozen=True)
class Kept(Generic[Used]):
    """An original on the disk.

    Args:
        original: What is recorded of it.
        used: What was made of it on the way.
        booked: Done when its record and its cost are committed.
    """

    original: Original
    used: Used
    booked: asyncio.Future[tuple[None, Step, Step]]


class Purchases:
    """Brings open predictions home.

    Args:
        database: Where originals are recorded.
        ledger: Where calls are booked.
        client: Replicate.
        files: Where originals are kept.
        workers: Threads that decode and write.
        poll_s: Seconds until the first look; later ones are further apart.
        timeout_s: How long one is waited for, in seconds; it stays open after that.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        client: ReplicateClient,
        files: FileStore,
        *,
        workers: Executor,
        poll_s: float,
        timeout_s: float,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._client = client
        self._files = files
        self._workers = workers
        self._poll_s = poll_s
        self._timeout_s = timeout_s
        self._usual_s: dict[str, float] = {}

    async def fetch(
        self, purchase: OpenPurchase, *, recorded: asyncio.Future[Step] | None = None
    ) -> Fetched | Failed | Waiting:
        """Follow a prediction to its end, and download what it brought.

        Args:
            purchase: The prediction.
            recorded: Done when its id is committed, where that has only just been queued.
        """
        try:
            prediction = await self._follow(purchase, recorded)
        except GetError as error:
            return Waiting(f"prediction {purchase.prediction_id} is paid for and could not be looked up: {error.what}")
        if not prediction.is_terminal:
            return Waiting(
                f"prediction {prediction.id} is still {prediction.status} after {self._timeout_s:.0f} s;"
                " the next run goes on with it"
            )
        if prediction.status != "succeeded":
            return await self._give_up(purchase, prediction)
        cost, remark = self._cost(purchase, prediction.metrics)
        urls = prediction.output_urls()
        if not urls:
            return await self._lost(purchase, cost, _why_nothing(prediction))
        self._ledger.finished(purchase.call_id)
        try:
            return Fetched(purchase, await self._download(urls[0]), cost, remark)
        except httpx.HTTPError as error:
            return await self._not_downloaded(purchase, cost, error)
        except ImageError as error:
            return await self._lost(purchase, cost, error.what)

    async def keep(self, fetched: Fetched, use: Callable[[Image.Image], Used]) -> Kept[Used] | Failed | Waiting:
        """Keep a delivered file: on the disk first, then recorded, then settled, so that nothing paid is ever lost.

        Args:
            fetched: The file.
            use: Makes something of the picture, in a worker thread, when it is safe.
        """
        purchase = fetched.purchase
        loop = asyncio.get_running_loop()
        try:
            kept, used = await loop.run_in_executor(self._workers, self._store, fetched, use)
        except ImageError as error:
            file = await asyncio.to_thread(self._files.keep_original, fetched.data, format=UNREADABLE)
            return await self._lost(purchase, fetched.cost_usd, f"{error.what}; what came is kept as {file.path}")
        except OSError as error:
            return Waiting(
                f"prediction {purchase.prediction_id} is paid for, but its file could not be written"
                f" ({error.strerror}); the next run fetches it without paying again"
            )
        # Queued now and first: a settled call whose original is not recorded would be a picture paid and forgotten.
        recorded = asyncio.wrap_future(self._database.submit(save_originals, kept))
        booked = asyncio.gather(
            asyncio.shield(recorded),
            self._ledger.stored(purchase.call_id),
            self._ledger.settled(purchase.call_id, fetched.cost_usd, Outcome.SUCCEEDED, reason=fetched.remark),
        )
        return Kept(kept.original, used, booked)

    def _store(self, fetched: Fetched, use: Callable[[Image.Image], Used]) -> tuple[KeptOriginal, Used]:
        picture = open_image(fetched.data)
        seen = describe(picture)
        file = self._files.keep_original(fetched.data, format=seen.format)
        original = Original(fetched.purchase.content_key, fetched.purchase.call_id, file.path, file.sha256)
        return KeptOriginal(original, file, seen), use(picture)

    async def _follow(self, purchase: OpenPurchase, recorded: asyncio.Future[Step] | None) -> Prediction:
        """Look at a prediction until it has ended or the time is up; one that others began is looked at at once."""
        give_up_at = time.monotonic() + self._timeout_s
        waits = _waits(self._poll_s, self._usual_s.get(purchase.model))
        if recorded:
            await asyncio.sleep(next(waits))
            await recorded
        while True:
            prediction = await self._client.get(purchase.prediction_id)
            if prediction.is_terminal:
                self._learn(purchase.model, prediction)
            if prediction.is_terminal or time.monotonic() > give_up_at:
                return prediction
            await asyncio.sleep(next(waits))

    def _learn(self, model: str, prediction: Prediction) -> None:
        """Remember how long a model takes, recent predictions counting more."""
        took_s = prediction.metrics.get("total_time")
        if prediction.status == "succeeded" and isinstance(took_s, int | float) and 0 < took_s < MAX_USUAL_S:
            before_s = self._usual_s.get(model, float(took_s))
            self._usual_s[model] = before_s + USUAL_WEIGHT * (took_s - before_s)

    async def _download(self, url: str) -> bytes:
        """Return a file; trying again costs nothing, so it is tried again."""
        wait_s = DOWNLOAD_WAIT_S
        for _ in range(DOWNLOAD_TRIES - 1):
            try:
                return await self._client.download(url)
            except httpx.HTTPError:
                await asyncio.sleep(wait_s)
                wait_s *= 2
        return await self._client.download(url)

    async def _not_downloaded(self, purchase: OpenPurchase, cost: Decimal, error: httpx.HTTPError) -> Failed | Waiting:
        """Give a file up where Replicate says that it is gone; else leave it for the next run."""
        try:
            prediction = await self._client.get(purchase.prediction_id)
        except GetError:
            prediction = None
        if prediction and not prediction.output_urls():
            return await self._lost(purchase, cost, _why_nothing(prediction))
        return Waiting(
            f"prediction {purchase.prediction_id} is paid for, but its file could not be downloaded ({error});"
            " the next run downloads it without paying again"
        )

    async def _lost(self, purchase: OpenPurchase, cost: Decimal, reason: str) -> Failed:
        """Settle a prediction that was paid and brought nothing that can be used."""
        await self._ledger.settled(purchase.call_id, cost, Outcome.LOST, reason=reason)
        return paid_and_lost(purchase.prediction_id, reason)

    @staticmethod
    def _cost(purchase: OpenPurchase, metrics: Mapping[str, Any]) -> tuple[Decimal, str | None]:
        count = int(purchase.given.get("num_outputs", 1))
        return actual_usd(purchase.price, metrics, count=count, worst_usd=purchase.worst_usd)

    async def _give_up(self, purchase: OpenPurchase, prediction: Prediction) -> Failed:
        """Settle a prediction that brought nothing: failed and aborted ones are free, a canceled one may not be."""
        reason = prediction.error or "no reason was given"
        if prediction.status == "canceled":
            cost, _ = self._cost(purchase, prediction.metrics)
            await self._ledger.settled(purchase.call_id, cost, Outcome.CANCELED, reason="possibly charged")
            return paid_and_lost(purchase.prediction_id, "it was canceled, and possibly charged")
        await self._ledger.settled(purchase.call_id, ZERO, Outcome.FAILED, reason=reason)
        return Failed(f"prediction {prediction.id} {prediction.status}: {reason}")


def paid_and_lost(prediction_id: str | None, reason: str) -> Failed:
    """Return the end of an image that was paid and cannot be had; it is never bought again by itself."""
    said = f"prediction {prediction_id} was paid, and is lost: {reason}"
    return Failed(f"{said}. To buy it again: asset-pipeline regenerate KEY", is_lost=True)


def _why_nothing(prediction: Prediction) -> str:
    return "its files have been removed" if prediction.data_removed else "it delivered nothing"


def _waits(poll_s: float, usual_s: float | None) -> Iterator[float]:
    """Yield the seconds before each look."""
    step_s = poll_s
    if usual_s:
        yield usual_s * USUAL_SLACK
        step_s = usual_s * POLL_SHARE
    while True:
        yield min(step_s, MAX_POLL_S)
        step_s *= POLL_GROWTH
