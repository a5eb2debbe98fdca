"""What the tests of the clients share: a clock that does not wait, holds, and servers that misbehave on a wire."""

import asyncio
import selectors
from contextlib import asynccontextmanager, suppress
from decimal import Decimal

import httpx

from asset_pipeline.ledger import Held, Intent, Price, Stage
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.providers.http import open_client
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.providers.replicate import ReplicateClient

REPLICATE = "https://api.replicate.com/v1"
OPENROUTER = "https://openrouter.ai/api/v1"
HTML = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"


class _Skipping(selectors.DefaultSelector):
    """Instead of waiting for the next timer, lets its time come at once."""

    def __init__(self):
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout=None):
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout:
            self.skipped_s += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock moves only when everybody waits for a timer; nothing on a wire may be awaited in it."""

    def __init__(self):
        self._clock = _Skipping()
        super().__init__(self._clock)

    def time(self):
        return self._clock.skipped_s


def waited(coroutine):
    """Run to the end, and return the result and the seconds that it would have waited."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        result = runner.run(coroutine)
        return result, runner.get_loop().time()


def run(coroutine):
    """Run to the end, without waiting."""
    return waited(coroutine)[0]


def held(model, /, **request):
    """Return a committed hold for a request to a model."""
    price = Price("image", {"image": "0.04"}, "2026-01-01", "test")
    intent = Intent(
        provider="replicate",
        kind="image",
        model=model,
        image_key="test.icons.compass",
        collection="test",
        stage=Stage.SAMPLE,
        content_key="c" * 64,
        request=request,
        worst_usd=Decimal("0.04"),
        price=price,
    )
    return Held("call-1", intent, utc_now())


@asynccontextmanager
async def client(base_url=REPLICATE, token="secret"):
    """Open a plain client; it loads no certificates, as nothing here is encrypted."""
    async with open_client(base_url=base_url, token=token, transport=httpx.AsyncHTTPTransport(verify=False)) as one:
        yield one


@asynccontextmanager
async def replicate(max_download_bytes=10_000, base_url=REPLICATE, *, download_timeout_s=60):
    """Open Replicate."""
    async with client(base_url) as api, client(base_url, token=None) as files:
        yield ReplicateClient(
            api,
            files,
            request_timeout_s=30,
            max_download_bytes=max_download_bytes,
            download_timeout_s=download_timeout_s,
            cancel_after_s=60,
        )


@asynccontextmanager
async def openrouter():
    """Open OpenRouter."""
    async with client(OPENROUTER) as api:
        yield OpenRouterClient(api, request_timeout_s=180)


@asynccontextmanager
async def listening(serve):
    """Let `serve(reader, writer)` have each connection to a free port, and yield the address.

    Connections that are still open at the end are ended and closed.
    """
    connections, behaviours = set(), set()

    async def one(reader, writer):
        behaviour = asyncio.ensure_future(serve(reader, writer))
        connections.add(asyncio.current_task())
        behaviours.add(behaviour)
        await asyncio.wait({behaviour})
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(one, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for behaviour in behaviours:
            behaviour.cancel()
        await asyncio.gather(*connections)
        await asyncio.gather(*behaviours, return_exceptions=True)  # the client's leaving is not their failure


@asynccontextmanager
async def wire(behave):
    """Serve on a free port; each complete request is noted, then `behave(writer)` answers it as it likes.

    Yields:
        The address, and the bodies of the requests that came.
    """
    bodies = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        bodies.append(await reader.readexactly(length))
        await behave(writer)

    async with listening(serve) as url:
        yield url, bodies
