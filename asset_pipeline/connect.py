"""Opens the ways to the providers: the network in live mode, else the sandbox, where nothing leaves the machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from asset_pipeline.alarm import Webhook
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger.requests import Exchange
from asset_pipeline.model_names import OPENROUTER, REPLICATE
from asset_pipeline.paths import Paths
from asset_pipeline.project import Project
from asset_pipeline.providers.http import open_client
from asset_pipeline.providers.metered import MeteredTransport
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.providers.transport import SpreadTransport
from asset_pipeline.settings import SandboxSettings
from asset_pipeline.settings.types import Mode, is_loopback

MEGABYTE = 1_000_000
IN_PROCESS = "http://sandbox.localhost"
SANDBOX_TOKEN = "sandbox"  # noqa: S105 - opens nothing but the sandbox


# Puts something in the way of all requests, to listen to them.
Through = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
# Is told how each request went.
Record = Callable[[Exchange], None]


def _straight(transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    return transport


class LoopbackOnly(httpx.AsyncBaseTransport):
    """Lets nothing off this machine.

    Args:
        inner: Carries what may pass.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, or refuse it.

        Raises:
            SettingsError: It would leave the machine.
        """
        if not is_loopback(str(request.url)):
            raise SettingsError(f"in sandbox mode no request goes to {request.url.host}")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close what is below."""
        await self._inner.aclose()


class InThisProcess(httpx.ASGITransport):
    """Leads to a sandbox in this process, whose file is closed with the way to it.

    Args:
        app: The sandbox.
    """

    def __init__(self, app: Starlette) -> None:
        super().__init__(app)
        self._state = app.state

    async def aclose(self) -> None:
        """Close the sandbox's file."""
        self._state.sandbox.close()


def sandbox_transport(settings: SandboxSettings, paths: Paths) -> httpx.AsyncBaseTransport:
    """Return the way to the sandbox: a served one over loopback, or one in this process."""
    if settings.url:
        return LoopbackOnly(SpreadTransport())
    from asset_pipeline.sandbox.app import make_app  # drawing and serving are of no use to live mode

    return InThisProcess(make_app(paths.sandbox, latency_s=settings.latency_s))


def base_urls(project: Project) -> tuple[str, str]:
    """Return the addresses of Replicate's and OpenRouter's API."""
    settings = project.settings
    if settings.mode is Mode.LIVE:
        return settings.replicate.base_url, settings.openrouter.base_url
    sandbox = settings.sandbox.url or IN_PROCESS
    return f"{sandbox}/v1", f"{sandbox}/api/v1"


def _transport(project: Project, through: Through = _straight) -> httpx.AsyncBaseTransport:
    if project.settings.mode is Mode.LIVE:
        return through(SpreadTransport())
    return through(sandbox_transport(project.settings.sandbox, project.paths))


def _metered(provider: str, record: Record | None, *, api: str | None) -> Through:
    """Return what measures requests, where somebody wants to know."""
    if record is None:
        return _straight
    path = None if api is None else httpx.URL(api).path
    return lambda inner: MeteredTransport(inner, provider=provider, record=record, api=path)


def webhook_of(project: Project) -> Webhook | None:
    """Return who is told of alerts; in sandbox mode only somebody on this machine."""
    url = project.settings.budget.alert_webhook_url
    if url is None:
        return None
    if project.settings.mode is Mode.LIVE:
        return Webhook(url, httpx.AsyncHTTPTransport)
    return Webhook(url, lambda: LoopbackOnly(httpx.AsyncHTTPTransport()))


@asynccontextmanager
async def connect_replicate(
    project: Project, *, through: Through = _straight, record: Record | None = None
) -> AsyncIterator[ReplicateClient]:
    """Open Replicate, for as long as the context lasts.

    Args:
        project: Whose settings and token are used.
        through: Puts something in the way of the API's requests.
        record: Told how each request went, downloads included.
    """
    token = project.secrets.replicate.get_secret_value() if project.secrets.replicate else SANDBOX_TOKEN
    url, _ = base_urls(project)
    settings = project.settings.replicate
    api_metered, files_metered = _metered(REPLICATE, record, api=url), _metered(REPLICATE, record, api=None)
    async with (
        open_client(base_url=url, token=token, transport=api_metered(_transport(project, through))) as api,
        open_client(base_url=url, token=None, transport=files_metered(_transport(project))) as files,
    ):
        yield ReplicateClient(
            api,
            files,
            request_timeout_s=settings.request_timeout_s,
            max_download_bytes=int(settings.max_download_mb * MEGABYTE),
            download_timeout_s=settings.download_timeout_s,
            cancel_after_s=settings.cancel_after_s,
            webhook_url=settings.webhook_url,
        )


async def webhook_secret(project: Project) -> SecretStr:
    """Return what webhooks are signed with: in live mode what the environment says, else what Replicate answers.

    Raises:
        GetError: It could not be asked.
    """
    own = project.secrets.replicate_webhook
    if own and project.settings.mode is Mode.LIVE:
        return own
    async with connect_replicate(project) as replicate:
        return SecretStr(await replicate.webhook_secret())


@asynccontextmanager
async def connect_openrouter(
    project: Project, *, through: Through = _straight, record: Record | None = None
) -> AsyncIterator[OpenRouterClient]:
    """Open OpenRouter, for as long as the context lasts.

    Args:
        project: Whose settings and key are used.
        through: Puts something in the way of the requests.
        record: Told how each request went.
    """
    key = project.secrets.openrouter.get_secret_value() if project.secrets.openrouter else SANDBOX_TOKEN
    _, url = base_urls(project)
    transport = _metered(OPENROUTER, record, api=url)(_transport(project, through))
    async with open_client(base_url=url, token=key, transport=transport) as api:
        yield OpenRouterClient(api, request_timeout_s=project.settings.openrouter.request_timeout_s)
