"""Tells of predictions where that was asked for: signed, and for its end with patience, as documented.

Never recorded as a whole. Replicate says nothing of `aborted`, so nobody is told of it here. A sandbox that ends tells
nobody any more.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import math
import time
from collections.abc import AsyncIterator
from hashlib import sha256

import httpx
import stamina
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.gate import Gate
from asset_pipeline.sandbox.prediction import StoredPrediction
from asset_pipeline.sandbox.state import SandboxState, new_id
from asset_pipeline.sandbox.views import View, Views

# Opens nothing but the sandbox, which is why it is the same for everybody.
SECRET = f"whsec_{base64.b64encode(sha256(b'sandbox').digest()[:24]).decode()}"
ANSWER_S = 5.0
LOOK_S = 0.05
# Replicate ends runs that take longer than that.
LONGEST_RUN_S = 1800.0
# The last try to tell of the end comes about a minute after it.
TRIES, PATIENCE_S, LONGEST_PAUSE_S = 7, 62.0, 30.0


def signed_headers(body: bytes, *, message_id: str, moment: float, secret: str = SECRET) -> dict[str, str]:
    """Return the headers by which the receiver knows who has sent a body, and when."""
    stamp = str(int(moment))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


class WebhookSender:
    """Follows predictions and tells of them.

    Args:
        state: The sandbox's memory.
        views: Says what is told.
        first_pause_s: Seconds after which a first vain try to tell of the end is followed by another.
    """

    def __init__(self, state: SandboxState, views: Views, *, first_pause_s: float) -> None:
        self._state = state
        self._views = views
        self._first_pause_s = first_pause_s
        self._following: set[asyncio.Task[None]] = set()

    def routes(self, gate: Gate) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [Route("/v1/webhooks/default/secret", gate(self.secret))]

    async def secret(self, _request: Request) -> Response:
        """Answer with the key that everything is signed with."""
        return JSONResponse({"key": SECRET})

    def follow(self, prediction: StoredPrediction, base: str) -> None:
        """Tell of a prediction from now on, in the background.

        Args:
            prediction: It has just been created.
            base: Address of the sandbox, with a slash at its end.
        """
        task = asyncio.create_task(self._follow(prediction, base))
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _follow(self, prediction: StoredPrediction, base: str) -> None:
        # Certificates are not looked at and proxies not asked: it all stays on this machine.
        async with httpx.AsyncClient(timeout=ANSWER_S, trust_env=False, verify=False) as client:  # noqa: S501 - loopback
            async for event, view in self._events(prediction, base):
                if event in prediction.events:
                    await self._tell(client, str(prediction.webhook), view, is_last=event == "completed")

    async def _events(self, prediction: StoredPrediction, base: str) -> AsyncIterator[tuple[str, View]]:
        """Yield what happens to a prediction; there are no logs, as it writes none."""
        begun = await self._when(prediction.id, prediction.begins_s)
        if begun.has_begun and begun.status(time.time()) != "starting":
            yield "start", await self._views.told_of_start(begun, base)
        ended = await self._when(prediction.id, math.inf)
        status = ended.status(time.time())
        if status == "succeeded":
            yield "output", await self._views.told_of_output(ended, base)
        if status in ("succeeded", "failed", "canceled"):
            yield "completed", await self._views.told(ended, base)

    async def _when(self, prediction_id: str, age_s: float) -> StoredPrediction:
        """Return a prediction when it has an age or has ended."""
        while True:
            now = time.time()
            prediction = self._state.prediction(prediction_id)
            if prediction is None:  # the sandbox was told to forget it
                raise asyncio.CancelledError
            age = now - prediction.created_at
            if not prediction.is_running(now) or age >= min(age_s, LONGEST_RUN_S):
                return prediction
            await asyncio.sleep(LOOK_S)

    async def _tell(self, client: httpx.AsyncClient, url: str, view: View, *, is_last: bool) -> None:
        """Send one event; only that of the end is sent again, under the same id."""
        body, message_id = json.dumps(view, separators=(",", ":")).encode(), f"msg_{new_id()}"
        try:
            async for attempt in stamina.retry_context(
                httpx.HTTPError,
                attempts=TRIES if is_last else 1,
                timeout=PATIENCE_S,
                wait_initial=self._first_pause_s,
                wait_max=LONGEST_PAUSE_S,
                wait_jitter=0,
            ):
                with attempt:
                    headers = signed_headers(body, message_id=message_id, moment=time.time())
                    answer = await client.post(url, content=body, headers=headers)
                    if answer.is_error:
                        answer.raise_for_status()
        except httpx.HTTPError:
            return  # the receiver had its chances; who was not told has to look
