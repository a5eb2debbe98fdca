"""Receives Replicate's webhooks: checks that each is Replicate's, and leaves a wake-up for whoever waits.

Replicate sends one again when the answer is not a success, for about a minute; one that never arrives costs nothing but
time, as every prediction is asked for anyway.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from asset_pipeline.errors import WebhookError
from asset_pipeline.images.wakeups import Wakeup, WakeupSpool
from asset_pipeline.providers.http import parse_json
from asset_pipeline.providers.webhooks import signing_key, verify

PATH = "/webhooks/replicate"
CALL_PARAMETER = "call"
MAX_BODY_BYTES = 1_000_000
BODY_DEADLINE_S = 10.0
SWEEP_EVERY_S = 600.0

log = structlog.get_logger(__name__)


class WebhookReceiver:
    """Takes webhooks in; its answers have a status and nothing else, so that they tell nobody anything.

    Args:
        spool: Where wake-ups are left.
        secret: What Replicate signs with.
        now_s: The clock, as Unix time.

    Raises:
        WebhookSecretError: The secret is none.
    """

    def __init__(self, spool: WakeupSpool, secret: SecretStr, *, now_s: Callable[[], float] = time.time) -> None:
        signing_key(secret.get_secret_value())
        self._spool = spool
        self._secret = secret
        self._now_s = now_s
        self._swept_at = -SWEEP_EVERY_S

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [Route(PATH, self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        """Take a webhook: 204; or 401 unsigned, 400 malformed, 408 too slow, 413 too large, 503 not kept."""
        try:
            async with asyncio.timeout(BODY_DEADLINE_S):
                body = await _read(request)
        except TimeoutError:
            return Response(status_code=408)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        try:
            verify(self._secret.get_secret_value(), request.headers, body=body, now_s=self._now_s())
        except WebhookError as error:
            log.warning("a webhook was refused", reason=error.what)
            return Response(status_code=401)
        wakeup = _wakeup_of(body, request.query_params.get(CALL_PARAMETER, ""))
        if wakeup is None:
            log.warning("a webhook is signed, but is not of one of our calls")
            return Response(status_code=400)
        try:
            await run_in_threadpool(self._keep, wakeup)
        except OSError as error:
            log.warning("a webhook could not be kept", reason=error.strerror)
            return Response(status_code=503)
        return Response(status_code=204)

    def _keep(self, wakeup: Wakeup) -> None:
        self._spool.put(wakeup)
        if time.monotonic() - self._swept_at >= SWEEP_EVERY_S:
            self._swept_at = time.monotonic()
            self._spool.sweep()


def receiver_app(receiver: WebhookReceiver) -> Starlette:
    """Return an application that receives webhooks and does nothing else."""
    return Starlette(routes=receiver.routes())


async def _read(request: Request) -> bytes | None:
    """Return the body exactly as it came, or None where it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _wakeup_of(body: bytes, call_id: str) -> Wakeup | None:
    """Return what a webhook says: which prediction, and its status; of the call only its own address tells."""
    said = parse_json(body)
    prediction_id, status = (said.get("id"), said.get("status")) if isinstance(said, dict) else (None, None)
    if not isinstance(prediction_id, str) or not isinstance(status, str):
        return None
    try:
        return Wakeup(prediction_id, call_id, status)
    except ValueError:
        return None
