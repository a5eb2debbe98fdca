"""The one door for paid requests: a hold is committed before anything is sent, and every answer is resolved.

Nothing else in the package may send a request that costs money; the providers' clients ask for a `Held` to prove it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asset_pipeline.ledger.calls import IMAGE, Call, Existing, Held, Intent, Refused, State, Step
from asset_pipeline.ledger.ledger import Ledger, is_alive

MAX_TRIES = 5
FIRST_WAIT_S = 1.0
MAX_WAIT_S = 60.0
OTHERS_POLL_S = 0.25


@dataclass(frozen=True)
class Accepted:
    """The provider took the request; from here on it costs money.

    Args:
        provider_call_id: The provider's id of it.
        body: The answer, parsed.
        raw: The answer as it came.
    """

    provider_call_id: str
    body: Any
    raw: bytes


@dataclass(frozen=True)
class Rejected:
    """The provider certainly did nothing.

    Args:
        reason: What it said.
        retry: Whether the same may work later.
        retry_after_s: When, if the provider said so, in seconds.
    """

    reason: str
    retry: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Lost:
    """Nobody knows whether the provider did something.

    Args:
        reason: How the answer got lost.
        provider_call_id: The provider's id, where at least that came.
    """

    reason: str
    provider_call_id: str | None = None


Reply = Accepted | Rejected | Lost


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
    """No call came about, and nothing was spent."""

    reason: str


@dataclass(frozen=True)
class Unresolved:
    """A call was made whose outcome nobody knows; its money stays held."""

    call_id: str
    reason: str


@dataclass(frozen=True)
class Stopped:
    """No call was made, because no new ones are wanted."""


Ending = Paid | Existing | Refused | NotMade | Unresolved | Stopped


class Door:
    """Makes paid requests.

    Args:
        ledger: Where the money is.
        patience_s: How long somebody else's identical call in flight is waited for, in seconds.
    """

    def __init__(self, ledger: Ledger, *, patience_s: float = 120.0) -> None:
        self.ledger = ledger
        self.patience_s = patience_s
        self._stopping = False

    def stop(self) -> None:
        """Make no new call from here on; those under way land."""
        self._stopping = True

    async def pay(self, intent: Intent, send: Callable[[Held], Awaitable[Reply]]) -> Ending:
        """Hold, send, and resolve what came back.

        Args:
            intent: The call.
            send: Sends it, once; it must map every failure to a reply and raise nothing.

        Returns:
            `Paid`: settle it. `Existing`: bought before, or in flight with a known id. Otherwise why there is no call.
        """
        wait_s = FIRST_WAIT_S
        reason = ""
        for _ in range(MAX_TRIES):
            if self._stopping:
                return Stopped()
            got = await self._hold(intent)
            if not isinstance(got, Held):
                return got
            reply = await self._send(got, send)
            if isinstance(reply, Accepted):
                digest = hashlib.sha256(reply.raw).hexdigest()
                recorded = self.ledger.submitted(got.call_id, reply.provider_call_id, answer_sha256=digest)
                return Paid(got, reply, recorded)
            if isinstance(reply, Lost):
                await self.ledger.unknown(got.call_id, reason=reply.reason, provider_call_id=reply.provider_call_id)
                return Unresolved(got.call_id, reply.reason)
            reason = reply.reason
            await self.ledger.released(got.call_id, reason=reason)
            if not reply.retry:
                return NotMade(reason)
            await asyncio.sleep(min(wait_s if reply.retry_after_s is None else reply.retry_after_s, MAX_WAIT_S))
            wait_s *= 2
        return NotMade(f"{reason} ({MAX_TRIES} tries)")

    async def _send(self, held: Held, send: Callable[[Held], Awaitable[Reply]]) -> Reply:
        """Send; a cancellation in the middle leaves the call unknown, as the provider may have taken it."""
        try:
            return await send(held)
        except asyncio.CancelledError:
            await self.ledger.unknown(held.call_id, reason="stopped while the request was under way")
            raise

    async def _hold(self, intent: Intent) -> Held | Refused | Existing | Unresolved:
        """Hold, after waiting for an identical call that somebody else has under way."""
        waited_s = 0.0
        while True:
            got = await self.ledger.hold(intent)
            if not isinstance(got, Existing) or not _may_resolve(got.call):
                return got if not isinstance(got, Existing) or _is_useful(got.call) else _unresolved(got.call)
            if waited_s >= self.patience_s:
                return _unresolved(got.call)
            await asyncio.sleep(OTHERS_POLL_S)
            waited_s += OTHERS_POLL_S


def _is_useful(call: Call) -> bool:
    """Say whether an existing call can be used as it is: bought, or in flight under an id that can be polled."""
    return call.state is State.SETTLED or (call.kind == IMAGE and call.provider_call_id is not None)


def _may_resolve(call: Call) -> bool:
    """Say whether waiting helps: a process that lives is making the call right now, or is about to book its answer."""
    answered = call.state is State.SUBMITTED and call.kind != IMAGE
    return (call.state is State.HELD or answered) and is_alive(call.owner)


def _unresolved(call: Call) -> Unresolved:
    return Unresolved(
        call.call_id,
        f"call {call.call_id} for the same thing, made by {call.owner}, is {call.state}; its outcome is not known yet",
    )
