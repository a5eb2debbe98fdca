"""What every line says by itself while something is worked on: the run, the image, the call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar, cast

from structlog.contextvars import bound_contextvars, get_contextvars

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

CALL = "call_id"


def bound(**values: str | None) -> AbstractContextManager[None]:
    """Let every line name these values for as long as the context lasts; None is left out.

    Tasks and `asyncio.to_thread` take them along, and so do the threads of a `ContextExecutor`.
    """
    return bound_contextvars(**{name: value for name, value in values.items() if value is not None})


def current_call() -> str | None:
    """Return the paid call that is worked on just now."""
    return cast("str | None", get_contextvars().get(CALL))


class ContextExecutor(ThreadPoolExecutor):
    """Threads that know what they work for: each piece of work runs in the context of whoever handed it in."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Queue a piece of work."""
        return super().submit(copy_context().run, partial(fn, *args, **kwargs))
