"""Buys one original: created once, followed by its id until it ends, downloaded, kept, and only then settled.

Whatever happens in between, the call stays open under its id, and whoever comes next goes on where it stands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from decimal import Decimal
from typing import Any

import httpx
from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images.arrival import download, store_as_it_is
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.inspect import SVG_COVERS, Size
from asset_pipeline.images.open_purchase import Fetched, Kept, OpenPurchase, Used
from asset_pipeline.images.rhythm import MAX_POLL_S, MAX_POLL_WITH_WAKEUPS_S, Rhythm
from asset_pipeline.images.store import Original, save_originals
from asset_pipeline.images.wakeups import Wakeups
from asset_pipeline.ledger import Ledger, Outcome, Step
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.prediction import Prediction
from asset_pipeline.providers.prices import actual_usd
from asset_pipeline.providers.replicate import DEPLOYMENTS, ReplicateClient
from asset_pipeline.results import Failed, Waiting

__all__ = ["Fetched", "Kept", "OpenPurchase", "Purchases", "Used", "paid_and_lost"]


class Purchases:
    """Brings open predictions home.

    Args:
        ledger: Where calls are booked.
        client: Replicate.
        files: Where originals are kept.
        workers: Threads that decode and write.
        poll_s: Seconds until the first look; later ones are further apart.
        timeout_s: How long one is waited for, in seconds; it stays open after that.
        wakeups: Shorten the wait for the next look.
    """

    def __init__(
        self,
        ledger: Ledger,
        client: ReplicateClient,
        files: FileStore,
        *,
        workers: Executor,
        poll_s: float,
        timeout_s: float,
        wakeups: Wakeups,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._files = files
        self._workers = workers
        self._rhythm = Rhythm(poll_s, MAX_POLL_WITH_WAKEUPS_S if wakeups.are_expected else MAX_POLL_S)
        self._timeout_s = timeout_s
        self._wakeups = wakeups

    async def fetch(
        self, purchase: OpenPurchase, *, recorded: asyncio.Future[Step] | None = None
    ) -> Fetched | Failed | Waiting:
        """Follow a prediction to its end, and download what it brought.

        Args:
            purchase: The prediction.
            recorded: Done when its id is committed, where that has only just been queued.
        """
        with self._ledger.telemetry.about(purchase.call_id):
            return await self._fetch(purchase, recorded)

    async def _fetch(self, purchase: OpenPurchase, recorded: asyncio.Future[Step] | None) -> Fetched | Failed | Waiting:
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
            part = await download(self._client, self._files, urls[0])
        except httpx.HTTPError as error:
            return await self._not_downloaded(purchase, cost, error)
        except ImageError as error:
            return await self._lost(purchase, cost, error.what)
        except OSError as error:
            return _not_written(purchase, error)
        return Fetched(purchase, part, cost, remark, prediction.model, prediction.version)

    async def keep(
        self, fetched: Fetched, use: Callable[[Image.Image, Original], Used], *, size: Size = SVG_COVERS
    ) -> Kept[Used] | Failed | Waiting:
        """Keep a delivered file: on the disk first, then recorded, then settled, so that nothing paid is ever lost.

        Args:
            fetched: The file.
            use: Makes something of the picture, in a worker thread, when it is safe.
            size: Pixels that an SVG is drawn to cover.
        """
        with self._ledger.telemetry.about(fetched.purchase.call_id):
            return await self._keep(fetched, use, size)

    async def _keep(
        self, fetched: Fetched, use: Callable[[Image.Image, Original], Used], size: Size
    ) -> Kept[Used] | Failed | Waiting:
        purchase = fetched.purchase
        loop = asyncio.get_running_loop()
        try:
            kept, used = await loop.run_in_executor(self._workers, store_as_it_is, self._files, fetched, use, size)
        except ImageError as error:
            return await self._lost(purchase, fetched.cost_usd, error.what)
        except OSError as error:
            fetched.part.discard()
            return _not_written(purchase, error)
        # Together: a settled call whose original is not recorded would be a picture paid and forgotten.
        booked = self._ledger.succeeded(purchase.call_id, fetched.cost_usd, kept, save_originals, reason=fetched.remark)
        return Kept(kept.original, used, booked)

    async def _follow(self, purchase: OpenPurchase, recorded: asyncio.Future[Step] | None) -> Prediction:
        """Look at a prediction until it has ended or the time is up; one that others began is looked at at once."""
        give_up_at = time.monotonic() + self._timeout_s
        waits = self._rhythm.waits(purchase.model)
        if recorded:
            await self._wakeups.wait(purchase.prediction_id, next(waits))
            await recorded
        while True:
            prediction = await self._client.get(purchase.prediction_id)
            if prediction.is_terminal:
                self._rhythm.learn(purchase.model, prediction)
            if prediction.is_terminal or time.monotonic() > give_up_at:
                return prediction
            left_s = max(0.0, give_up_at - time.monotonic())
            await self._wakeups.wait(purchase.prediction_id, min(next(waits), left_s))

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
        return actual_usd(purchase.price, metrics, worst_usd=purchase.worst_usd)

    async def _give_up(self, purchase: OpenPurchase, prediction: Prediction) -> Failed:
        """Settle a prediction that brought nothing: failed and aborted ones are free, a canceled one may not be.

        So says Replicate's page "Billing"; of a deployment, it bills the time that failed runs take as well.
        """
        reason = prediction.reason
        if prediction.status == "canceled":
            cost, _ = self._cost(purchase, prediction.metrics)
            await self._ledger.settled(purchase.call_id, cost, Outcome.CANCELED, reason="possibly charged")
            return paid_and_lost(purchase.prediction_id, "it was canceled, and possibly charged")
        said = f"prediction {prediction.id} {prediction.status}: {reason}"
        if prediction.status == "failed" and purchase.model.startswith(DEPLOYMENTS):
            cost, _ = self._cost(purchase, prediction.metrics)
            reason = f"{reason}; a deployment's failed runs are charged"
            await self._ledger.settled(purchase.call_id, cost, Outcome.FAILED, reason=reason)
            return Failed(said)
        await self._ledger.settled(purchase.call_id, ZERO, Outcome.FAILED, reason=reason)
        return Failed(said, may_fall_back=True)


def paid_and_lost(prediction_id: str | None, reason: str) -> Failed:
    """Return the end of an image that was paid and cannot be had; it is never bought again by itself."""
    said = f"prediction {prediction_id} was paid, and is lost: {reason}"
    return Failed(f"{said}. To buy it again: asset-pipeline regenerate KEY", is_lost=True)


def _not_written(purchase: OpenPurchase, error: OSError) -> Waiting:
    return Waiting(
        f"prediction {purchase.prediction_id} is paid for, but its file could not be written"
        f" ({error.strerror or error}); the next run fetches it without paying again"
    )


def _why_nothing(prediction: Prediction) -> str:
    if prediction.data_removed:
        return "its files have been removed"
    return "it delivered nothing" + (f" but {prediction.output!r:.100}" if prediction.output else "")
