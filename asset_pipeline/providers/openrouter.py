"""OpenRouter's HTTP API, as far as prompts need it. Facts: OpenRouter's API reference and recorded answers.

An answer says what it cost (`usage.cost`); that is booked. An error can come inside an HTTP 200, and is sorted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from asset_pipeline.ledger import Accepted, Held, Lost, Reply
from asset_pipeline.providers.http import Answer, get_json, post_once, sort_refusal

_RETRYABLE = frozenset({429, 503})


@dataclass(frozen=True)
class ChatAnswer:
    """What a model answered.

    Args:
        text: Its words; empty where there are none.
        finish_reason: `stop`, `length`, `content_filter`, `error`, ...
        cost_usd: What it cost; None where the answer does not say.
        model: The model that answered, which may be another than was asked.
        refusal: Why it refused, if it did.
    """

    text: str
    finish_reason: str
    cost_usd: Decimal | None
    model: str
    refusal: str | None


@dataclass(frozen=True)
class Endpoint:
    """One provider of a model, with its prices.

    Args:
        tag: Its name in requests, such as `openai`.
        pricing: USD per token or request, as text by what is paid for.
        parameters: What it supports, such as `structured_outputs`.
    """

    tag: str
    pricing: Mapping[str, Any]
    parameters: frozenset[str]


def parse_chat(body: Any) -> ChatAnswer:  # noqa: ANN401 - any JSON
    """Return the answer in a body; what is missing stays empty."""
    choices = body.get("choices") or [{}]
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("message") or {}
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return ChatAnswer(
        text=content if isinstance(content, str) else "",
        finish_reason=str(choice.get("finish_reason") or ""),
        cost_usd=_cost(body.get("usage"), has_text=bool(content)),
        model=str(body.get("model") or ""),
        refusal=message.get("refusal") or None,
    )


def _cost(usage: Any, *, has_text: bool) -> Decimal | None:  # noqa: ANN401 - any JSON
    """Return what the answer says it cost; a zero beside text is taken as "not said", never as free."""
    if not isinstance(usage, dict) or usage.get("cost") is None or usage.get("is_byok"):
        return None
    try:
        cost = Decimal(str(usage["cost"]))
    except InvalidOperation:
        return None
    if not cost.is_finite() or cost < 0 or (cost == 0 and has_text):
        return None
    return cost


class OpenRouterClient:
    """Asks models, and looks up prices and bills.

    Args:
        api: Client with the key, on the API's base address.
        request_timeout_s: Total deadline of one answer, in seconds.
    """

    def __init__(self, api: httpx.AsyncClient, *, request_timeout_s: float) -> None:
        self._api = api
        self._timeout_s = request_timeout_s

    async def chat(self, held: Held) -> Reply:
        """Ask the model that a hold is for, once.

        Returns:
            `Accepted` with the generation's id and the body, or why there is no answer.
        """
        answer = await post_once(self._api, "/chat/completions", held.intent.request, deadline_s=self._timeout_s)
        if not isinstance(answer, Answer):
            return answer
        if not 200 <= answer.status < 300:
            return sort_refusal(answer, retryable=_RETRYABLE)
        body = answer.body
        generation_id = answer.headers.get("x-generation-id") or (body.get("id") if isinstance(body, dict) else None)
        if not generation_id:
            return Lost(f"HTTP {answer.status}, but the answer has no id: {answer.detail}")
        if not isinstance(body, dict):
            return Lost(f"generation {generation_id}: the answer cannot be read")
        return Accepted(str(generation_id), body, answer.raw)

    async def generation_cost(self, generation_id: str) -> Decimal | None:
        """Return what a generation cost, or None where OpenRouter does not say.

        Raises:
            GetError: It could not be looked up.
        """
        body = await get_json(self._api, "/generation", params={"id": generation_id})
        data = body.get("data") if isinstance(body, dict) else None
        total = data.get("total_cost") if isinstance(data, dict) else None
        return None if total is None else Decimal(str(total))

    async def endpoints(self, model: str) -> Sequence[Endpoint]:
        """Return the providers of a model.

        Raises:
            GetError: They could not be looked up.
        """
        body = await get_json(self._api, f"/models/{model}/endpoints")
        found = body.get("data", {}).get("endpoints") or []
        return [
            Endpoint(
                tag=str(item.get("tag") or item.get("provider_name") or ""),
                pricing=item.get("pricing") or {},
                parameters=frozenset(item.get("supported_parameters") or ()),
            )
            for item in found
        ]
