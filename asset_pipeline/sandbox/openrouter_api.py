"""The sandbox's OpenRouter: the endpoints and bodies that we use, as recorded and documented."""

from __future__ import annotations

import asyncio
import json
import time
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.faults import LATE, RESET, next_fault
from asset_pipeline.sandbox.misanswers import MISANSWERS, Misanswer
from asset_pipeline.sandbox.refusals import REFUSALS
from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.sandbox.tariff import LANGUAGE_MODELS
from asset_pipeline.sandbox.wire import DroppedAnswer, lose
from asset_pipeline.sandbox.words import answer_chat

_BYTES_PER_TOKEN = 4


class OpenRouterApi:
    """OpenRouter's endpoints over the sandbox's state.

    Args:
        state: The sandbox's memory.
        latency_s: How long an answer takes, in seconds.
    """

    def __init__(self, state: SandboxState, *, latency_s: float) -> None:
        self.state = state
        self.latency_s = latency_s

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [
            Route("/api/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/api/v1/generation", self.generation),
            Route("/api/v1/models", self.models),
            Route("/api/v1/models/{author}/{slug}/endpoints", self.endpoints),
            Route("/api/v1/key", self.key),
        ]

    async def chat(self, request: Request) -> Response:
        """Answer a chat, and bill it."""
        if not request.headers.get("authorization"):
            return _error(401, "Missing Authentication header")
        body = await request.json()
        model = str(body.get("model", ""))
        fault = next_fault(self.state, "chat", json.dumps(body, ensure_ascii=False))
        if fault == RESET:
            return DroppedAnswer(request)
        if fault in REFUSALS:
            return REFUSALS[fault].response(openrouter=True)
        if model not in LANGUAGE_MODELS:
            return _error(400, f"{model} is not a valid model ID")
        await asyncio.sleep(self.latency_s)
        text = answer_chat(body)
        limit = int(body.get("max_tokens") or 4096)
        prompt_tokens = len(json.dumps(body.get("messages", [])).encode()) // _BYTES_PER_TOKEN
        completion_tokens = -(-len(text.encode()) // _BYTES_PER_TOKEN)
        finish = "stop"
        if completion_tokens > limit:
            text, completion_tokens, finish = text[: limit * _BYTES_PER_TOKEN], limit, "length"
        prompt_usd, completion_usd, _ = LANGUAGE_MODELS[model]
        misanswer = MISANSWERS.get(fault, Misanswer(lambda chat: chat))
        cost = (prompt_usd * prompt_tokens + completion_usd * completion_tokens) * misanswer.factor
        generation_id = self.state.add_generation(
            model=model, cost=cost, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens
        )
        chat = {
            "id": generation_id,
            "provider": "Sandbox",
            "model": model,
            "object": "chat.completion",
            "created": int(time.time()),
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
                "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0},
            },
        }
        content = json.dumps(misanswer.change(chat)) if misanswer.change else "\n" * 40
        headers = {"X-Generation-Id": generation_id}
        return lose(fault, Response(content, headers=headers, media_type="application/json"), request)

    async def generation(self, request: Request) -> Response:
        """Answer what a generation cost."""
        generation_id = request.query_params.get("id", "")
        found = self.state.generation(generation_id)
        if found is None or next_fault(self.state, "generation", generation_id) == LATE:
            return _error(404, f"Generation {generation_id} not found")
        cost = float(found["cost"])
        data = {
            "id": generation_id,
            "model": found["model"],
            "total_cost": cost,
            "usage": cost,
            "is_byok": False,
        }
        tokens = {
            "native_tokens_prompt": found["prompt_tokens"],
            "native_tokens_completion": found["completion_tokens"],
        }
        return JSONResponse({"data": data | tokens})

    async def models(self, _request: Request) -> Response:
        """Answer with all models and the prices of their first provider."""
        return JSONResponse({"data": [{"id": model, "pricing": _pricing(model)} for model in LANGUAGE_MODELS]})

    async def endpoints(self, request: Request) -> Response:
        """Answer with the providers of a model and their prices."""
        model = f"{request.path_params['author']}/{request.path_params['slug']}"
        if model not in LANGUAGE_MODELS:
            return _error(404, f"{model} not found")
        endpoint: dict[str, Any] = {
            "name": f"Sandbox | {model}",
            "provider_name": "Sandbox",
            "tag": "sandbox",
            "context_length": 200_000,
            "max_completion_tokens": 32_000,
            "pricing": _pricing(model),
            "supported_parameters": ["max_tokens", "temperature", "response_format", "structured_outputs"],
            "status": 0,
        }
        return JSONResponse({"data": {"id": model, "name": model, "endpoints": [endpoint]}})

    async def key(self, _request: Request) -> Response:
        """Answer what the key may spend."""
        usage = float(sum((Decimal(cost) for _, _, cost, _ in self.state.generations()), Decimal(0)))
        data = {"label": "sandbox", "limit": None, "limit_remaining": None, "usage": usage, "is_free_tier": False}
        return JSONResponse({"data": data})


def _pricing(model: str) -> dict[str, str]:
    prompt, completion, cache_write = (f"{price:f}" for price in LANGUAGE_MODELS[model])
    return {"prompt": prompt, "completion": completion, "request": "0", "input_cache_write": cache_write}


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "code": status}}, status_code=status)
