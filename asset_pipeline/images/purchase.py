"""Buys one original: created once, followed by its id until it ends, downloaded, kept, and only then settled.

Whatever happens in between, the call stays open under its id, and whoever comes next goes on where it stands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from asset_pipeline.errors import ImageError
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.inspect import Inspected, inspect
from asset_pipeline.images.store import Original, save_original
from asset_pipeline.ledger import Connection, Database, Ledger, Outcome
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.providers.replicate import Prediction, ReplicateClient
from asset_pipeline.results import Failed, Waiting

POLL_GROWTH = 1.25
MAX_POLL_S = 5.0
DOWNLOAD_TRIES = 4
DOWNLOAD_WAIT_S = 0.5


@dataclass(frozen=True)
class OpenPurchase:
    """A prediction that has been paid for, or will be.

    Args:
        call_id: The call.
        content_key: What it was bought as.
        model: As it was asked.
        prediction_id: Replicate's id of it.
        worst_usd: What is held for it.
    """

    call_id: str
    content_key: str
    model: str
    prediction_id: str
    worst_usd: Decimal


@dataclass(frozen=True)
class Purchased:
    """An original, in hand.

    Args:
        original: What is kept of it.
        data: Its bytes.
        cost_usd: What it cost.
    """

    original: Original
    data: bytes
    cost_usd: Decimal


class Purchases:
    """Brings open predictions home.

    Args:
        database: Where originals are recorded.
        ledger: Where calls are booked.
        client: Replicate.
        files: Where originals are kept.
        prices: What predictions cost.
        poll_s: Seconds until the first look; later ones are further apart.
        timeout_s: How long one is waited for, in seconds; it stays open after that.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        client: ReplicateClient,
        files: FileStore,
        prices: PriceTable,
        *,
        poll_s: float,
        timeout_s: float,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._client = client
        self._files = files
        self._prices = prices
        self._poll_s = poll_s
        self._timeout_s = timeout_s

    async def bring_home(self, purchase: OpenPurchase) -> Purchased | Failed | Waiting:
        """Follow a prediction to its end, and keep what it brought."""
        try:
            prediction = await self._follow(purchase.prediction_id)
        except GetError as error:
            return Waiting(f"prediction {purchase.prediction_id} is paid for and could not be looked up: {error.what}")
        if not prediction.is_terminal:
            return Waiting(
                f"prediction {prediction.id} is still {prediction.status} after {self._timeout_s:.0f} s;"
                " the next run goes on with it"
            )
        if prediction.status == "succeeded":
            return await self._take(purchase, prediction)
        return await self._give_up(purchase, prediction)

    async def _follow(self, prediction_id: str) -> Prediction:
        give_up_at = time.monotonic() + self._timeout_s
        wait_s = self._poll_s
        while True:
            await asyncio.sleep(wait_s)
            prediction = await self._client.get(prediction_id)
            if prediction.is_terminal or time.monotonic() > give_up_at:
                return prediction
            wait_s = min(wait_s * POLL_GROWTH, MAX_POLL_S)

    async def _take(self, purchase: OpenPurchase, prediction: Prediction) -> Purchased | Failed | Waiting:
        cost, remark = self._cost(purchase, prediction.metrics)
        urls = prediction.output_urls()
        if not urls:
            said = "its files have been removed" if prediction.data_removed else "it delivered nothing"
            await self._settle(purchase, cost, Outcome.UNUSABLE, said)
            return Failed(f"prediction {prediction.id} succeeded and was paid, but {said}")
        try:
            data = await self._download(urls[0])
            seen = await asyncio.to_thread(inspect, data)
        except httpx.HTTPError as error:
            return Waiting(
                f"prediction {prediction.id} is paid for, but its file could not be downloaded ({error});"
                " the next run downloads it without paying again"
            )
        except ImageError as error:
            await self._settle(purchase, cost, Outcome.UNUSABLE, error.what)
            return Failed(f"prediction {prediction.id} was paid, but its file is of no use: {error.what}")
        original = await asyncio.shield(self._keep(purchase, data, seen, cost, remark))
        return Purchased(original, data, cost)

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

    async def _keep(
        self, purchase: OpenPurchase, data: bytes, seen: Inspected, cost: Decimal, remark: str | None
    ) -> Original:
        """Put the bytes on the disk, then record them, then settle: in this order nothing paid is ever lost."""
        file = await asyncio.to_thread(self._files.keep_original, data, format=seen.format)

        def record(connection: Connection) -> Original:
            return save_original(
                connection, content_key=purchase.content_key, call_id=purchase.call_id, file=file, seen=seen
            )

        # Queued in this order, so a crash between the two leaves an open call and never an unrecorded purchase.
        original, _ = await asyncio.gather(
            self._database.arun(record), self._settle(purchase, cost, Outcome.SUCCEEDED, remark)
        )
        return original

    async def _settle(self, purchase: OpenPurchase, cost: Decimal, outcome: Outcome, reason: str | None) -> None:
        await asyncio.shield(self._ledger.settled(purchase.call_id, cost, outcome, reason=reason))

    def _cost(self, purchase: OpenPurchase, metrics: Mapping[str, Any]) -> tuple[Decimal, str | None]:
        price = self._prices.image(purchase.model)
        if price is None:  # it had one when it was bought; the hold was made from that
            return purchase.worst_usd, "the price table no longer has this model; booked at the worst case"
        return price.actual_usd(metrics)

    async def _give_up(self, purchase: OpenPurchase, prediction: Prediction) -> Failed:
        """Settle a prediction that brought nothing: failed and aborted ones are free, a canceled one may not be."""
        reason = prediction.error or "no reason was given"
        if prediction.status == "canceled":
            cost, _ = self._cost(purchase, prediction.metrics)
            await self._settle(purchase, cost, Outcome.CANCELED, "possibly charged")
        else:
            await self._settle(purchase, ZERO, Outcome.FAILED, reason)
        return Failed(f"prediction {prediction.id} {prediction.status}: {reason}")
