"""The spread of requests over pools: all arrive, later ones reuse connections, and a failed one leaves no trace."""

import asyncio

import httpx
import pytest

from asset_pipeline.providers.transport import SpreadTransport
from asset_pipeline_tests.unit.providers.support import listening


def answering(connections):
    """Return a server's behaviour: keep-alive answers, each connection noted."""

    async def serve(reader, writer):
        connections.add(writer.get_extra_info("peername"))
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    return serve


def test_all_of_many_requests_at_once_are_answered_and_later_ones_reuse_connections():
    async def main():
        connections = set()
        async with listening(answering(connections)) as url:
            async with httpx.AsyncClient(transport=SpreadTransport(pools=3)) as client:
                together = await asyncio.gather(*(client.get(url) for _ in range(20)))
                later = [await client.get(url) for _ in range(20)]
            return [one.text for one in [*together, *later]], len(connections)

    texts, connections = asyncio.run(main())
    assert texts == ["ok"] * 40
    assert connections <= 20  # the second twenty opened none


def test_a_request_that_fails_leaves_the_others_as_they_were():
    async def main():
        async with (
            listening(answering(set())) as url,
            httpx.AsyncClient(transport=SpreadTransport(pools=1)) as client,
        ):
            for _ in range(5):
                with pytest.raises(httpx.UnsupportedProtocol):
                    await client.get("ftp://127.0.0.1/")
            return (await client.get(url)).text

    assert asyncio.run(main()) == "ok"


def test_what_is_closed_leaves_no_connection_open():
    """The server sees the end of each connection, without having to hang up itself."""

    async def main():
        ended = asyncio.Event()

        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
            assert await reader.read() == b""
            ended.set()

        async with listening(serve) as url:
            async with httpx.AsyncClient(transport=SpreadTransport()) as client:
                await client.get(url)
            await asyncio.wait_for(ended.wait(), 20)

    asyncio.run(main())
