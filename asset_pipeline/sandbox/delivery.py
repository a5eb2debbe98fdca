"""Delivers the sandbox's files, and whatever can be wrong with a delivery."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from asset_pipeline.sandbox.catalog import sandbox_models
from asset_pipeline.sandbox.crc32c import crc32c
from asset_pipeline.sandbox.faults import WRONG_CHECKSUM, next_fault
from asset_pipeline.sandbox.outputs import MEDIA_TYPES, Artist, blank
from asset_pipeline.sandbox.prediction import StoredPrediction
from asset_pipeline.sandbox.refusals import REFUSALS, problem
from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.sandbox.wire import CutAnswer, DroppedAnswer

ELSEWHERE = "http://files.invalid/out-0.png"
_SMALL = {"width": 384, "height": 128}
_OTHER_FORMAT = {"png": "jpg"}
# Recorded: what browsers and networks on the way may keep, and for how long.
_CACHE = "public,max-age=3600"
_CHUNK = b"\0" * 65536


class Delivery:
    """The delivery host over the sandbox's state.

    Args:
        state: The sandbox's memory.
        artist: Makes the files.
    """

    def __init__(self, state: SandboxState, *, artist: Artist) -> None:
        self.state = state
        self.artist = artist

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [Route("/delivery/{id}/{file}", self.deliver)]

    async def deliver(self, request: Request) -> Response:
        """Deliver a drawing; addresses are public and unguessable, so no token is asked for."""
        prediction = self.state.prediction(request.path_params["id"])
        stem, _, extension = request.path_params["file"].partition(".")
        if prediction is None or prediction.status(time.time()) != "succeeded" or extension not in MEDIA_TYPES:
            return PlainTextResponse("Not Found", status_code=404)
        fault = next_fault(self.state, "download", str(prediction.input.get("prompt", "")))
        if fault in REFUSALS:
            return problem(fault)
        if fault == "reset":
            return DroppedAnswer(request)
        number = int(stem.removeprefix("out-")) if stem.removeprefix("out-").isdigit() else 0
        answer = await self._file(prediction, number, extension)
        if fault == WRONG_CHECKSUM:
            answer.body = bytes(answer.body)[:-1] + bytes([answer.body[-1] ^ 1])
        return CutAnswer(answer, request) if fault == "cut_body" else answer

    async def _file(self, prediction: StoredPrediction, number: int, extension: str) -> Response:
        fate = prediction.fate
        if fate == "expired":
            return PlainTextResponse("Not Found", status_code=404)
        if fate == "redirected":
            return RedirectResponse(ELSEWHERE, status_code=302)
        if fate == "endless":
            return StreamingResponse(_endless(), media_type=MEDIA_TYPES[extension])
        data = await self.drawing(prediction, number, extension)
        return Response(data, media_type=MEDIA_TYPES[extension], headers=_headers(data))

    async def drawing(self, prediction: StoredPrediction, number: int, extension: str) -> bytes:
        """Return a prediction's file, right or wrong as its fate has it."""
        given = _wish(prediction)
        if prediction.fate == "wrong_size":
            given |= _SMALL
        if prediction.fate == "wrong_format":
            extension = _OTHER_FORMAT.get(extension, "png")
        if prediction.fate == "not_an_image":
            return b"<html><body>The model is warming up.</body></html>"
        if prediction.fate == "blank":
            return blank(given, extension)
        data = await asyncio.to_thread(self.artist, given, number, extension)
        return data[: len(data) // 2] if prediction.fate == "truncated" else data


def _wish(prediction: StoredPrediction) -> dict[str, Any]:
    """Return what an artist has to know: what to draw, how large, and what makes it differ."""
    model = sandbox_models()[prediction.model]
    values = model.filled(prediction.input)
    width, height = model.size(prediction.input)
    return {"prompt": values["prompt"], "width": width, "height": height, "seed": values.get("seed")}


def _headers(data: bytes) -> dict[str, str]:
    """Return what the delivery host says of a file, as recorded."""
    digest = hashlib.md5(data, usedforsecurity=False)
    md5 = base64.b64encode(digest.digest()).decode()
    crc = base64.b64encode(crc32c(data).to_bytes(4)).decode()
    return {
        "ETag": f'"{digest.hexdigest()}"',
        "x-goog-hash": f"crc32c={crc},md5={md5}",
        "Cache-Control": _CACHE,
    }


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield _CHUNK
        await asyncio.sleep(0)
