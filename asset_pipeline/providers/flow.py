"""Flow control of paid requests: one flow per provider and process says when the next may go, and learns from each.

Whoever may send at once passes without waiting for anybody; a line forms only while the provider is the bottleneck.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from asset_pipeline.ledger.replies import Accepted, Cause, Lost, Rejected, Reply, Room
from asset_pipeline.providers.breaker import Breaker
from asset_pipeline.providers.pace import Bucket, Window
from asset_pipeline.settings.flow import FlowSettings

BACK_OFF_S = 1.0
MAX_BACK_OFF_S = 60.0
LOW_CREDIT_S = 600.0
# So few left before the wall that it is time to go slowly.
FEW_LEFT = 10
_LOW_CREDIT = re.compile(r"reduced to (\d+) requests per minute")

log = structlog.get_logger(__name__)


class ProviderFlow:
    """The flow of one provider's paid requests, shared by all who pay.

    Args:
        provider: Its name, for people.
        settings: When to pause and when to give up.
        per_minute: Most requests per minute; 0 for no limit.
        window: Most requests under way at once.
        clock: Tells the time, in seconds.
        dice: Draws from 0 to 1, for back-offs that do not march in step.
    """

    def __init__(
        self,
        provider: str,
        settings: FlowSettings,
        *,
        per_minute: int,
        window: int,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.provider = provider
        self.give_up_s = settings.give_up_s
        self.clock = clock
        self.dice = dice
        self.bucket = Bucket(per_minute, now=clock())
        self.window = Window(window)
        self.breaker = Breaker(failures=settings.breaker_failures, pause_s=settings.breaker_pause_s)
        self.not_before = -math.inf
        self.in_flight = 0
        self.reserved = 0
        self.why = "its turn did not come"
        self.line = asyncio.Lock()
        self._closed: str | None = None
        self._ended = asyncio.Event()
        self._changed = asyncio.Event()

    def adopt(self, settings: FlowSettings, *, per_minute: int, window: int) -> None:
        """Take other bounds from the next request on; see the constructor."""
        self.give_up_s = settings.give_up_s
        self.breaker.adopt(failures=settings.breaker_failures, pause_s=settings.breaker_pause_s)
        self.bucket.adopt(per_minute, now=self.clock())
        self.window.adopt(window)
        self.change()

    @property
    def closed(self) -> str | None:
        """Why no request will pass any more; None while some may."""
        return self._closed

    @property
    def is_paused(self) -> bool:
        """Whether the provider does not work just now, so that requests wait."""
        return self.breaker.is_open

    @property
    def is_over(self) -> bool:
        """Whether nobody waits any more."""
        return self._ended.is_set()

    def turn(self) -> ProviderTurn:
        """Return a turn for one payment."""
        return ProviderTurn(self)

    def close(self) -> None:
        """End all waiting at once, and let nobody wait from here on."""
        self._ended.set()
        self._changed.set()

    def wait_s(self) -> float:
        """Return how long it takes until one more may be reserved; endless where it depends on others."""
        now = self.clock()
        # What is reserved may be waiting for a place, and counts only where the window, not the places, is narrow.
        taken = self.in_flight + (self.reserved if self.window.size < self.window.start else 0)
        return max(
            math.inf if taken >= self.window.size else 0.0,
            self.not_before - now,
            self.breaker.wait_s(now),
            self.bucket.wait_s(now),
        )

    def may_begin(self, *, is_probe: bool) -> bool:
        """Say whether a request that is reserved may still be sent now."""
        now = self.clock()
        return (
            not self.is_over
            and now >= self.not_before
            and (is_probe or not self.breaker.is_open)
            and self.in_flight < self.window.size
            and self.bucket.can_take(now)
        )

    def change(self) -> None:
        """Let the first in the line look again."""
        self._changed.set()

    async def pause(self, seconds: float) -> None:
        """Wait, unless all waiting ends before."""
        await _wait(self._ended, seconds)

    async def pause_in_line(self, seconds: float) -> None:
        """Wait until something has changed, but no longer than this."""
        self._changed.clear()
        await _wait(self._changed, seconds)

    def learn(self, reply: Reply, *, number: int, is_probe: bool) -> None:
        """Learn from a reply.

        Args:
            reply: What came of a request.
            number: Which request it was, as the window counts.
            is_probe: Whether it was sent to find out if the provider works again.
        """
        if isinstance(reply, Accepted):
            self.window.succeeded()
            if reply.room and self.bucket.per_minute:
                self._heed(reply.room)
        if isinstance(reply, Lost) or (isinstance(reply, Rejected) and reply.cause is Cause.DOWN):
            self._failed(reply.reason, is_probe=is_probe)
        elif self.breaker.answered():
            log.warning("provider answers again", provider=self.provider)
        if isinstance(reply, Rejected):
            self._rejected(reply, number)

    def _failed(self, reason: str, *, is_probe: bool) -> None:
        if self.breaker.failed(self.clock(), is_probe=is_probe):
            self.why = reason
            log.warning("provider pauses", provider=self.provider, pause_s=self.breaker.pause_s, reason=reason)

    def _heed(self, room: Room) -> None:
        """Spread the last few requests that the provider would take over the time until it takes more again."""
        if room.remaining < FEW_LEFT:
            wait_s = min(room.reset_s / (room.remaining + 1), MAX_BACK_OFF_S)
            self.not_before = max(self.not_before, self.clock() + wait_s)

    def _rejected(self, reply: Rejected, number: int) -> None:
        now = self.clock()
        if reply.retry_after_s is not None:
            self.not_before = max(self.not_before, now + reply.retry_after_s)
        if reply.cause is Cause.ACCOUNT:
            self._closed = f"{reply.reason.rstrip('.')}; no more calls to {self.provider} are made in this run"
            log.error("provider refuses all calls", provider=self.provider, reason=reply.reason)
            self.close()
        if reply.cause is not Cause.THROTTLED:
            return
        self.why = reply.reason
        self.window.throttled(number)
        reduced = _LOW_CREDIT.search(reply.reason)
        if reduced and int(reduced[1]):
            per_minute = int(reduced[1])
            if self.bucket.slow_down(per_minute, until=now + LOW_CREDIT_S, now=now):
                log.warning("low credit", provider=self.provider, per_minute=per_minute, for_s=LOW_CREDIT_S)


class ProviderTurn:
    """One payment's turn; see `asset_pipeline.ledger.flow.Turn`.

    Args:
        flow: Of the provider.
    """

    def __init__(self, flow: ProviderFlow) -> None:
        self._flow = flow
        self._patience_s = flow.give_up_s
        self._tries = 0
        self._not_before = -math.inf
        self._is_reserved = False
        self._is_probe = False
        self._number: int | None = None

    async def come(self, *, patient: bool = True) -> str | None:
        """See `asset_pipeline.ledger.flow.Turn`."""
        flow, began = self._flow, self._flow.clock()
        if flow.is_over:
            return self._unwilling()
        if began >= self._not_before and not flow.line.locked() and flow.wait_s() <= 0:
            self._reserve()
            return None
        if flow.is_paused and not patient:
            return self._unwilling()
        if flow.not_before - began > self._patience_s:
            return self._given_up()
        try:
            async with asyncio.timeout(self._patience_s):
                await flow.pause(self._not_before - began)
                await self._wait_in_line(patient=patient)
        except TimeoutError:
            return self._given_up()
        finally:
            self._patience_s = max(0.0, self._patience_s - (flow.clock() - began))
        return None if self._is_reserved and not flow.is_over else self._unwilling()

    async def _wait_in_line(self, *, patient: bool) -> None:
        flow = self._flow
        async with flow.line:
            while not flow.is_over and (patient or not flow.is_paused):
                wait_s = flow.wait_s()
                if wait_s <= 0:
                    self._reserve()
                    return
                await flow.pause_in_line(wait_s)

    def _given_up(self) -> str:
        flow = self._flow
        return f"{flow.provider} did not take it within {flow.give_up_s:g} s of waiting: {flow.why}"

    def _unwilling(self) -> str:
        flow = self._flow
        if flow.is_over:
            return flow.closed or f"no more calls to {flow.provider} are made in this run"
        return f"{flow.provider} does not work just now: {flow.why}"

    def _reserve(self) -> None:
        self._is_reserved = True
        self._is_probe = self._flow.breaker.admit()
        self._flow.bucket.reserve()
        self._flow.reserved += 1

    def begin(self) -> bool:
        """Start sending, if it is still the moment for it; else give back what was reserved."""
        flow = self._flow
        if not self._is_reserved or not flow.may_begin(is_probe=self._is_probe):
            self.leave()
            return False
        self._is_reserved = False
        flow.reserved -= 1
        flow.bucket.take()
        flow.in_flight += 1
        self._tries += 1
        self._number = flow.window.begin()
        flow.change()
        return True

    def end(self, reply: Reply) -> None:
        """Learn from what came of sending; where no time to come back is named, draw one, later with each try."""
        number, is_probe = self._number, self._is_probe
        if number is None:
            return
        self._flow.learn(reply, number=number, is_probe=is_probe)
        self._is_probe = False
        # A clock that is a little ahead of the provider's takes each moment that is named for "at once".
        if isinstance(reply, Rejected) and (reply.retry_after_s or 0.0) < BACK_OFF_S:
            longest_s = min(BACK_OFF_S * 2 ** min(self._tries - 1, 10), MAX_BACK_OFF_S)
            self._not_before = self._flow.clock() + self._flow.dice() * longest_s
        self.leave()

    def leave(self) -> None:
        """Give back whatever this turn still has; harmless at any time."""
        flow = self._flow
        if self._is_reserved:
            self._is_reserved = False
            flow.reserved -= 1
            flow.bucket.give_back()
        if self._number is not None:
            self._number = None
            flow.in_flight -= 1
        if self._is_probe:
            self._is_probe = False
            flow.breaker.withdraw()
        flow.change()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            await event.wait()
