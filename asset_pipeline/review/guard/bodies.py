"""Reads the body of a request before anybody else does: not too large, not too slow, a form or JSON, never a file."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asset_pipeline.review.guard.answers import refuse

MAX_BYTES = 1_000_000
DEADLINE_S = 10.0
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BODY = "review.body"  # where the scope keeps it


def content_type(scope: Scope) -> str:
    """Return what a request's body says it is, without parameters."""
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()


class Bodies:
    """Refuses what is no form and no JSON, and what is too large or too slow.

    Args:
        app: Gets the whole body at once; it is in the scope too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["method"] != "POST":  # what comes with a GET is nothing to us, and is not read
            scope[BODY] = b""
            await self._app(scope, receive, send)
            return
        if content_type(scope) not in (FORM, JSON):
            answer = refuse(415, f"Only {FORM} and {JSON}; files are not taken.")
            await answer(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > MAX_BYTES:
            await _too_large()(scope, receive, send)
            return
        try:
            async with asyncio.timeout(DEADLINE_S):
                body = await _read(receive)
        except TimeoutError:
            await refuse(408, "The body took too long.", Connection="close")(scope, receive, send)
            return
        except ConnectionResetError:
            return  # nobody is there to be answered
        if body is None:
            await _too_large()(scope, receive, send)
            return
        scope[BODY] = body
        await self._app(scope, _once(body, receive), send)


def _too_large() -> ASGIApp:
    return refuse(413, f"No more than {MAX_BYTES} bytes.", Connection="close")


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or None where it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        if len(body) > MAX_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _once(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
