"""Ends the client at a scripted request, before it is handled or after, so that it never sees the answer."""

from __future__ import annotations

import os
import signal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asset_pipeline.sandbox.faults import strike
from asset_pipeline.sandbox.state import SandboxState

CONTROLS = "/_sandbox/"


class Killer:
    """Counts every request but those to the controls, and plays `kill`.

    Args:
        app: Handles the requests.
        state: The sandbox's memory.
    """

    def __init__(self, app: ASGIApp, state: SandboxState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, unless the client is dead by then."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROLS):
            await self._app(scope, receive, send)
            return
        fault = strike(self._state, "any")
        if fault is None or fault.pid is None:
            await self._app(scope, receive, send)
            return
        if fault.when == "after":
            await self._app(scope, receive, _swallow)
        os.kill(fault.pid, signal.SIGKILL)


async def _swallow(_message: Message) -> None:
    """Lose an answer."""
