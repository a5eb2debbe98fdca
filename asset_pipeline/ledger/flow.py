"""When requests may go to a provider, as the door sees it; the limits themselves are kept by the providers' side.

It is advice to wait, never a permission to spend: that is the hold's alone.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from asset_pipeline.ledger.replies import Cause, Rejected, Reply

MAX_TRIES = 5
FIRST_WAIT_S = 1.0
MAX_WAIT_S = 60.0


class Turn(Protocol):
    """One payment's turn among those that want to send to a provider; it may be tried several times."""

    async def come(self, *, patient: bool = True) -> str | None:
        """Wait until a request may be sent, and reserve that; say why not, where it will not come to that.

        Args:
            patient: Whether to wait for a provider that does not work just now.
        """

    def begin(self) -> bool:
        """Start sending, if it is still the moment for it; else give back what was reserved."""

    def end(self, reply: Reply) -> None:
        """Learn from what came of sending."""

    def leave(self) -> None:
        """Give back whatever this turn still has; harmless at any time."""


class Flow(Protocol):
    """All requests to one provider."""

    @property
    def closed(self) -> str | None:
        """Why no request will pass any more; None while some may."""

    @property
    def is_paused(self) -> bool:
        """Whether the provider does not work just now, so that requests wait."""

    def turn(self) -> Turn:
        """Return a turn for one payment."""

    def close(self) -> None:
        """End all waiting at once, and let nobody wait from here on."""


class PlainFlow:
    """The flow of a provider without limits of its own: five tries, each further from the last."""

    closed: str | None = None
    is_paused = False

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def turn(self) -> Turn:
        """Return a turn for one payment."""
        return _PlainTurn(self.ended)

    def close(self) -> None:
        """End all waiting at once."""
        self.ended.set()


class _PlainTurn:
    """Tries again as told, or after a doubled wait."""

    def __init__(self, ended: asyncio.Event) -> None:
        self._ended = ended
        self._tries = 0
        self._wait_s = 0.0
        self._given_up: str | None = None

    async def come(self, *, patient: bool = True) -> str | None:  # noqa: ARG002 - it is never paused
        """Wait as the last reply asked for; say what it was, after the last try."""
        if self._given_up is None and self._wait_s:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self._wait_s)
        return self._given_up

    def begin(self) -> bool:
        """Start sending, always."""
        self._tries += 1
        return True

    def end(self, reply: Reply) -> None:
        """Learn when to come back, if ever."""
        if not isinstance(reply, Rejected):
            return
        if reply.cause is Cause.ACCOUNT:
            self._given_up = reply.reason
        elif self._tries >= MAX_TRIES:
            self._given_up = f"{reply.reason} ({MAX_TRIES} tries)"
        doubled_s = FIRST_WAIT_S * 2 ** (self._tries - 1)
        self._wait_s = min(doubled_s if reply.retry_after_s is None else reply.retry_after_s, MAX_WAIT_S)

    def leave(self) -> None:
        """Do nothing: nothing is reserved."""
