"""Bounds how many images wait for a provider at the same time; waiting for the database or the disk does not count."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from types import TracebackType


class Places:
    """The places of a run, given to whoever has had most of them so far, then to whoever has waited longest.

    So what was begun is finished first. First come, first served, all images went through their stages in step, and
    no place was taken while all of them were being finished.

    Args:
        count: How many there are.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = count
        self._arrivals = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    async def take(self, *, had: int) -> None:
        """Wait for a place.

        Args:
            had: How many the caller has had before.
        """
        if self._free > 0:
            self._free -= 1
            return
        given = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-had, next(self._arrivals), given))
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Hand a place on to the next who waits."""
        self._free += 1
        self._hand_out()

    def resize(self, count: int) -> None:
        """Let there be more or fewer places; nobody who has one loses it."""
        self._free += count - self._count
        self._count = count
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free > 0 and self._waiting:
            given = heapq.heappop(self._waiting)[-1]
            if not given.done():
                given.set_result(None)
                self._free -= 1


class Slot:
    """One image's place among those that wait for a provider.

    Several calls of the image may be under way at once; together they take one place, from the first to the last.

    Args:
        places: All places.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._calls = 0
        self._had = 0
        self._entering = asyncio.Lock()

    async def __aenter__(self) -> None:
        async with self._entering:
            if self._calls == 0:
                await self._places.take(had=self._had)
                self._had += 1
            self._calls += 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls -= 1
        if self._calls == 0:
            self._places.give_back()
