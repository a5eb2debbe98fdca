"""The sandbox's image models on OpenRouter: `POST /images` as documented, and chats with image modalities as recorded.

The documentation of `/images` shows no id in the body and names no `X-Generation-Id` for it, so none is sent there.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.faults import FLAGGED_FOR_FREE, NO_BILL, NO_PICTURE, RESET, next_fault
from asset_pipeline.sandbox.outputs import MEDIA_TYPES, Artist
from asset_pipeline.sandbox.refusals import REFUSALS
from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.sandbox.wire import DroppedAnswer, lose


@dataclass(frozen=True)
class PictureModel:
    """An image model of the sandbox's OpenRouter.

    Args:
        image_usd: Per picture.
        tokens: That a picture takes; of models that are billed by them.
        prompt_usd: Per token of the prompt.
        path: The endpoint that makes its pictures: `chat` or `images`.
    """

    image_usd: Decimal
    tokens: int
    prompt_usd: Decimal
    path: str


# The sandbox's own table, so that a wrong price elsewhere shows.
PICTURE_MODELS: Mapping[str, PictureModel] = {
    "google/gemini-2.5-flash-image": PictureModel(Decimal("0.0387"), 1290, Decimal("0.0000003"), "chat"),
    "google/gemini-3.1-flash-lite-image": PictureModel(Decimal("0.0336"), 1120, Decimal("0.00000025"), "chat"),
    "bytedance-seed/seedream-4.5": PictureModel(Decimal("0.05"), 0, Decimal(0), "images"),
}
CHAT_PICTURES = frozenset(name for name, model in PICTURE_MODELS.items() if model.path == "chat")
_BYTES_PER_TOKEN = 4
_EXTENSIONS = {"jpeg": "jpg"}


class OpenRouterPictures:
    """OpenRouter's image endpoints over the sandbox's state.

    Args:
        state: The sandbox's memory.
        latency_s: How long a picture takes, in seconds.
        artist: Makes the pictures.
    """

    def __init__(self, state: SandboxState, *, latency_s: float, artist: Artist) -> None:
        self.state = state
        self.latency_s = latency_s
        self.artist = artist

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [
            Route("/api/v1/images", self.images, methods=["POST"]),
            Route("/api/v1/images/models", self.models),
            Route("/api/v1/images/models/{author}/{slug}/endpoints", self.endpoints),
        ]

    async def images(self, request: Request) -> Response:
        """Make a picture, and bill it."""
        if not request.headers.get("authorization"):
            return _error(401, "Missing Authentication header")
        body = await request.json()
        name = str(body.get("model", ""))
        if PICTURE_MODELS.get(name) is None or PICTURE_MODELS[name].path != "images":
            return _error(400, f"{name} is not a valid model ID")
        if not body.get("prompt"):
            return _error(400, "Invalid request parameters")
        given = {key: value for key, value in body.items() if key not in ("model", "provider", "n", "prompt")}
        return await self._answer(request, name, str(body["prompt"]), given)

    async def chat(self, request: Request, body: Mapping[str, Any]) -> Response:
        """Make a picture in a chat; the caller has looked at the key."""
        name = str(body["model"])
        prompt = " ".join(str(message.get("content")) for message in body.get("messages", []))
        if "image" not in body.get("modalities", []):
            return _error(404, "No endpoints found that can handle the requested parameters")
        return await self._answer(request, name, prompt, body.get("image_config") or {})

    async def _answer(self, request: Request, name: str, prompt: str, given: Mapping[str, Any]) -> Response:
        model = PICTURE_MODELS[name]
        fault = next_fault(self.state, "pictures", prompt)
        if fault == RESET:
            return DroppedAnswer(request)
        if fault in REFUSALS:
            return REFUSALS[fault].response(openrouter=True)
        await asyncio.sleep(self.latency_s)
        prompt_tokens = len(prompt.encode()) // _BYTES_PER_TOKEN
        no_picture = fault in (NO_PICTURE, FLAGGED_FOR_FREE)
        cost = model.image_usd + model.prompt_usd * prompt_tokens
        if fault == FLAGGED_FOR_FREE:
            cost = Decimal(0)
        generation_id = self.state.add_generation(
            model=name, cost=cost, prompt_tokens=prompt_tokens, completion_tokens=model.tokens
        )
        extension = str(given.get("output_format", "png"))
        extension = _EXTENSIONS.get(extension, extension)
        data = await asyncio.to_thread(self.artist, {"prompt": prompt, **_sized(given)}, 0, extension)
        text = base64.b64encode(data).decode()
        usage = _usage(cost, prompt_tokens, model.tokens)
        if fault == NO_BILL:
            usage = {}
        if model.path == "images":
            pictures = [] if no_picture else [{"b64_json": text, "media_type": MEDIA_TYPES[extension]}]
            content: dict[str, Any] = {"created": int(time.time()), "data": pictures, "usage": usage}
            return lose(fault, _json(content), request)
        image = {"type": "image_url", "image_url": {"url": f"data:{MEDIA_TYPES[extension]};base64,{text}"}, "index": 0}
        message = {"role": "assistant", "content": "", "refusal": None, "reasoning": None}
        finish = "content_filter" if no_picture else "stop"
        choice = {"finish_reason": finish, "native_finish_reason": finish.upper(), "index": 0}
        choice["message"] = message if no_picture else message | {"images": [image]}
        content = {"id": generation_id, "provider": "Sandbox", "model": name, "choices": [choice], "usage": usage}
        return lose(fault, _json(content, {"X-Generation-Id": generation_id}), request)

    async def models(self, _request: Request) -> Response:
        """Answer with the image models."""
        names = [name for name, model in PICTURE_MODELS.items() if model.path == "images"]
        return JSONResponse({"data": [{"id": name, "name": name} for name in names]})

    async def endpoints(self, request: Request) -> Response:
        """Answer with the providers of an image model and what they charge."""
        name = f"{request.path_params['author']}/{request.path_params['slug']}"
        model = PICTURE_MODELS.get(name)
        if model is None or model.path != "images":
            return _error(404, f"{name} not found")
        price = {"billable": "output_image", "unit": "image", "cost_usd": float(model.image_usd)}
        return JSONResponse({"data": {"id": name, "endpoints": [{"provider_name": "Sandbox", "pricing": [price]}]}})


def show_picture_endpoints(name: str) -> dict[str, Any]:
    """Return the providers of an image model that chats, as OpenRouter lists those of any model that chats."""
    model = PICTURE_MODELS[name]
    pricing = {"prompt": str(model.prompt_usd), "completion": str(model.image_usd / model.tokens)}
    endpoint = {"name": f"Sandbox | {name}", "provider_name": "Sandbox", "tag": "sandbox", "pricing": pricing}
    return {"id": name, "name": name, "endpoints": [endpoint | {"supported_parameters": ["max_tokens"], "status": 0}]}


def _sized(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides a picture's size, in the words of the drawing."""
    return {
        "aspect_ratio": given.get("aspect_ratio", "1:1"),
        "resolution": given.get("resolution") or given.get("image_size") or "1K",
        "seed": given.get("seed"),
    }


def _usage(cost: Decimal, prompt_tokens: int, image_tokens: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": image_tokens,
        "total_tokens": prompt_tokens + image_tokens,
        "cost": float(cost),
        "is_byok": False,
        "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": image_tokens},
    }


def _json(content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(content), headers=dict(headers or {}), media_type="application/json")


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"code": status, "message": message}}, status_code=status)
