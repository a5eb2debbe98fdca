"""OpenRouter's HTTP API, as far as prompts need it. Facts: OpenRouter's API reference and recorded answers.

An answer says what it cost (`usage.cost`); that is booked. An error can come inside an HTTP 200, and is sorted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from asset_pipeline.ledger import Accepted, Held, Lost, Rejected, Reply
from asset_pipeline.providers.http import Answer, get_json, post_once, sort_refusal

# A generation is often not known for half a second, sometimes for minutes; about two of them are waited.
LOOK_UP_ATTEMPTS = 16
_RETRYABLE = frozenset({429, 503})
_IN_FLIGHT = "in_flight_budget_exhausted"


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
    choices = body.get("choices")
    choice = _mapping(choices[0] if isinstance(choices, list) and choices else None)
    message = _mapping(choice.get("message"))
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return ChatAnswer(
        text=content if isinstance(content, str) else "",
        finish_reason=str(choice.get("finish_reason") or ""),
        cost_usd=_cost(body.get("usage"), has_text=bool(content)),
        model=str(body.get("model") or ""),
        refusal=message.get("refusal") or None,
    )


def _cost(usage: Any, *, has_text: bool) -> Decimal | None:  # noqa: ANN401 - any JSON
    """Return what the answer says it cost; a zero beside text or tokens is taken as "not said", never as free."""
    said = _mapping(usage)
    cost = _amount(said.get("cost"), said)
    return None if cost == 0 and (has_text or said.get("completion_tokens")) else cost


def _amount(value: Any, bill: Mapping[str, Any]) -> Decimal | None:  # noqa: ANN401 - any JSON
    """Return an amount on a bill; None where it cannot be read, or is not all, as another key paid upstream."""
    if value is None or bill.get("is_byok"):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, dict) else {}


def _sort(answer: Answer) -> Rejected | Lost:
    """Sort a refusal.

    A 402 because of other requests in flight passes, as its metadata says. A 503 is OpenRouter's own "nobody took it"
    only with its error body; a gateway's page says nothing about what happened behind it.
    """
    metadata = _mapping(_mapping(_mapping(answer.body).get("error")).get("metadata"))
    if answer.status == 402 and metadata.get("reason") == _IN_FLIGHT:
        headers = {name.lower(): str(value) for name, value in _mapping(metadata.get("headers")).items()}
        return sort_refusal(replace(answer, headers={**headers, **answer.headers}), retryable=frozenset({402}))
    if answer.status == 503 and not _mapping(answer.body).get("error"):
        return Lost(answer.detail)
    return sort_refusal(answer, retryable=_RETRYABLE)


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
            return _sort(answer)
        body = answer.body
        generation_id = answer.headers.get("x-generation-id") or (body.get("id") if isinstance(body, dict) else None)
        if not generation_id:
            return Lost(f"HTTP {answer.status}, but the answer has no id: {answer.detail}")
        if not isinstance(body, dict):
            return Lost(f"generation {generation_id}: the answer cannot be read", str(generation_id))
        return Accepted(str(generation_id), body, answer.raw)

    async def generation_cost(self, generation_id: str) -> Decimal | None:
        """Return what a generation cost, or None where OpenRouter does not say.

        Raises:
            GetError: It could not be looked up.
        """
        body = await get_json(self._api, "/generation", params={"id": generation_id}, attempts=LOOK_UP_ATTEMPTS)
        bill = _mapping(_mapping(body).get("data"))
        return _amount(bill.get("total_cost"), bill)

    async def key_usage(self) -> Decimal | None:
        """Return what the key has used so far, in USD, or None where OpenRouter does not say; it lags by minutes.

        Raises:
            GetError: It could not be looked up.
        """
        data = _mapping(_mapping(await get_json(self._api, "/key")).get("data"))
        return _amount(data.get("usage"), {})

    async def endpoints(self, model: str) -> Sequence[Endpoint]:
        """Return the providers of a model.

        Raises:
            GetError: They could not be looked up.
        """
        body = await get_json(self._api, f"/models/{model}/endpoints")
        found = _mapping(_mapping(body).get("data")).get("endpoints") or []
        return [
            Endpoint(
                tag=str(item.get("tag") or item.get("provider_name") or ""),
                pricing=item.get("pricing") or {},
                parameters=frozenset(item.get("supported_parameters") or ()),
            )
            for item in found
        ]
