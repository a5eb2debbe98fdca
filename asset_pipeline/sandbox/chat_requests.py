"""What the sandbox's OpenRouter makes of a chat request before anybody answers: is it valid, and who may answer it?

Texts: those that users have posted of the real one. Where only the documentation speaks (`availability`), its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.responses import JSONResponse, Response

from asset_pipeline.sandbox.eyes import open_part, pictures_in
from asset_pipeline.sandbox.language_models import OFFERS, Offer

_MILLION = 1_000_000
# Parameters that a provider supports or not; all others are OpenRouter's own.
_SUPPORTED = frozenset({
    "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "top_a", "seed", "stop",
    "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias", "logprobs", "top_logprobs",
    "response_format", "reasoning", "tools", "tool_choice",
})  # fmt: skip
# All that the API reference names, and what OpenAI's own client sends; anything else is refused.
_KEYS = _SUPPORTED | {
    "messages", "model", "models", "structured_outputs", "reasoning_effort", "verbosity", "provider", "metadata",
    "session_id", "trace", "user", "cache_control", "prompt_cache_key", "prompt_cache_options", "service_tier",
    "plugins", "deferred_tools", "modalities", "image_config", "stream", "stream_options", "debug", "usage",
    "stop_server_tools_when", "parallel_tool_calls", "prediction", "transforms", "route",
}  # fmt: skip
_PROVIDER_KEYS = frozenset({
    "order", "only", "ignore", "allow_fallbacks", "require_parameters", "data_collection", "zdr",
    "enforce_distillable_text", "quantizations", "sort", "preferred_min_throughput", "preferred_max_latency",
    "max_price",
})  # fmt: skip
_UNSUPPORTED = "No endpoints found that can handle the requested parameters"
# The share of an answer that is thought away, at most; as documented for providers that take a budget.
_EFFORTS = {"none": 0.0, "minimal": 0.1, "low": 0.2, "medium": 0.5, "high": 0.8, "xhigh": 0.95, "max": 0.95}


@dataclass(frozen=True)
class Chat:
    """A chat that will be answered.

    Args:
        model: Which model answers.
        offer: By which provider.
        body: The request, without what the provider does not support.
        max_tokens: Longest answer, thoughts included.
        reasoning_tokens: How much of it is thought away.
    """

    model: str
    offer: Offer
    body: Mapping[str, Any]
    max_tokens: int
    reasoning_tokens: int


def refuse(status: int, message: str, **more: Any) -> Response:  # noqa: ANN401 - any JSON
    """Return an error as OpenRouter gives it."""
    error = {"message": message, "code": status, **more}
    return JSONResponse({"error": error, "user_id": "user_sandbox"}, status_code=status)


def take_chat(body: Any) -> Chat | Response:  # noqa: ANN401 - any JSON
    """Return the chat that a request asks for, or why there is none."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list) or not body["messages"]:
        return refuse(400, "Invalid request parameters")
    preferences = body.get("provider") or {}
    for given, known in ((body, _KEYS), (preferences, _PROVIDER_KEYS)):
        strange = ", ".join(f"'{name}'" for name in given if name not in known)
        if strange:
            return refuse(400, f"Unrecognized key(s) in object: {strange}")
    reasoning = body.get("reasoning") or {}
    if reasoning.get("effort") is not None and reasoning.get("max_tokens") is not None:
        return refuse(400, 'Only one of "reasoning.effort" and "reasoning.max_tokens" can be specified')
    if body.get("stream"):
        return refuse(400, "the sandbox answers in one piece; leave stream out")
    model = str(body.get("model", ""))
    if model not in OFFERS:
        return refuse(400, f"{model} is not a valid model ID")
    if not all(map(open_part, pictures_in(body["messages"]))):
        return refuse(400, "the sandbox sees pictures in data URLs only, and cannot decode one of these")
    offer = _choose(OFFERS[model], body, preferences)
    return offer if isinstance(offer, Response) else _chat(model, offer, body)


def _chat(model: str, offer: Offer, body: Mapping[str, Any]) -> Chat:
    dropped = {name for name in body if name in _SUPPORTED and not _supports(offer, name, body)}
    dropped -= {"max_tokens", "max_completion_tokens"}
    taken = {name: value for name, value in body.items() if name not in dropped}
    limit = min(_limit(body) or offer.max_completion_tokens, offer.max_completion_tokens)
    thought = _reasoning(taken, limit) if "reasoning" in offer.parameters else 0
    return Chat(model, offer, taken, limit, thought)


def _choose(offers: tuple[Offer, ...], body: Mapping[str, Any], preferences: Mapping[str, Any]) -> Offer | Response:
    """Return the cheapest offer that a request lets be used, or the refusal of a request that lets none."""
    left = [offer for offer in offers if offer.service_tier is None]
    limit = _limit(body)
    left = [offer for offer in left if limit is None or limit <= offer.max_completion_tokens]
    if not left:
        return refuse(404, _UNSUPPORTED)
    for name in ("only", "ignore", "max_price"):
        left = [offer for offer in left if _passes(offer, name, preferences.get(name))]
        if not left:
            return _filtered(str(body["model"]), name)
    if preferences.get("require_parameters"):
        needed = [name for name in body if name in _SUPPORTED]
        left = [offer for offer in left if all(_supports(offer, name, body) for name in needed)]
    if not left:
        return refuse(404, _UNSUPPORTED)
    return min(left, key=lambda offer: (offer.status < 0, offer.prompt_usd + offer.completion_usd))


def _filtered(model: str, name: str) -> Response:
    availability = {
        "code": "constraint_filtered",
        "retryable": False,
        "requested_models": [model],
        "excluded_by": [name],
        "docs_url": "https://openrouter.ai/docs",
    }
    return refuse(404, f"No endpoints found for {model}.", availability=availability)


def _supports(offer: Offer, name: str, body: Mapping[str, Any]) -> bool:
    if name == "response_format":
        kind = (body[name] or {}).get("type")
        if kind == "json_schema":
            return "structured_outputs" in offer.parameters
        return kind == "text" or "response_format" in offer.parameters
    return name in offer.parameters


def _passes(offer: Offer, name: str, said: Any) -> bool:  # noqa: ANN401 - any JSON
    if not said:
        return True
    if name == "max_price":
        return _is_within(offer, said)
    return _is_named(offer, said) == (name == "only")


def _is_named(offer: Offer, tags: list[str]) -> bool:
    return any(offer.tag == tag or offer.tag.startswith(f"{tag}/") for tag in tags)


def _is_within(offer: Offer, most: Mapping[str, Any]) -> bool:
    prices = {"prompt": offer.prompt_usd, "completion": offer.completion_usd}
    return all(price * _MILLION <= _number(most[name]) for name, price in prices.items() if most.get(name) is not None)


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def _limit(body: Mapping[str, Any]) -> int | None:
    value = body.get("max_completion_tokens") or body.get("max_tokens")
    return int(value) if value else None


def _reasoning(body: Mapping[str, Any], limit: int) -> int:
    """Return how many tokens a model thinks; one that is told nothing thinks half of its answer away."""
    said = body.get("reasoning") or {}
    if said.get("enabled") is False:
        return 0
    if said.get("max_tokens"):
        return min(int(said["max_tokens"]), limit)
    effort = said.get("effort") or body.get("reasoning_effort") or "medium"
    return int(limit * _EFFORTS.get(effort, _EFFORTS["medium"]))
