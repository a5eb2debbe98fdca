"""Works through a list with a bounded number of workers, of whom more may be hired while they are at work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from asset_pipeline.errors import PipelineError

Item = TypeVar("Item")

# Things that start together stay together, and ask for everything at the same moment.
STAGGER_S = 0.02


class Crew(Generic[Item]):
    """Workers, each of whom takes the next thing as long as there is one.

    Args:
        items: What is to be done, in this order.
        work: Does one of them.
    """

    def __init__(self, items: Sequence[Item], work: Callable[[Item], Awaitable[None]]) -> None:
        self._count = len(items)
        self._waiting = iter(items)
        self._work = work
        self._group: asyncio.TaskGroup | None = None
        self._hired = 0
        self._at_work = 0

    async def run(self, size: int) -> None:
        """Do everything, with so many workers at first.

        Raises:
            PipelineError: What ended the work, if that was nothing else; of several, the first.
        """
        try:
            async with asyncio.TaskGroup() as self._group:
                self._hire(self._group, size)
        except ExceptionGroup as group:
            error = group.exceptions[0]
            if group.split(PipelineError)[1]:  # what nobody foresaw is not hidden behind what somebody did
                raise
        else:
            return
        raise error  # out of the group, whose text says nothing to people

    def grow(self, size: int) -> None:
        """Let there be so many workers, if there are fewer and something is left to do."""
        if self._group and self._at_work:
            self._hire(self._group, size)

    def _hire(self, group: asyncio.TaskGroup, size: int) -> None:
        for number in range(min(size, self._count) - self._hired):
            self._hired += 1
            self._at_work += 1
            group.create_task(self._take_turns(number))

    async def _take_turns(self, number: int) -> None:
        await asyncio.sleep(number * STAGGER_S)
        for item in self._waiting:
            await self._work(item)
        self._at_work -= 1
