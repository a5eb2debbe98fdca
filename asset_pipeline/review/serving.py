"""A server that says when it serves, and tells long streams to end before it waits for them."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn


class SpeakingServer(uvicorn.Server):
    """Serves as uvicorn does, and speaks up at the beginning and at the end.

    Whoever reads that it serves may press Ctrl-C at once: before the server handles that, Python may lose it in the
    callback of a weak reference. And the application hears of a shutdown only when all connections are closed, which
    streams do not do by themselves.

    Args:
        config: As uvicorn takes it.
        after_start: Called in the event loop once it serves, and Ctrl-C is its own to handle.
        before_shutdown: Called in the event loop as soon as the server has to stop.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        after_start: Callable[[], None],
        before_shutdown: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._after_start = after_start
        self._before_shutdown = before_shutdown

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then say so."""
        await super().startup(sockets)
        self._after_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end the streams, and wait for what is still being answered."""
        self._before_shutdown()
        await super().shutdown(sockets)
