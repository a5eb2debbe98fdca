"""Measures every request on its way to a provider, from sending to the last byte."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import cast

import httpx
import structlog

from asset_pipeline.ledger.requests import Exchange
from asset_pipeline.logs.context import current_call

log = structlog.get_logger(__name__)

FILE = "GET file"
_NAMES = (
    (re.compile(r"/(models|deployments)/[^/]+/[^/]+"), r"/\1/*"),
    (re.compile(r"/(predictions|versions)/[^/]+"), r"/\1/*"),
)


class MeteredTransport(httpx.AsyncBaseTransport):
    """Carries requests as another transport does, and tells how each went.

    Args:
        inner: Carries them.
        provider: Whose they are.
        record: Told of each request when its answer is read, or it broke off; its own failures change nothing.
        api: Path that the API's own paths are below; None where files are fetched, whose addresses mean nothing.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        provider: str,
        record: Callable[[Exchange], None],
        api: str | None,
    ) -> None:
        self._inner = inner
        self._provider = provider
        self._record = record
        self._api = api

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        meter = _Meter(self, request)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            meter.stop(error)
            raise
        meter.status = response.status_code
        response.stream = _MeteredStream(cast("httpx.AsyncByteStream", response.stream), meter)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

    def tell(self, meter: _Meter, error: BaseException | None) -> None:
        """Hand on what was measured."""
        request = meter.request
        self._record(
            Exchange(
                provider=self._provider,
                endpoint=FILE if self._api is None else endpoint_of(request, self._api),
                call_id=meter.call_id,
                sent_at=meter.sent_at,
                response_s=time.perf_counter() - meter.begun_at,
                sent_bytes=int(request.headers.get("content-length", 0)),
                received_bytes=meter.received_bytes,
                status=meter.status,
                error=type(error).__name__ if error else None,
            )
        )


class _Meter:
    """One request under way."""

    def __init__(self, transport: MeteredTransport, request: httpx.Request) -> None:
        self.request = request
        self.call_id = current_call()
        self.sent_at = datetime.now(UTC).replace(tzinfo=None)
        self.begun_at = time.perf_counter()
        self.status: int | None = None
        self.received_bytes = 0
        self._transport: MeteredTransport | None = transport

    def stop(self, error: BaseException | None = None) -> None:
        """Tell how it went, once."""
        transport, self._transport = self._transport, None
        if transport:
            try:
                transport.tell(self, error)
            except Exception:  # what is measured must never cost what is paid
                log.exception("a request could not be measured")


class _MeteredStream(httpx.AsyncByteStream):
    """Counts the bytes of an answer."""

    def __init__(self, inner: httpx.AsyncByteStream, meter: _Meter) -> None:
        self._inner = inner
        self._meter = meter

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._inner:
                self._meter.received_bytes += len(piece)
                yield piece
        except BaseException as error:
            self._meter.stop(error)
            raise
        self._meter.stop()

    async def aclose(self) -> None:
        await self._inner.aclose()
        self._meter.stop()


def endpoint_of(request: httpx.Request, api: str) -> str:
    """Return method and path of a request, without what names a model or a prediction."""
    path = request.url.path.removeprefix(api.rstrip("/"))
    for pattern, plain in _NAMES:
        path = pattern.sub(plain, path)
    return f"{request.method} {path}"
