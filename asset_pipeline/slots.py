"""Bounds how many images wait for a provider at the same time; waiting for the database or the disk does not count."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Slot:
    """One image's place among those that wait for a provider.

    Several calls of the image may be under way at once; together they take one place, from the first to the last.

    Args:
        places: All places.
    """

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._calls = 0
        self._entering = asyncio.Lock()

    async def __aenter__(self) -> None:
        async with self._entering:
            if self._calls == 0:
                await self._places.acquire()
            self._calls += 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls -= 1
        if self._calls == 0:
            self._places.release()
