"""What the sandbox's OpenRouter shows of itself: models, their providers, bills, and the key.

Every key that the API reference requires is there; OpenRouter's own client refuses an answer that lacks one. What the
sandbox does not know is null.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from asset_pipeline.sandbox.language_models import CONTEXT_LENGTH, OFFERS, Offer

_CREATED = 1_780_000_000
_DEPRECATED = {"requests": -1, "interval": "10s", "note": "This field is deprecated and safe to ignore."}
# Of a bill; what was not asked for, or is not kept.
_NULL = (
    "app_id", "cache_discount", "external_user", "finish_reason", "generation_time", "http_referer", "latency",
    "moderation_latency", "native_finish_reason", "native_tokens_reasoning", "num_fetches", "num_input_audio_prompt",
    "num_media_completion", "num_media_prompt", "num_search_results", "preset_id", "provider_responses", "request_id",
    "router", "service_tier", "session_id", "upstream_id", "upstream_inference_cost", "user_agent",
    "web_search_engine", "workspace_id",
)  # fmt: skip


def show_model(model: str) -> dict[str, Any]:
    """Return a model as `GET /models` lists it: the prices are those of its first provider."""
    first = OFFERS[model][0]
    return {
        "id": model,
        "canonical_slug": model,
        "name": model.partition("/")[2],
        "created": _CREATED,
        "context_length": CONTEXT_LENGTH,
        "architecture": _architecture(),
        "pricing": first.pricing(),
        "top_provider": {
            "context_length": CONTEXT_LENGTH,
            "max_completion_tokens": first.max_completion_tokens,
            "is_moderated": False,
        },
        "per_request_limits": None,
        "supported_parameters": sorted({name for offer in OFFERS[model] for name in offer.parameters}),
        "supported_voices": None,
        "default_parameters": {},
        "expiration_date": None,
        "links": {"details": f"/api/v1/models/{model}/endpoints"},
    }


def show_endpoints(model: str) -> dict[str, Any]:
    """Return the providers of a model as `GET /models/{author}/{slug}/endpoints` lists them."""
    return {
        "id": model,
        "name": model.partition("/")[2],
        "created": _CREATED,
        "description": "",
        "architecture": _architecture(),
        "endpoints": [_endpoint(model, offer) for offer in OFFERS[model]],
    }


def _architecture() -> dict[str, Any]:
    return {
        "modality": "text+image->text",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "tokenizer": "Other",
        "instruct_type": None,
    }


def _endpoint(model: str, offer: Offer) -> dict[str, Any]:
    return {
        "name": f"{offer.provider} | {model}",
        "model_id": model,
        "model_name": model.partition("/")[2],
        "provider_name": offer.provider,
        "tag": offer.tag,
        "context_length": CONTEXT_LENGTH,
        "max_completion_tokens": offer.max_completion_tokens,
        "max_prompt_tokens": None,
        "quantization": "unknown",
        "pricing": offer.pricing(),
        "supported_parameters": list(offer.parameters),
        "supports_implicit_caching": False,
        "supports_tool_choice": dict.fromkeys(("auto", "function", "none", "required"), False),
        "supports_diarization": False,
        "native_tools": {},
        "service_tier": offer.service_tier,
        "status": offer.status,
        "uptime_last_5m": 100.0,
        "uptime_last_30m": 100.0,
        "uptime_last_1d": 99.9,
        "latency_last_30m": None,
        "throughput_last_30m": None,
    }


def show_bill(generation_id: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a generation as `GET /generation` shows it.

    Args:
        generation_id: Its id, in which the second of its birth is.
        found: What the sandbox keeps of it.
    """
    cost, prompt_tokens, completion_tokens = float(found["cost"]), found["prompt_tokens"], found["completion_tokens"]
    offers = OFFERS.get(found["model"], ())
    return {
        **dict.fromkeys(_NULL),
        "id": generation_id,
        "api_type": "completions",
        "created_at": datetime.fromtimestamp(int(generation_id.split("-")[1]), UTC).isoformat(),
        "data_region": "global",
        "model": found["model"],
        "provider_name": offers[0].provider if len(offers) == 1 else None,
        "origin": "",
        "streamed": False,
        "cancelled": False,
        "total_cost": cost,
        "usage": cost,
        "is_byok": False,
        "tokens_prompt": prompt_tokens,
        "tokens_completion": completion_tokens,
        "native_tokens_prompt": prompt_tokens,
        "native_tokens_completion": completion_tokens,
        "native_tokens_cached": 0,
        "native_tokens_completion_images": 0,
    }


def show_key(usage: Decimal) -> dict[str, Any]:
    """Return the key as `GET /key` shows it: an inference key without a limit."""
    periods = ("", "_daily", "_weekly", "_monthly")
    return {
        "label": "sk-or-v1-san...box",
        "limit": None,
        "limit_remaining": None,
        "limit_reset": None,
        **dict.fromkeys((f"usage{period}" for period in periods), float(usage)),
        **dict.fromkeys((f"byok_usage{period}" for period in periods), 0.0),
        "include_byok_in_limit": False,
        "is_free_tier": False,
        "is_management_key": False,
        "is_provisioning_key": False,
        "expires_at": None,
        "allowed_data_regions": ["global"],
        "budgets": [],
        "effective_budget": None,
        "free_model_daily_requests": {"limit": 50, "used": 0, "remaining": 50},
        "creator_user_id": None,
        "organization_id": None,
        "workspace_id": None,
        "rate_limit": _DEPRECATED,
    }
