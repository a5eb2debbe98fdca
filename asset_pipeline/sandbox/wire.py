"""What can happen to an answer on its way: the connection drops, the answer never comes, or half of it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

MAX_SILENCE_S = 600.0
LOOK_S = 0.05
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class DroppedAnswer(Response):
    """The connection ends without an answer.

    Args:
        request: Whose connection.
    """

    def __init__(self, request: Request) -> None:
        super().__init__()
        # A served sandbox is behind uvicorn, whose cycle holds the connection; in process there is none to drop.
        self._transport: Any = getattr(getattr(request.receive, "__self__", None), "transport", None)

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        """Drop the connection."""
        if self._transport is None:
            raise httpx.ReadError("the sandbox was told to drop the connection")
        self._transport.abort()


class NoAnswer(Response):
    """The connection stays open and nothing comes, until the client has had enough."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Say nothing."""
        request = Request(scope, receive)
        for _ in range(int(MAX_SILENCE_S / LOOK_S)):
            if await request.is_disconnected():
                return
            await asyncio.sleep(LOOK_S)


class CutAnswer(Response):
    """Half of an answer comes, then the connection ends.

    Args:
        whole: The answer.
        request: Whose connection.
    """

    def __init__(self, whole: Response, request: Request) -> None:
        super().__init__(bytes(whole.body)[: len(whole.body) // 2], whole.status_code)
        self.raw_headers = whole.raw_headers
        self._dropped = DroppedAnswer(request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half, and drop the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        await self._dropped(scope, receive, send)


# What can become of the answer to a request that was taken, by the name of the fault.
LOSSES: Mapping[str, Callable[[Response, Request], Response]] = {
    "lost_answer": lambda _answer, _request: HTMLResponse(BAD_GATEWAY, status_code=502),
    "reset_after": lambda _answer, request: DroppedAnswer(request),
    "no_answer": lambda _answer, _request: NoAnswer(),
    "cut_body": CutAnswer,
}


def lose(fault: str, answer: Response, request: Request) -> Response:
    """Return what arrives of an answer."""
    loss = LOSSES.get(fault)
    return loss(answer, request) if loss else answer
