"""The one door for paid requests: a hold is committed before anything is sent, and every answer is resolved.

Nothing else in the package may send a request that costs money; the providers' clients ask for a `Held` to prove it.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from asset_pipeline.ledger.calls import Barred, Call, Existing, Held, Intent, Refused, State, Step
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.flow import Flow, PlainFlow, Turn
from asset_pipeline.ledger.ledger import Ledger
from asset_pipeline.ledger.replies import Accepted, Cause, Lost, Reply
from asset_pipeline.ledger.tally import Tally

OTHERS_POLL_S = 0.25


@dataclass(frozen=True)
class Paid:
    """A call that was made and taken; it has to be settled.

    Args:
        held: The call.
        accepted: The provider's answer.
        recorded: Done when the provider's id is committed. Wait for it before asking the provider anything by that id;
            a step of the same call need not wait, as it is committed after it.
    """

    held: Held
    accepted: Accepted
    recorded: asyncio.Future[Step]


@dataclass(frozen=True)
class NotMade:
    """No call came about, and nothing was spent.

    Args:
        reason: Why.
        later: Whether the same may work in a later run, as it is not the request's own fault.
        cause: Whose fault it is, where a provider refused it.
    """

    reason: str
    later: bool = False
    cause: Cause = Cause.REQUEST


@dataclass(frozen=True)
class Unresolved:
    """A call was made whose outcome nobody knows; its money stays held."""

    call_id: str
    reason: str


@dataclass(frozen=True)
class Stopped:
    """No call was made, because no new ones are wanted."""


# Asked in another way it may pass.
_ANOTHER_WAY = frozenset({Cause.PARAMETERS, Cause.NOT_FOUND})

Ending = Paid | Existing | Refused | Barred | NotMade | Unresolved | Stopped


async def nothing() -> None:
    """Nothing may change."""


class Door:
    """Makes paid requests.

    Args:
        ledger: Where the money is.
        patience_s: How long somebody else's identical call in flight is waited for, in seconds.
        flows: When requests may go to each provider, by its name; one without is tried five times.
        tally: Says when too many calls have failed; without one, never.
        bars: Says why nothing more of a collection may be sent, even what is held already; None while it may.
        before_hold: Waited for before money is set aside: what has changed of the limits is taken over.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        patience_s: float = 120.0,
        flows: Mapping[str, Flow] | None = None,
        tally: Tally | None = None,
        bars: Callable[[str], str | None] = lambda _collection: None,
        before_hold: Callable[[], Awaitable[None]] = nothing,
    ) -> None:
        self.ledger = ledger
        self.patience_s = patience_s
        self._flows = dict(flows or {})
        self._tally = tally
        self._bars = bars
        self._before_hold = before_hold
        self._over: Stopped | NotMade | None = None

    def stop(self) -> None:
        """Make no new call from here on, and end all waiting for one; those under way land."""
        self._end(Stopped())

    def closed(self, provider: str) -> str | None:
        """Return why no call to a provider will be made any more in this run; None while some may."""
        return self._over.reason if isinstance(self._over, NotMade) else self._flow(provider).closed

    def is_paused(self, provider: str) -> bool:
        """Say whether a provider does not work just now, so that calls to it would wait."""
        return self._flow(provider).is_paused

    def count(self, provider: str, *, failure: str | None = None) -> None:
        """Count how a call ended; after too many failures no new ones are made.

        Args:
            provider: Whom it went to.
            failure: Why it brought nothing; None where it brought what was wanted.
        """
        verdict = self._tally.count(provider, failure) if self._tally else None
        if verdict and self._over is None:
            self._end(NotMade(verdict, later=True))

    async def pay(
        self,
        intent: Intent,
        send: Callable[[Held], Awaitable[Reply]],
        *,
        place: AbstractAsyncContextManager[object] | None = None,
        patient: bool = True,
    ) -> Ending:
        """Wait for the turn, hold, send, and resolve what came back; nothing is held while the provider is waited for.

        Args:
            intent: The call.
            send: Sends it, once; it must map every failure to a reply and raise nothing.
            place: Entered after the hold and left after the answer.
            patient: Whether to wait for a provider that does not work just now.

        Returns:
            `Paid`: settle it. `Existing`: bought before, or in flight with a known id. Otherwise why there is no call.
        """
        turn = self._flow(intent.provider).turn()
        attempt = 1
        try:
            while True:
                asked_at = time.monotonic()
                too_late = await turn.come(patient=patient)
                queue_wait_s = time.monotonic() - asked_at
                if self._over:
                    return self._over
                if too_late is not None:
                    return NotMade(too_late, later=True)
                got = await self._hold(intent, turn)
                if not isinstance(got, Held):
                    return got
                with self.ledger.telemetry.sending(got, attempt=attempt, queue_wait_s=queue_wait_s):
                    reply = await self._send(got, send, turn=turn, place=place or nullcontext())
                attempt += reply is not None
                if isinstance(reply, Barred):
                    await self.ledger.released(got.call_id, reason=f"it was not sent: {reply.reason}")
                    return reply
                ending = await self._resolve(got, reply)
                if ending:
                    return ending
        finally:
            turn.leave()

    async def _resolve(self, held: Held, reply: Reply | None) -> Ending | None:
        """Take the call to where its reply puts it; None where the same may be tried again as a new call."""
        if isinstance(reply, Accepted):
            digest = hashlib.sha256(reply.raw).hexdigest()
            recorded = self.ledger.submitted(held.call_id, reply.provider_call_id, answer_sha256=digest)
            return Paid(held, reply, recorded)
        if isinstance(reply, Lost):
            self.count(held.intent.provider, failure=reply.reason)
            await self.ledger.unknown(held.call_id, reason=reply.reason, provider_call_id=reply.provider_call_id)
            return Unresolved(held.call_id, reply.reason)
        if reply is None:
            await self.ledger.released(held.call_id, reason="it was not sent, as the provider takes none just now")
            return None
        await self.ledger.released(held.call_id, reason=reply.reason)
        if reply.retry or reply.cause is Cause.ACCOUNT:
            return None
        if reply.cause not in _ANOTHER_WAY:  # whoever tries that counts the end
            self.count(held.intent.provider, failure=reply.reason)
        return NotMade(reply.reason, cause=reply.cause)

    async def _send(
        self,
        held: Held,
        send: Callable[[Held], Awaitable[Reply]],
        *,
        turn: Turn,
        place: AbstractAsyncContextManager[object],
    ) -> Reply | Barred | None:
        """Send; None where it is not the moment any more, and `Barred` where a person has stopped it since the hold.

        A cancellation in the middle leaves the call unknown, as the provider may have taken it.
        """
        has_begun = False
        try:
            async with place:
                barred = self._bars(held.intent.collection)
                if barred:
                    return Barred(barred)
                has_begun = turn.begin()
                if not has_begun:
                    return None
                reply = await send(held)
                turn.end(reply)
                return reply
        except asyncio.CancelledError:
            if has_begun:
                await self.ledger.unknown(held.call_id, reason="stopped while the request was under way")
            else:
                await self.ledger.released(held.call_id, reason="stopped before the request was sent")
            raise

    async def _hold(self, intent: Intent, turn: Turn) -> Held | Refused | Barred | Existing | Unresolved:
        """Hold, after waiting for an identical call that somebody else has under way, without keeping the turn."""
        waited_s = 0.0
        while True:
            await self._before_hold()
            got = await self.ledger.hold(intent)
            if not isinstance(got, Existing) or not _may_resolve(got.call):
                return got if not isinstance(got, Existing) or _is_useful(got.call) else _unresolved(got.call)
            if waited_s >= self.patience_s:
                return _unresolved(got.call)
            turn.leave()
            await asyncio.sleep(OTHERS_POLL_S)
            waited_s += OTHERS_POLL_S

    def _flow(self, provider: str) -> Flow:
        return self._flows.setdefault(provider, PlainFlow())

    def _end(self, ending: Stopped | NotMade) -> None:
        self._over = ending
        for flow in self._flows.values():
            flow.close()


def _is_useful(call: Call) -> bool:
    """Say whether an existing call can be used as it is: bought, or in flight under an id that can be polled."""
    return call.state is State.SETTLED or call.can_be_polled


def _may_resolve(call: Call) -> bool:
    """Say whether waiting helps: a process that lives is making the call right now, or is about to book its answer."""
    answered = call.state is State.SUBMITTED and not call.can_be_polled
    return (call.state is State.HELD or answered) and not call.is_left(utc_now())


def _unresolved(call: Call) -> Unresolved:
    return Unresolved(
        call.call_id,
        f"call {call.call_id} for the same thing, made by {call.owner}, is {call.state}; its outcome is not known yet",
    )
