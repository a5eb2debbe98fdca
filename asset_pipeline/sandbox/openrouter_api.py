"""The sandbox's OpenRouter: the endpoints and bodies that we use, as documented and as users have posted them."""

from __future__ import annotations

import asyncio
import json
import time
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.chat_requests import Chat, refuse, take_chat
from asset_pipeline.sandbox.eyes import PICTURE_TOKENS, pictures_in, without_pictures
from asset_pipeline.sandbox.faults import LATE, RESET, next_fault
from asset_pipeline.sandbox.language_models import OFFERS
from asset_pipeline.sandbox.misanswers import MISANSWERS, Misanswer
from asset_pipeline.sandbox.openrouter_images import (
    CHAT_PICTURES,
    PICTURE_MODELS,
    OpenRouterPictures,
    show_picture_endpoints,
)
from asset_pipeline.sandbox.openrouter_views import show_bill, show_endpoints, show_key, show_model
from asset_pipeline.sandbox.refusals import REFUSALS
from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.sandbox.wire import DroppedAnswer, lose
from asset_pipeline.sandbox.words import answer_chat

_BYTES_PER_TOKEN = 4


class OpenRouterApi:
    """OpenRouter's endpoints over the sandbox's state.

    Args:
        state: The sandbox's memory.
        latency_s: How long an answer takes, in seconds.
        pictures: Answers the chats with image models, if there are any.
    """

    def __init__(self, state: SandboxState, *, latency_s: float, pictures: OpenRouterPictures | None = None) -> None:
        self.state = state
        self.latency_s = latency_s
        self.pictures = pictures

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [
            Route("/api/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/api/v1/generation", self.generation),
            Route("/api/v1/models", self.models),
            Route("/api/v1/models/{author}/{slug}/endpoints", self.endpoints),
            Route("/api/v1/key", self.key),
            Route("/api/v1/credits", self.credits),
        ]

    async def chat(self, request: Request) -> Response:
        """Answer a chat, and bill it."""
        if not _has_key(request):
            return _no_key()
        try:
            body = await request.json()
        except ValueError:
            return refuse(400, "Invalid request parameters")
        if self.pictures and isinstance(body, dict) and body.get("model") in PICTURE_MODELS:
            return await self.pictures.chat(request, body)
        fault = next_fault(self.state, "chat", json.dumps(body, ensure_ascii=False))
        if fault == RESET:
            return DroppedAnswer(request)
        if fault in REFUSALS:
            return REFUSALS[fault].response(openrouter=True)
        chat = take_chat(body)
        if isinstance(chat, Response):
            return chat
        await asyncio.sleep(self.latency_s)
        return self._answer(chat, fault, request)

    def _answer(self, chat: Chat, fault: str, request: Request) -> Response:
        text, finish = answer_chat(chat.body), "stop"
        messages = chat.body["messages"]
        prompt_tokens = len(json.dumps(without_pictures(messages)).encode()) // _BYTES_PER_TOKEN
        prompt_tokens += PICTURE_TOKENS * sum(1 for _ in pictures_in(messages))
        room = chat.max_tokens - chat.reasoning_tokens
        words = -(-len(text.encode()) // _BYTES_PER_TOKEN)
        if words > room:
            text, words, finish = text[: room * _BYTES_PER_TOKEN], room, "length"
        completion_tokens = words + chat.reasoning_tokens
        misanswer = MISANSWERS.get(fault, Misanswer(lambda answer: answer))
        prompt_usd = chat.offer.prompt_usd * prompt_tokens * misanswer.factor
        completion_usd = chat.offer.completion_usd * completion_tokens * misanswer.factor
        cost = prompt_usd + completion_usd
        generation_id = self.state.add_generation(
            model=chat.model, cost=cost, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens
        )
        answer = {
            "id": generation_id,
            "provider": chat.offer.provider,
            "model": chat.model,
            "object": "chat.completion",
            "created": int(time.time()),
            "system_fingerprint": None,
            "service_tier": chat.offer.service_tier or "default",
            "choices": [
                {
                    "logprobs": None,
                    "finish_reason": finish,
                    "native_finish_reason": finish,
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": None, "reasoning": None},
                }
            ],
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
                "cost": float(cost),
                "is_byok": False,
                "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0, "video_tokens": 0},
                "cost_details": {
                    "upstream_inference_cost": None,
                    "upstream_inference_prompt_cost": float(prompt_usd),
                    "upstream_inference_completions_cost": float(completion_usd),
                },
                "completion_tokens_details": {"reasoning_tokens": chat.reasoning_tokens, "image_tokens": 0},
            },
        }
        content = json.dumps(misanswer.change(answer)) if misanswer.change else "\n" * 40
        headers = {"X-Generation-Id": generation_id}
        return lose(fault, Response(content, headers=headers, media_type="application/json"), request)

    async def generation(self, request: Request) -> Response:
        """Answer what a generation cost."""
        if not _has_key(request):
            return _no_key()
        generation_id = request.query_params.get("id", "")
        found = self.state.generation(generation_id)
        if found is None or next_fault(self.state, "generation", generation_id) == LATE:
            return refuse(404, f"Generation {generation_id} not found")
        return JSONResponse({"data": show_bill(generation_id, found)})

    async def models(self, request: Request) -> Response:
        """Answer with all models that write what is asked for, and the prices of their first provider."""
        wanted = set(request.query_params.get("output_modalities", "text").split(","))
        return JSONResponse({"data": [show_model(model) for model in OFFERS] if wanted & {"text", "all"} else []})

    async def endpoints(self, request: Request) -> Response:
        """Answer with the providers of a model and their prices."""
        model = f"{request.path_params['author']}/{request.path_params['slug']}"
        if model in CHAT_PICTURES:
            return JSONResponse({"data": show_picture_endpoints(model)})
        if model not in OFFERS:
            return refuse(404, f"{model} not found")
        return JSONResponse({"data": show_endpoints(model)})

    async def credits(self, request: Request) -> Response:
        """Refuse: the sandbox's key asks models, and does not manage keys."""
        return refuse(403, "Only management keys can perform this operation") if _has_key(request) else _no_key()

    async def key(self, request: Request) -> Response:
        """Answer what the key may spend."""
        if not _has_key(request):
            return _no_key()
        usage = sum((Decimal(cost) for _, _, cost, _ in self.state.generations()), Decimal(0))
        return JSONResponse({"data": show_key(usage)})


def _has_key(request: Request) -> bool:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme == "Bearer" and bool(key.strip())


def _no_key() -> Response:
    return JSONResponse({"error": {"message": "Missing Authentication header", "code": 401}}, status_code=401)
