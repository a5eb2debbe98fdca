"""Lets a generator draw from work on an event loop in another thread, so that neither ever waits for the other.

An event costs Dagster 7 to 14 ms of SQLite; on the loop, each of them would stop fifty images at once.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from asset_pipeline.pipeline import Pipeline

Item = TypeVar("Item")
GRACE_S = 30.0
# The loop's turns are short, and those of Dagster's thread are not: at Python's 5 ms each answer waits behind an event.
SWITCH_S = 0.0005


class _End(Generic[Item]):
    """The last thing in the queue: how the work ended."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def stream(
    open_pipeline: Callable[[], AbstractAsyncContextManager[Pipeline]],
    work: Callable[[Pipeline], AsyncIterator[Item]],
    *,
    grace_s: float = GRACE_S,
) -> Iterator[Item]:
    """Yield what the work yields, as it comes.

    If the consumer stops early, by an interrupt or otherwise, no new paid call is made; those under way have a while to
    land, and are then left open for the next run.

    Args:
        open_pipeline: Opens the façade, on the loop's thread.
        work: What to do with it.
        grace_s: How long calls under way may take to land, in seconds.
    """
    results: queue.SimpleQueue[Item | _End[Item]] = queue.SimpleQueue()
    stopper = _Stopper()

    async def main() -> None:
        async with open_pipeline() as pipeline:
            stopper.arm(pipeline)
            async for item in work(pipeline):
                results.put(item)

    def run() -> None:
        error: BaseException | None = None
        try:
            asyncio.run(main())
        except BaseException as raised:  # noqa: BLE001 - handed to the consumer, in its thread
            error = raised
        results.put(_End(error))

    thread = threading.Thread(target=run, name="pipeline")
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    thread.start()
    try:
        while not isinstance(item := results.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopper.stop(thread, grace_s)
        thread.join()
        sys.setswitchinterval(usual_s)


class _Stopper:
    """Ends the work from another thread: first politely, then for good."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._pipeline: Pipeline | None = None
        self._armed = threading.Event()

    def arm(self, pipeline: Pipeline) -> None:
        """Remember what to stop; called on the loop's thread, inside the task."""
        self._loop, self._task, self._pipeline = asyncio.get_running_loop(), asyncio.current_task(), pipeline
        self._armed.set()

    def stop(self, thread: threading.Thread, grace_s: float) -> None:
        """Stop the work if it is still going on."""
        if not thread.is_alive() or not self._armed.wait(timeout=grace_s):
            return
        self._call(self._pipeline.stop if self._pipeline else None)
        thread.join(grace_s)
        if thread.is_alive() and self._task:
            self._call(self._task.cancel)

    def _call(self, function: Callable[[], object] | None) -> None:
        if self._loop and function and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)
