"""How requests travel when many are under way: spread over several small pools of connections."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

POOLS = 256
# Shorter than any server's patience: a paid request must not meet a connection that is being closed, as nobody could
# tell whether it arrived. (uvicorn closes after 5 s, nginx after 75.)
KEEP_ALIVE_S = 2.0


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom to trust, read once: one per pool took longer than all else at the start of a run."""
    return httpx.create_ssl_context()


class SpreadTransport(httpx.AsyncBaseTransport):
    """Sends each request through a pool that has no other under way, while there may be more pools.

    For every request, httpcore looks at every connection of its pool, and asks the system about each idle one: with a
    hundred connections in one pool that took a third of the event loop's time, and in a dozen still the most of it.

    Args:
        pools: How many pools at most; beyond that the least busy is shared.
    """

    def __init__(self, pools: int = POOLS) -> None:
        self._most = pools
        self._pools: list[httpx.AsyncHTTPTransport] = []
        self._under_way: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        index = self._least_busy()
        self._under_way[index] += 1
        try:
            return await self._pools[index].handle_async_request(request)
        finally:
            self._under_way[index] -= 1

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()

    def _least_busy(self) -> int:
        index = min(range(len(self._pools)), key=self._under_way.__getitem__, default=None)
        if index is not None and (self._under_way[index] == 0 or len(self._pools) == self._most):
            return index
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEEP_ALIVE_S)
        self._pools.append(httpx.AsyncHTTPTransport(verify=_trusted(), limits=limits))
        self._under_way.append(0)
        return len(self._pools) - 1
