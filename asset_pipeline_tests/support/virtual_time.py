"""An event loop whose clock jumps to the next timer whenever nothing else is to be done: hours pass in no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _Jumping(selectors.DefaultSelector):
    """Does not wait for a timer, but lets the time until then have passed."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready at once, after jumping ahead."""
        if timeout is None:
            raise AssertionError("all wait for each other, for ever")
        self.now += max(0.0, timeout)
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with the clock of its selector."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual time, in seconds."""
        return self._jumping.now


def in_virtual_time(main: Callable[[Callable[[], float]], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine function, which is given the clock; nothing in it may wait for threads or the network."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main(runner.get_loop().time))
