"""Takes pictures out of answers: an answer is on the disk before anything is made of it, as it is the only copy."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import structlog

from asset_pipeline.images.files import FileStore
from asset_pipeline.images.purchase import Fetched, OpenPurchase, paid_and_lost
from asset_pipeline.images.spool import Spool
from asset_pipeline.ledger import Accepted, Call, Held, Ledger, Outcome, Reply
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.http import GetError, parse_json
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.providers.openrouter_images import (
    AnsweredImage,
    OpenRouterImages,
    is_generation_id,
    parse_image_answer,
)
from asset_pipeline.results import Failed, Waiting

_KEPT = "its answer is kept, and the next run takes it from there"

log = structlog.get_logger(__name__)


class AnsweredPictures:
    """Buys pictures that come with the answer.

    Args:
        ledger: Where calls are booked.
        client: Makes the pictures.
        bills: Says what an answer cost that does not say so itself.
        files: Where originals are kept.
        spool: Where answers are kept until their picture is booked.
    """

    def __init__(
        self, ledger: Ledger, client: OpenRouterImages, bills: OpenRouterClient, *, files: FileStore, spool: Spool
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._bills = bills
        self._files = files
        self.spool = spool

    async def send(self, held: Held) -> Reply:
        """Ask for the picture that a hold is for, once, and put the answer on the disk."""
        reply = await self._client.create(held)
        if isinstance(reply, Accepted):
            try:
                await asyncio.to_thread(self.spool.keep, held.call_id, reply.provider_call_id, reply.raw)
            except OSError as error:  # it is still in memory, and paid
                log.warning("an answer could not be put on the disk", call_id=held.call_id, reason=str(error))
        return reply

    async def take(self, purchase: OpenPurchase, body: Mapping[str, Any]) -> Fetched | Failed | Waiting:
        """Return the picture in an answer; where it has none, settle what that cost."""
        answer = parse_image_answer(body)
        cost, remark = await self._cost(purchase, answer)
        if answer.data is None:
            return await self._nothing(purchase, answer, cost)
        try:
            part = await asyncio.to_thread(self._files.part_of, answer.data)
        except OSError as error:
            return Waiting(f"the picture is paid for, but could not be written ({error.strerror}); {_KEPT}")
        return Fetched(purchase, part, cost, remark, answer.model or None)

    async def take_from_spool(self, call: Call) -> tuple[OpenPurchase, Mapping[str, Any]] | None:
        """Return the answer to a call that somebody left open, with its id recorded; None where it never came."""
        found = await asyncio.to_thread(self.spool.find, call.call_id)
        body = parse_json(await asyncio.to_thread(found.file.read)) if found else None
        if found is None or not isinstance(body, dict):
            return None
        if call.provider_call_id is None:
            await self._ledger.submitted(call.call_id, found.provider_call_id)
        return OpenPurchase.of_call(call, found.provider_call_id), body

    async def _nothing(self, purchase: OpenPurchase, answer: AnsweredImage, cost: Decimal) -> Failed:
        if cost == ZERO:
            await self._ledger.settled(purchase.call_id, ZERO, Outcome.FAILED, reason=answer.problem)
            self.spool.forget(purchase.call_id)
            return Failed(answer.problem, may_fall_back=True)
        kept = await asyncio.to_thread(self.spool.set_aside, purchase.call_id)
        reason = f"{answer.problem}; the answer is kept as {kept}" if kept else answer.problem
        await self._ledger.settled(purchase.call_id, cost, Outcome.LOST, reason=reason)
        return paid_and_lost(purchase.prediction_id, reason)

    async def _cost(self, purchase: OpenPurchase, answer: AnsweredImage) -> tuple[Decimal, str | None]:
        """Return what an answer cost: what it says, else what OpenRouter looks up, else all that was held."""
        if answer.cost_usd is not None:
            return answer.cost_usd, None
        if not is_generation_id(purchase.prediction_id):
            return purchase.worst_usd, "no cost and no id in the answer; booked at the worst case"
        try:
            found = await self._bills.generation_cost(purchase.prediction_id)
        except GetError as error:
            return purchase.worst_usd, f"no cost in the answer, and {error.what}; booked at the worst case"
        if found is None:
            return purchase.worst_usd, "OpenRouter names no cost; booked at the worst case"
        return found, None
