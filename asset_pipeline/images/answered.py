"""Takes pictures out of answers: an answer is on the disk before anything is made of it, as it is the only copy."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

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
    generation_id_of,
    is_generation_id,
    parse_image_answer,
)
from asset_pipeline.results import Failed


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
            await asyncio.to_thread(self.spool.keep, held.call_id, reply.raw)
        return reply

    async def take(self, purchase: OpenPurchase, body: Mapping[str, Any]) -> Fetched | Failed:
        """Return the picture in an answer; where it has none, settle what that cost."""
        answer = parse_image_answer(body)
        cost, remark = await self._cost(purchase, answer)
        if answer.data:
            part = await asyncio.to_thread(self._files.part_of, answer.data)
            return Fetched(purchase, part, cost, remark, answer.model or None)
        failed = await self._nothing(purchase, answer, cost)
        self.spool.forget(purchase.call_id)
        return failed

    async def take_from_spool(self, call: Call) -> tuple[OpenPurchase, Mapping[str, Any]] | None:
        """Return the answer to a call that somebody left open, with its id recorded; None where it never came."""
        raw = await asyncio.to_thread(self.spool.find, call.call_id)
        body = parse_json(raw) if raw else None
        if raw is None or not isinstance(body, dict):
            return None
        generation_id = call.provider_call_id or generation_id_of(body, raw)
        if call.provider_call_id is None:
            await self._ledger.submitted(call.call_id, generation_id)
        return OpenPurchase.of_call(call, generation_id), body

    async def _nothing(self, purchase: OpenPurchase, answer: AnsweredImage, cost: Decimal) -> Failed:
        if cost == ZERO:
            await self._ledger.settled(purchase.call_id, ZERO, Outcome.FAILED, reason=answer.problem)
            return Failed(f"{purchase.model}: {answer.problem}", may_fall_back=True)
        await self._ledger.settled(purchase.call_id, cost, Outcome.LOST, reason=answer.problem)
        return paid_and_lost(purchase.prediction_id, answer.problem)

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
