"""Downloads files: without the token, only from hosts that may deliver, piece by piece, and only whole.

A file is never in memory as a whole, however large it is. Facts: Replicate's HTTP reference, and recorded headers.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from typing import Protocol
from urllib.parse import unquote_to_bytes

import httpx

from asset_pipeline.errors import ImageError
from asset_pipeline.providers.http import stream_get

DELIVERY_HOST = "replicate.delivery"
# So much is collected before it is handed on to a thread that hashes and writes it.
BLOCK_BYTES = 256 * 1024
_MD5_64 = re.compile(r"md5=([A-Za-z0-9+/]{22}==)")
_MD5_HEX = re.compile(r'"([0-9a-f]{32})"')


class Sink(Protocol):
    """Where the pieces of a file go, in their order: an open file, or what behaves like one."""

    def write(self, data: bytes, /) -> object:
        """Take a piece; called in a worker thread, one at a time."""


class Downloads:
    """Fetches files.

    Args:
        client: Client without the token.
        own_host: The API's own host, which may deliver too, besides Replicate's delivery hosts.
        max_bytes: Largest file that is taken.
        timeout_s: Deadline of one file, from the request to the last byte; bytes that trickle in do not extend it.
    """

    def __init__(self, client: httpx.AsyncClient, *, own_host: str, max_bytes: int, timeout_s: float) -> None:
        self._client = client
        self._own_host = own_host
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s

    def may_take(self, url: str) -> bool:
        """Say whether files are taken from an address; it is read as the client reads it that would ask it."""
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            return False
        if parsed.host == self._own_host:
            return parsed.scheme in ("http", "https")
        is_delivery = parsed.host == DELIVERY_HOST or parsed.host.endswith(f".{DELIVERY_HOST}")
        return is_delivery and parsed.scheme == "https"

    async def fetch(self, url: str, into: Sink) -> None:
        """Write a file into a sink; it is complete when this returns, and of no use when this raises.

        Raises:
            ImageError: The host is not allowed, the file is too large, or its `data:` address cannot be read.
            httpx.HTTPError: It could not be fetched, came too slowly or incomplete; trying again costs nothing.
        """
        if url.startswith("data:"):
            await asyncio.to_thread(into.write, self._inside(url))
            return
        if not self.may_take(url):
            raise ImageError(f"files are not taken from {_host(url)!r}")
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._stream(url, into)
        except TimeoutError:
            raise httpx.ReadTimeout(f"the file did not come within {self._timeout_s:g} s") from None

    async def _stream(self, url: str, into: Sink) -> None:
        digest = hashlib.md5(usedforsecurity=False)

        def take(piece: bytes) -> None:
            digest.update(piece)
            into.write(piece)

        async with stream_get(self._client, url) as response:
            if response.is_redirect:
                raise ImageError(f"files are not taken from where {_host(url)!r} sends us")
            response.raise_for_status()
            announced = response.headers.get("content-length", "")
            length = int(announced) if announced.isdecimal() else None
            self._refuse_larger(length or 0)
            count, block = 0, bytearray()
            async for chunk in response.aiter_raw():
                count += len(chunk)
                self._refuse_larger(count)
                block += chunk
                if len(block) >= BLOCK_BYTES:
                    await asyncio.to_thread(take, bytes(block))
                    block.clear()
            if length is not None and length != count:
                raise httpx.RemoteProtocolError(f"{count} of {length} bytes came", request=response.request)
            await asyncio.to_thread(take, bytes(block))
            if not _is_whole(digest.digest(), response.headers):
                said = "the file's checksum is not the one announced"
                raise httpx.RemoteProtocolError(said, request=response.request)

    def _inside(self, url: str) -> bytes:
        """Return the file that a `data:` address holds."""
        head, comma, text = url.partition(",")
        try:
            data = base64.b64decode(text, validate=True) if head.endswith(";base64") else unquote_to_bytes(text)
        except ValueError:
            data = b""
        if not comma or not data:
            raise ImageError("the file within the answer cannot be read")
        self._refuse_larger(len(data))
        return data

    def _refuse_larger(self, count: int) -> None:
        if count > self._max_bytes:
            raise ImageError(f"the file is larger than {self._max_bytes:,} bytes")


def _is_whole(md5: bytes, headers: httpx.Headers) -> bool:
    """Say whether a file has the MD5 that its headers announce, where they do: `x-goog-hash`, else a plain `ETag`.

    Recorded files have both, and a CRC32C, which would take a library of its own to compute fast.
    """
    announced = _MD5_64.search(headers.get("x-goog-hash", ""))
    if announced:
        return base64.b64encode(md5).decode() == announced[1]
    tag = _MD5_HEX.fullmatch(headers.get("etag", ""))
    return tag is None or tag[1] == md5.hex()


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return url[:80]
