"""Hands what another thread has done to an event loop, one result in each turn of the loop.

A commit is the answer to everything that waited for it, often to a hundred tasks; woken all at once, they send a
hundred requests within one turn of the loop, and for as long no timer is looked at and no answer taken.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Result = TypeVar("Result")
_Pair = tuple[Future[Any], "asyncio.Future[Any]"]

_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Handover] = WeakKeyDictionary()


def awaited(done_elsewhere: Future[Result]) -> asyncio.Future[Result]:
    """Return a future of the running loop that ends as another thread's does; to cancel it cancels that.

    As `asyncio.wrap_future`, but of many that end at the same moment only one wakes its task in each turn of the loop.
    """
    loop = asyncio.get_running_loop()
    handover = _by_loop.get(loop)
    if handover is None:
        handover = _by_loop[loop] = _Handover()
    waiting: asyncio.Future[Result] = loop.create_future()
    waiting.add_done_callback(lambda ended: done_elsewhere.cancel() if ended.cancelled() else None)
    done_elsewhere.add_done_callback(lambda done: handover.put(loop, done, waiting))
    return waiting


class _Handover:
    """What waits to be handed to one loop."""

    def __init__(self) -> None:
        self._pairs: deque[_Pair] = deque()
        self._guard = threading.Lock()
        self._is_called = False

    def put(self, loop: asyncio.AbstractEventLoop, done: Future[Result], waiting: asyncio.Future[Result]) -> None:
        """Queue a result, from any thread."""
        with self._guard:
            self._pairs.append((done, waiting))
            if self._is_called:
                return
            self._is_called = True
        try:
            loop.call_soon_threadsafe(self._hand_over, loop)
        except RuntimeError:  # the loop has ended, and nobody waits any more
            with self._guard:
                self._pairs.clear()  # they would keep the loop
                self._is_called = False

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over the first, and come again in the loop's next turn while there are more."""
        with self._guard:
            done, waiting = self._pairs.popleft()
            self._is_called = bool(self._pairs)
        if self._is_called:
            loop.call_soon(self._hand_over, loop)
        if not waiting.done():  # cancelled meanwhile
            _end(waiting, done)


def _end(waiting: asyncio.Future[Result], done: Future[Result]) -> None:
    if done.cancelled():
        waiting.cancel()
    elif error := done.exception():
        waiting.set_exception(error)
    else:
        waiting.set_result(done.result())
