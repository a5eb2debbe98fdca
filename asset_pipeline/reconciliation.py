"""Closes calls that somebody left open: looks at the provider what became of them, and books what is found.

What cannot be decided stays held, and is listed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import structlog

from asset_pipeline.errors import LedgerError
from asset_pipeline.images.answered import AnsweredPictures
from asset_pipeline.images.purchase import Fetched, Kept, OpenPurchase, Purchases
from asset_pipeline.images.wakeups import WakeupSpool
from asset_pipeline.key_usage import KeyUsage
from asset_pipeline.ledger import Call, Ledger, Outcome, State, Step
from asset_pipeline.ledger.calls import IMAGE, POLLED
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import show
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.providers.openrouter_images import is_generation_id
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.redaction import redact
from asset_pipeline.results import Failed, Waiting

LIST_MARGIN_S = 120
# Replicate deletes inputs an hour after the end; later nothing can be matched any more.
INPUTS_KEPT_S = 3300
# A lost answer that the key's usage has not explained by then is taken to have cost its worst case.
ASSUMED_AFTER_S = 3600

Found = TypeVar("Found")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reconciled:
    """What became of one open call.

    Args:
        call_id: The call.
        image_key: Its image.
        resolved: Whether it is closed now.
        message: What was found, for people.
    """

    call_id: str
    image_key: str
    resolved: bool
    message: str


class Reconciler:
    """Goes through the open calls.

    Args:
        ledger: Where they are.
        purchases: Brings predictions home.
        replicate: Where lost ones are looked for.
        openrouter: Says what generations cost.
        usage: Says what lost answers cost.
        answered: Takes pictures out of answers that had come.
        told: What webhooks have told; they may name the prediction of a lost request.
        lost_after_s: How old a request must be before its absence at Replicate counts as "never arrived", in seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        purchases: Purchases,
        replicate: ReplicateClient,
        openrouter: OpenRouterClient,
        usage: KeyUsage,
        answered: AnsweredPictures,
        told: WakeupSpool,
        *,
        lost_after_s: float,
    ) -> None:
        self._ledger = ledger
        self._purchases = purchases
        self._replicate = replicate
        self._openrouter = openrouter
        self._usage = usage
        self._answered = answered
        self._told = told
        self._lost_after_s = lost_after_s

    async def run(self) -> list[Reconciled]:
        """Close what can be closed; calls that a living process works on are left to it."""
        answered = await asyncio.to_thread(self._answered.spool.calls)
        calls = await self._ledger.open_calls()
        for call_id in set(answered) - {call.call_id for call in calls}:  # of this mode, and its picture is booked
            self._answered.spool.forget(call_id)
        now = utc_now()
        left = [call for call in calls if call.is_left(now)]
        polled = [call for call in left if call.kind == IMAGE and call.provider == POLLED]
        polled.sort(key=lambda call: call.provider_call_id is not None)  # to look for lost ones has a deadline
        reports = [await _alone(call, self._image(call)) for call in polled]
        answers = []
        for call in (call for call in left if call not in polled):
            found = await _alone(call, self._picture(call)) if call.kind == IMAGE else None
            reports += [found] if found else []
            answers += [] if found else [call]
        reports += [
            await _alone(call, self._answer(call, call.provider_call_id)) for call in answers if call.provider_call_id
        ]
        reports += await self._lost_answers([call for call in answers if not call.provider_call_id])
        return reports

    async def _image(self, call: Call) -> Reconciled:
        prediction_id = call.provider_call_id
        if prediction_id is None:
            try:
                prediction_id = await self._find(call)
            except GetError as error:
                return _report(call, resolved=False, message=f"Replicate could not be asked: {error.what}")
            if prediction_id is None:
                return await self._not_found(call)
            await self._unless_unknown(call, "its process ended while the request was under way")
            if await self._has_living_twin(call):
                return _report(call, resolved=False, message="the same is being bought just now; look again after it")
            step = await self._ledger.submitted(call.call_id, prediction_id)
            if step is not Step.TAKEN:
                return _report(call, resolved=False, message=f"prediction {prediction_id}: {step}")
        purchase = OpenPurchase.of_call(call, prediction_id)
        return await self._keep(call, await self._purchases.fetch(purchase), f"prediction {prediction_id}")

    async def _keep(self, call: Call, got: Fetched | Failed | Waiting, what: str) -> Reconciled:
        """Keep what was found, and book it."""
        if isinstance(got, Fetched):
            kept = await self._purchases.keep(got, use=lambda _picture, _original: None)
            if isinstance(kept, Kept):
                await kept.booked
                return _report(call, resolved=True, message=f"{what} was found and kept")
            got = kept
        return _report(call, resolved=isinstance(got, Failed), message=got.reason)

    async def _picture(self, call: Call) -> Reconciled | None:
        """Keep a picture whose answer had come before its process ended; None where no answer is there."""
        found = await self._answered.take_from_spool(call)
        if found is None:
            return None
        return await self._keep(call, await self._answered.take(*found), "the picture in its answer")

    async def _find(self, call: Call) -> str | None:
        """Look for a lost request where a webhook points, then among all predictions.

        It is known by its input alone: version, model and time all drift, and which call a webhook names is not signed.
        One that another call has paid, open or closed, is not it, even where its input is the same.
        """
        for prediction_id in await asyncio.to_thread(self._told.predictions_of, call.call_id):
            try:
                hinted = await self._replicate.get(prediction_id)
            except GetError as error:
                log.warning("what a webhook points to could not be looked up", reason=error.what)
                continue
            if await self._is_of(call, hinted.id, hinted.given):
                return hinted.id
        since = call.created_at - timedelta(seconds=LIST_MARGIN_S)
        async for prediction, given in self._replicate.created_since(since):
            if await self._is_of(call, prediction.id, given):
                return prediction.id
        return None

    async def _is_of(self, call: Call, prediction_id: str, given: Mapping[str, Any]) -> bool:
        wanted: Mapping[str, Any] = call.request["input"]
        is_equal = all(given.get(name) == value for name, value in wanted.items())
        return is_equal and not await self._ledger.knows(prediction_id)

    async def _has_living_twin(self, call: Call) -> bool:
        """Say whether a process waits for the answer to a request with the same input, whose prediction this may be.

        Only without a seed two requests are the same. Asked after the predictions were: the twin was held before its
        own was created.
        """
        now = utc_now()
        return any(
            other.call_id != call.call_id
            and other.provider_call_id is None
            and (other.kind, other.request.get("input")) == (IMAGE, call.request["input"])
            and not other.is_left(now)
            for other in await self._ledger.open_calls()
        )

    async def _not_found(self, call: Call) -> Reconciled:
        """Free a request that Replicate does not know, a while after it was last known to be on its way."""
        now = utc_now()
        known_lost_s = 0.0 if call.state is State.HELD else (now - call.stepped_at).total_seconds()
        await self._unless_unknown(call, "its process ended while the request was under way")
        if call.age_s(now) >= INPUTS_KEPT_S:
            return _report(call, resolved=False, message="too old to be matched; look at replicate.com/predictions")
        if known_lost_s >= self._lost_after_s:
            await self._ledger.released(call.call_id, reason="Replicate has no such prediction", proven=True)
            return _report(call, resolved=True, message="the request never arrived; its money is free again")
        wait_s = self._lost_after_s - known_lost_s
        return _report(call, resolved=False, message=f"not at Replicate (yet); look again in {wait_s:.0f} s")

    async def _answer(self, call: Call, generation_id: str) -> Reconciled:
        """Book an answer that was lost after its id had come, at what OpenRouter says."""
        if not is_generation_id(generation_id):
            return await self._assume(call, "OpenRouter gave it no id to look a bill up by")
        try:
            cost = await self._openrouter.generation_cost(generation_id)
        except GetError as error:
            if call.age_s(utc_now()) >= ASSUMED_AFTER_S:  # of an answer that failed, there may never be a bill
                return await self._assume(call, f"OpenRouter shows no bill ({error.what})")
            return _report(call, resolved=False, message=f"OpenRouter could not be asked: {error.what}")
        return await self._book(call, call.worst_usd if cost is None else cost, "the answer was lost after it was paid")

    async def _lost_answers(self, lost: list[Call]) -> list[Reconciled]:
        """Book answers that were lost before their ids came, at what the key has used beyond all that is booked."""
        for call in lost:
            await self._unless_unknown(call, "its process ended while the request was under way")
        try:
            if not lost:
                await self._usage.mark()
                return []
            costs = await self._usage.costs(lost)
        except GetError as error:
            log.warning("the key's usage could not be looked up", reason=error.what)
            costs = None
        if costs is not None:
            said = "found in the key's usage"
            is_free = not any(costs)  # which of several was billed, usage does not tell
            return [await self._book(call, cost, said, is_free=is_free) for call, cost in zip(lost, costs, strict=True)]
        return [await self._assume(call) for call in lost]

    async def _book(self, call: Call, cost: Decimal, reason: str, *, is_free: bool = False) -> Reconciled:
        if is_free:
            await self._ledger.released(call.call_id, reason=f"it was not billed: {reason}", proven=True)
            return _report(call, resolved=True, message="it was not billed; its money is free again")
        outcome = Outcome.LOST if call.kind == IMAGE else Outcome.UNUSABLE
        await self._ledger.settled(call.call_id, cost, outcome, reason=reason)
        return _report(call, resolved=True, message=f"{reason}; booked at {show(cost)}")

    async def _assume(self, call: Call, why: str = "the key's usage does not tell its cost") -> Reconciled:
        """Leave a lost answer until the key's usage can tell, and book it at its worst case where it never will."""
        if call.age_s(utc_now()) < ASSUMED_AFTER_S:
            wait = "what it cost shows in the key's usage some minutes after the last call"
            return _report(call, resolved=False, message=f"the answer was lost; {wait}")
        reason = f"the answer was lost, and {why}; booked at its worst case"
        outcome = Outcome.LOST if call.kind == IMAGE else Outcome.ASSUMED
        await self._ledger.settled(call.call_id, call.worst_usd, outcome, reason=reason)
        return _report(call, resolved=True, message=reason)

    async def _unless_unknown(self, call: Call, reason: str) -> None:
        if call.state is State.HELD:
            await self._ledger.unknown(call.call_id, reason=reason)


async def _alone(call: Call, decided: Awaitable[Found]) -> Found | Reconciled:
    """Decide one call; what nobody foresaw leaves it open, and must not stop the others, or the run that begins."""
    try:
        return await decided
    except LedgerError:
        raise
    except Exception as error:
        log.exception("a call could not be decided", call_id=call.call_id, image_key=call.image_key)
        said = redact(f"unexpected {type(error).__name__}: {error}")
        return _report(call, resolved=False, message=said)


def _report(call: Call, *, resolved: bool, message: str) -> Reconciled:
    return Reconciled(call.call_id, call.image_key, resolved, message)
