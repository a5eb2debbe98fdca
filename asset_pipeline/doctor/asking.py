"""Asks providers free questions, each within a deadline of its own and all within another; sorts what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import httpx

from asset_pipeline.providers.http import GetError

DEADLINE_S = 10.0
TOTAL_S = 60.0
AT_ONCE = 8
Found = TypeVar("Found")


@dataclass(frozen=True)
class Trouble:
    """A question that got no usable answer.

    Args:
        status: HTTP status, where an answer came at all.
        said: What went wrong, in one line.
    """

    status: int | None
    said: str

    @property
    def is_refusal(self) -> bool:
        """Whether the key is what is wrong: it is not known, has no credit, or may not do this."""
        return self.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN)


class Asker:
    """Asks several questions at once. Made inside the event loop, whose clock it goes by."""

    def __init__(self) -> None:
        self._end = asyncio.get_running_loop().time() + TOTAL_S
        self._places = asyncio.Semaphore(AT_ONCE)

    async def ask(self, question: Callable[[], Awaitable[Found]]) -> Found | Trouble:
        """Return the answer, or what went wrong; the clients try again by themselves as long as there is time."""
        try:
            async with asyncio.timeout_at(self._end), self._places, asyncio.timeout(DEADLINE_S):
                return await question()
        except TimeoutError:
            return Trouble(None, f"no usable answer within {DEADLINE_S:.0f} s")
        except GetError as error:
            cause = error.__cause__
            status = cause.response.status_code if isinstance(cause, httpx.HTTPStatusError) else None
            return Trouble(status, error.what.splitlines()[0])
