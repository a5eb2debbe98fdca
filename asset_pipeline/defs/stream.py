"""Lets a generator draw from work on an event loop in another thread, so that neither ever waits for the other.

An event costs Dagster 7 to 14 ms of SQLite; on the loop, each of them would stop fifty images at once.
"""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import FrameType
from typing import Generic, TypeVar

import structlog

from asset_pipeline.pipeline import Pipeline
from asset_pipeline.redaction import clean_error

Item = TypeVar("Item")
log = structlog.get_logger(__name__)
GRACE_S = 30.0
END_S = 0.05
# The loop's turns are short, and those of Dagster's thread are not: at Python's 5 ms each answer waits behind an event.
SWITCH_S = 0.0005


_at_work: set[_Stopper] = set()


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
    stopper = _Stopper(grace_s)

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
    stopper.start(thread)
    try:
        while not isinstance(item := results.get(), _End):
            yield item
        if item.error is not None:
            raise clean_error(item.error)  # Dagster keeps it, with all that led to it
    finally:
        stopper.stop()
        sys.setswitchinterval(usual_s)


def stop_all() -> None:
    """Stop all work that is still going on.

    An interrupt that meets Dagster between two items leaves our generator suspended, for the garbage collector to end;
    until then its work would go on, and go on paying.
    """
    for stopper in list(_at_work):
        stopper.stop()


@contextmanager
def _leaving_at_once_if_told_again() -> Iterator[None]:
    """End the process at the next interrupt, as a kill would: what is open is closed by the next run."""
    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield
        return
    before = {number: signal.signal(number, _leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), b"left at once; what was under way is picked up by the next run\n")
    os._exit(128 + number)


class _Stopper:
    """Ends the work from another thread: first politely, then for good.

    Args:
        grace_s: How long calls under way may take to land, in seconds.
    """

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._pipeline: Pipeline | None = None
        self._armed = threading.Event()

    def arm(self, pipeline: Pipeline) -> None:
        """Remember what to stop; called on the loop's thread, inside the task."""
        self._loop, self._task, self._pipeline = asyncio.get_running_loop(), asyncio.current_task(), pipeline
        self._armed.set()

    def start(self, thread: threading.Thread) -> None:
        """Begin the work in a thread."""
        self._thread = thread
        _at_work.add(self)
        thread.start()

    def stop(self) -> None:
        """Stop the work if it is still going on, and wait for its end."""
        _at_work.discard(self)
        if self._thread is None:
            return
        self._thread.join(END_S)  # a consumer that was not stopped is at the end, and so is the work
        if self._thread.is_alive() and self._armed.wait(timeout=self._grace_s):
            self._call(self._pipeline.stop if self._pipeline else None)
            said = f"stopping; what is under way has {self._grace_s:.0f} s to land. Interrupt again to leave at once"
            with _leaving_at_once_if_told_again():
                log.warning(said)  # only now, as whoever reads it may do so at once
                self._thread.join(self._grace_s)
                if self._thread.is_alive() and self._task:
                    self._call(self._task.cancel)
                self._thread.join()
        self._thread.join()

    def _call(self, function: Callable[[], object] | None) -> None:
        if self._loop and function and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)
