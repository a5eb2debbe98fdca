"""A provider that sends our own secrets back, in every place where an answer can hold them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# So much that what is shown of a page is cut in the middle of a key.
PADDING = 76
SIGNED = "?X-Goog-Signature=MARKEDsignature4711&X-Goog-Expires=60"


def echo(header: str) -> str:
    """Return a text with an Authorization header in plain, URL-encoded and in base64."""
    coded = base64.b64encode(header.encode()).decode()
    inside = base64.b64encode(f"Authorization: {header}!".encode()).decode()
    key = header.split(maxsplit=1)[-1]
    return f"bad request: Authorization: {header}; token={key} {quote(header)} {coded} {inside}"


def _json(status: int) -> Callable[[str], Response]:
    def answer(said: str) -> Response:
        return JSONResponse({"detail": said, "error": {"code": status, "message": said}}, status_code=status)

    return answer


def _page(status: int) -> Callable[[str], Response]:
    return lambda said: HTMLResponse(f"<html><body>{'<p>' * PADDING}{said}</body></html>", status_code=status)


def _inside_200(said: str) -> Response:
    return JSONResponse({"error": {"code": 502, "message": said}, "choices": []})


def _failed(said: str) -> Response:
    return JSONResponse({"id": "echo", "status": "failed", "error": said, "logs": said, "metrics": {}})


def _gone(said: str) -> Response:
    url = f"http://me:MARKEDpassword4711@127.0.0.1:9/none.png{SIGNED}"
    return JSONResponse({"id": "echo", "status": "succeeded", "output": [url], "logs": said, "metrics": {}})


@dataclass
class Rule:
    """Which requests are answered how.

    Args:
        path: Part of the path.
        word: Part of the body, or of what the inner answer says; empty for any.
        answer: Makes the answer.
        played: How often it was.
    """

    path: str
    word: str
    answer: Callable[[str], Response]
    played: int = 0

    def fits(self, path: str, text: str) -> bool:
        """Say whether a request is meant."""
        return self.path in path and self.word.lower() in text.lower()


def by_title() -> list[Rule]:
    """Return one rule per way to fail, each for an image of its own; titles are those of `support.specs`."""
    return [
        Rule("/chat/completions", "Compass", _json(400)),
        Rule("/chat/completions", "Anchor", _page(500)),
        Rule("/chat/completions", "Quill", _inside_200),
        Rule("predictions", "Harbour", _json(422)),
        Rule("predictions", "Orchard", _page(502)),
        Rule("/v1/predictions/", "Bridge", _failed),
        Rule("/v1/predictions/", "Lighthouse", _gone),
    ]


def refusing_all(status: int) -> list[Rule]:
    """Return the rule of a provider that knows no key, and says which."""
    return [Rule("/", "", _json(status))]


@dataclass
class Echo:
    """Answers some requests itself, with secrets, and leaves the others to a sandbox.

    Args:
        app: The sandbox.
        rules: Which, and how.
    """

    app: ASGIApp
    rules: list[Rule] = field(default_factory=by_title)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        again = _Again(body, receive)
        header = dict(scope["headers"]).get(b"authorization", b"").decode()
        text = body.decode(errors="replace")
        if scope["method"] == "GET" and "/v1/predictions/" in scope["path"]:
            text = await self._inner(scope, again)
            again = _Again(body, receive)
        rule = next((one for one in self.rules if header and one.fits(scope["path"], text)), None)
        if rule is None:
            await self.app(scope, again.receive, send)
            return
        rule.played += 1
        answer = rule.answer(echo(header))
        answer.headers["X-Echo"] = header
        await answer(scope, again.receive, send)

    async def _inner(self, scope: Mapping[str, object], again: _Again) -> str:
        """Return what the sandbox would answer, for it names the image."""
        parts: list[bytes] = []

        async def listen(message: Message) -> None:
            parts.append(message.get("body", b""))

        await self.app(dict(scope), again.receive, listen)
        try:
            return json.dumps(json.loads(b"".join(parts)).get("input", {}))
        except ValueError:
            return ""


class _Again:
    """Hands out a body that was read already, over the connection it came on."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive
        self.transport = getattr(getattr(receive, "__self__", None), "transport", None)

    async def receive(self) -> Message:
        """Return the body, and then whatever comes."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
