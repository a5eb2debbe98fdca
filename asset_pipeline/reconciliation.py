"""Closes calls that somebody left open: looks at the provider what became of them, and books what is found.

What cannot be decided stays held, and is listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from asset_pipeline.images.purchase import Fetched, Kept, OpenPurchase, Purchases
from asset_pipeline.ledger import Call, Ledger, Outcome, State
from asset_pipeline.ledger.calls import IMAGE
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.ledger import is_alive
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.results import Failed

LIST_MARGIN_S = 120
# Replicate deletes inputs an hour after the end; later nothing can be matched any more.
INPUTS_KEPT_S = 3300


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
        lost_after_s: How old a request must be before its absence at Replicate counts as "never arrived", in seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        purchases: Purchases,
        replicate: ReplicateClient,
        openrouter: OpenRouterClient,
        *,
        lost_after_s: float,
    ) -> None:
        self._ledger = ledger
        self._purchases = purchases
        self._replicate = replicate
        self._openrouter = openrouter
        self._lost_after_s = lost_after_s

    async def run(self) -> list[Reconciled]:
        """Close what can be closed; calls that a living process works on are left to it."""
        calls = await self._ledger.open_calls()
        left_alone = [call for call in calls if call.state is not State.UNKNOWN and is_alive(call.owner)]
        return [
            await (self._image(call) if call.kind == IMAGE else self._chat(call))
            for call in calls
            if call not in left_alone
        ]

    async def _image(self, call: Call) -> Reconciled:
        prediction_id = call.provider_call_id
        if prediction_id is None:
            try:
                prediction_id = await self._find(call)
            except GetError as error:
                return _report(call, resolved=False, message=f"Replicate could not be asked: {error.what}")
            if prediction_id is None:
                return await self._not_found(call)
            await self._ledger.submitted(call.call_id, prediction_id)
        purchase = OpenPurchase(call.call_id, call.content_key, call.model, prediction_id, call.worst_usd)
        got = await self._purchases.fetch(purchase)
        if isinstance(got, Fetched):
            kept = await self._purchases.keep(got, use=lambda _picture: None)
            if isinstance(kept, Kept):
                await kept.booked
                return _report(call, resolved=True, message=f"prediction {prediction_id} was found and kept")
            got = kept
        return _report(call, resolved=isinstance(got, Failed), message=got.reason)

    async def _find(self, call: Call) -> str | None:
        """Look for a lost request among the predictions, by its input alone: version, model and time all drift.

        One that another call has paid, open or closed, is not it, even where its input is the same.
        """
        wanted: dict[str, Any] = dict(call.request["input"])
        since = utc_now() - timedelta(seconds=call.age_s + LIST_MARGIN_S)
        async for prediction, given in self._replicate.created_since(since):
            is_equal = all(given.get(name) == value for name, value in wanted.items())
            if is_equal and not await self._ledger.knows(prediction.id):
                return prediction.id
        return None

    async def _not_found(self, call: Call) -> Reconciled:
        if self._lost_after_s <= call.age_s < INPUTS_KEPT_S:
            await self._unless_unknown(call, "its process ended while the request was under way")
            await self._ledger.released(call.call_id, reason="Replicate has no such prediction")
            return _report(call, resolved=True, message="the request never arrived; its money is free again")
        await self._unless_unknown(call, "its process ended while the request was under way")
        if call.age_s < INPUTS_KEPT_S:
            wait_s = self._lost_after_s - call.age_s
            return _report(call, resolved=False, message=f"not at Replicate (yet); look again in {wait_s:.0f} s")
        return _report(call, resolved=False, message="too old to be matched; look at replicate.com/predictions")

    async def _chat(self, call: Call) -> Reconciled:
        """Book a lost answer: at what OpenRouter says if its id is known, at its worst case if not."""
        cost, reason = call.worst_usd, "the answer was lost before its id came; booked at its worst case"
        if call.provider_call_id:
            try:
                cost = await self._openrouter.generation_cost(call.provider_call_id) or call.worst_usd
                reason = "the answer was lost after it was paid"
            except GetError as error:
                return _report(call, resolved=False, message=f"OpenRouter could not be asked: {error.what}")
        else:
            await self._unless_unknown(call, "its process ended while the request was under way")
        outcome = Outcome.UNUSABLE if call.provider_call_id else Outcome.ASSUMED
        await self._ledger.settled(call.call_id, cost, outcome, reason=reason)
        return _report(call, resolved=True, message=reason)

    async def _unless_unknown(self, call: Call, reason: str) -> None:
        if call.state is State.HELD:
            await self._ledger.unknown(call.call_id, reason=reason)


def _report(call: Call, *, resolved: bool, message: str) -> Reconciled:
    return Reconciled(call.call_id, call.image_key, resolved, message)
