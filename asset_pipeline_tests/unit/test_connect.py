"""The ways to the providers: in sandbox mode nothing leaves this machine, not even a question for an address."""

import asyncio
import io
import socket

import httpx
import pytest
import respx

from asset_pipeline.connect import LoopbackOnly, base_urls, connect_openrouter, connect_replicate, sandbox_transport
from asset_pipeline.errors import ImageError, SettingsError
from asset_pipeline.ledger import Accepted
from asset_pipeline.paths import Paths
from asset_pipeline.providers.openrouter import parse_chat
from asset_pipeline.settings import SandboxSettings
from asset_pipeline_tests.unit.providers.support import held

ELSEWHERE = [
    "https://api.replicate.com/v1/predictions",
    "https://openrouter.ai/api/v1/models",
    "https://replicate.delivery/xezq/out-0.png",
    "http://8.8.8.8/",
    "http://0.0.0.0/",
    "http://169.254.169.254/latest/meta-data",
    "http://192.168.1.1/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "http://127.0.0.1@example.com/",
    "http://[2001:4860:4860::8888]/",
    "http://[::ffff:8.8.8.8]/",
    "http://sandbox.localhost/",
]
AT_ONCE = {"latency_s": 0}
HERE = ["http://127.0.0.1:9/", "http://127.5.5.5:9/", "http://localhost:9/", "http://LOCALHOST:9/", "http://[::1]:9/"]


@pytest.fixture
def opened(monkeypatch):
    """What was connected to or looked up from here on; none of it gets through."""
    seen = []

    def refuse(*arguments, **_options):
        seen.append(arguments)
        raise OSError("no sockets in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return seen


@pytest.fixture(scope="module")
def served_way(tmp_path_factory):
    """The way to a served sandbox."""
    folder = tmp_path_factory.mktemp("project")
    return sandbox_transport(SandboxSettings(url="http://127.0.0.1:9"), Paths(folder, folder, folder))


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_request_to_elsewhere_is_refused_and_no_socket_is_opened(served_way, opened, url):
    async def main():
        await httpx.AsyncClient(transport=served_way).post(url, json={})

    with pytest.raises(SettingsError, match="in sandbox mode no request goes to"):
        asyncio.run(main())
    assert opened == []


@pytest.mark.parametrize("url", HERE)
def test_a_request_to_this_machine_passes(url):
    async def main():
        answering = httpx.MockTransport(lambda request: httpx.Response(200, text=str(request.url)))
        async with httpx.AsyncClient(transport=LoopbackOnly(answering)) as client:
            return (await client.get(url)).status_code

    assert asyncio.run(main()) == 200


async def file_at(replicate, url):
    """Return a file."""
    into = io.BytesIO()
    await replicate.download(url, into)
    return into.getvalue()


async def address(replicate, reply):
    """Return where the file of a bought picture is, as soon as it is there."""
    for _ in range(10_000):
        prediction = await replicate.get(reply.provider_call_id)
        if prediction.is_terminal:
            break
    return prediction.output_urls()[0]


def buy_both(project):
    """Buy a picture and an answer through the project's own connections; return the picture and the words."""

    async def main():
        async with connect_replicate(project) as replicate, connect_openrouter(project) as openrouter:
            flux = "black-forest-labs/flux-dev"
            reply = await replicate.create(held(flux, input={"prompt": "x", "output_format": "png"}))
            assert isinstance(reply, Accepted)
            request = {"model": "openai/gpt-6-luna", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9}
            said = await openrouter.chat(held("openai/gpt-6-luna", **request))
            return await file_at(replicate, await address(replicate, reply)), parse_chat(said.body).text

    return asyncio.run(main())


def test_the_sandbox_in_process_sells_pictures_and_words_without_a_socket(project, opened):
    picture, words = buy_both(project.open(sandbox=AT_ONCE))
    assert picture.startswith(b"\x89PNG")
    assert words
    assert opened == []


def test_the_sandbox_in_process_keeps_its_memory_in_the_data_folder(project):
    buy_both(project.open(sandbox=AT_ONCE))
    assert (project.root / "data" / "sandbox" / "sandbox.sqlite").stat().st_size > 0


def test_a_served_sandbox_sells_the_same_over_loopback(project, sandbox):
    picture, words = buy_both(project.open(sandbox={"url": sandbox.url}))
    assert picture.startswith(b"\x89PNG")
    assert words
    assert sorted(call["provider"] for call in sandbox.invoice()) == ["openrouter", "replicate"]


@pytest.mark.parametrize(
    ("sandbox_settings", "error"),
    [({"url": "http://127.0.0.1:9"}, SettingsError), ({}, httpx.HTTPStatusError)],
    ids=["served", "in process"],
)
def test_in_sandbox_mode_a_delivery_host_is_no_way_out(project, opened, sandbox_settings, error):
    """A served sandbox is not asked for it; the one in process answers for any host, and has no such file."""

    async def main():
        async with connect_replicate(project.open(sandbox=sandbox_settings)) as replicate:
            await file_at(replicate, "https://replicate.delivery/xezq/out-0.png")

    with pytest.raises(error):
        asyncio.run(main())
    assert opened == []


@pytest.mark.parametrize(
    ("overrides", "urls"),
    [
        ({}, ("http://sandbox.localhost/v1", "http://sandbox.localhost/api/v1")),
        ({"sandbox": {"url": "http://127.0.0.1:7/"}}, ("http://127.0.0.1:7/v1", "http://127.0.0.1:7/api/v1")),
        (
            {"replicate": {"base_url": "https://example.com/v1"}},
            ("http://sandbox.localhost/v1", "http://sandbox.localhost/api/v1"),
        ),
        ({"mode": "live"}, ("https://api.replicate.com/v1", "https://openrouter.ai/api/v1")),
        (
            {"mode": "live", "replicate": {"base_url": "http://127.0.0.1:8/v1"}},
            ("http://127.0.0.1:8/v1", "https://openrouter.ai/api/v1"),
        ),
    ],
)
def test_only_live_mode_uses_the_addresses_of_the_providers(project, monkeypatch, overrides, urls):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_token")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-key")
    assert base_urls(project.open(**overrides)) == urls


@respx.mock
def test_in_live_mode_each_provider_sees_its_own_key_and_whoever_delivers_files_sees_none(project, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_token")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-key")
    url = "https://replicate.delivery/xezq/out-0.webp"
    asked = respx.get("https://api.replicate.com/v1/predictions/p1").respond(json={"id": "p1", "output": url})
    billed = respx.get("https://openrouter.ai/api/v1/generation").respond(json={"data": {"total_cost": 1}})
    fetched = respx.get(url).respond(content=b"RIFF")

    async def main():
        live = project.open(mode="live")
        async with connect_replicate(live) as replicate, connect_openrouter(live) as openrouter:
            await openrouter.generation_cost("gen-1")
            return await file_at(replicate, (await replicate.get("p1")).output_urls()[0])

    assert asyncio.run(main()) == b"RIFF"
    assert asked.calls[0].request.headers["authorization"] == "Bearer r8_token"
    assert billed.calls[0].request.headers["authorization"] == "Bearer sk-or-key"
    shown = fetched.calls[0].request.headers
    assert "authorization" not in shown
    assert not any("r8_token" in value or "sk-or-key" in value for value in shown.values())


def test_the_largest_download_is_the_settings(project):
    async def main():
        async with connect_replicate(project.open(sandbox=AT_ONCE, replicate={"max_download_mb": 0.001})) as replicate:
            reply = await replicate.create(held("recraft-ai/recraft-v3", input={"prompt": "a compass"}))
            await file_at(replicate, await address(replicate, reply))

    with pytest.raises(ImageError, match="larger than 1,000 bytes"):
        asyncio.run(main())
