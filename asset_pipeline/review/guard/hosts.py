"""Answers only to its own names, so that no foreign site can make a browser call this server by a name of its own."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from asset_pipeline.review.guard.answers import refuse
from asset_pipeline.settings.review import ReviewSettings

METHODS = ("GET", "HEAD", "POST")
_USUAL_PORTS = {"http": 80, "https": 443}


def known_hosts(settings: ReviewSettings, *, host: str, port: int) -> frozenset[str]:
    """Return what the `Host` header may be: this machine's own names, the settings', and an address listened on."""
    names = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        names.add(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    for name in settings.allowed_hosts:
        names |= {name, f"{name}:{port}"}
    if settings.public_url:
        names.add(urlsplit(settings.public_url).netloc.lower())
    return frozenset(names)


def with_usual_port(netloc: str, scheme: str) -> str:
    """Return a host without the port that its scheme has anyway."""
    return netloc.lower().removesuffix(f":{_USUAL_PORTS.get(scheme, '')}")


class Hosts:
    """Refuses foreign names, and methods that nothing here has.

    Args:
        app: Answers what is left.
        known: What the `Host` header may be.
    """

    def __init__(self, app: ASGIApp, *, known: Iterable[str]) -> None:
        self._app = app
        self._known = frozenset(known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        answer = None
        if len(hosts) != 1 or not hosts[0]:
            answer = refuse(400, "A request names exactly one host.")
        elif hosts[0].lower() not in self._known:
            answer = refuse(
                421, "This page is not served under that name. Names besides this machine's own: review.allowed_hosts."
            )
        elif scope["method"] not in METHODS:
            answer = refuse(405, "Only GET, HEAD and POST.", Allow=", ".join(METHODS))
        await (answer or self._app)(scope, receive, send)
