"""Compares our clock with the `Date` of the answers: signatures of webhooks and daily budgets need it to be right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from asset_pipeline.doctor.finding import Finding

MAX_SKEW_S = 30.0
# A Date has whole seconds, cut off.
HALF_S = 0.5


class Clocks:
    """Listens to answers, and remembers how far each host's clock is from ours, as the nearest of its answers says."""

    def __init__(self) -> None:
        self._skews_s: dict[str, float] = {}

    def through(self, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Return a way that goes through another, and is listened to."""
        return _Listening(inner, self)

    def heard(self, host: str, date: str, *, sent_at: float, came_at: float) -> None:
        """Take in the `Date` of an answer.

        Args:
            host: Who answered.
            date: The header.
            sent_at: When we asked, by our clock.
            came_at: When the answer came.
        """
        try:
            theirs = parsedate_to_datetime(date).timestamp() + HALF_S
        except ValueError:
            return
        skew_s = theirs - (sent_at + came_at) / 2
        self._skews_s[host] = min(self._skews_s.get(host, skew_s), skew_s, key=abs)

    def findings(self) -> Iterator[Finding]:
        """Yield what was heard of each host's clock."""
        for host, skew_s in sorted(self._skews_s.items()):
            behind = "behind" if skew_s > 0 else "ahead of"
            yield Finding(
                "clock",
                abs(skew_s) <= MAX_SKEW_S,
                f"ours is {abs(skew_s):.0f} s {behind} that of {host}; up to {MAX_SKEW_S:.0f} s do no harm",
                "set the clock and keep it right, such as by: timedatectl set-ntp true",
            )


class _Listening(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, clocks: Clocks) -> None:
        self._inner = inner
        self._clocks = clocks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent_at = time.time()
        response = await self._inner.handle_async_request(request)
        self._clocks.heard(request.url.host, response.headers.get("date", ""), sent_at=sent_at, came_at=time.time())
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()
