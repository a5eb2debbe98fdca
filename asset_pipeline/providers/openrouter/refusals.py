"""Sorts what OpenRouter answers instead of an answer: did it certainly do nothing, and whose fault is it?

Facts: the error tables of OpenRouter's API reference, and bodies that users have posted. An HTTP status is the error's
own only while nothing was generated; a server error, a timeout or a gateway's page says nothing about that.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from asset_pipeline.ledger import Cause, Lost, Rejected
from asset_pipeline.providers.http import Answer, sort_refusal
from asset_pipeline.providers.numbers import number
from asset_pipeline.providers.openrouter.bodies import mapping
from asset_pipeline.redaction import redact

GENERATION_ID = "x-generation-id"
MAX_SAID = 200
_RETRYABLE = frozenset({429, 503})
_IN_FLIGHT = "in_flight_budget_exhausted"
_TOO_HEAVY = "weight_exceeds_budget"
# Limits of the key, its workspace or its guardrail: no other request of this key passes either.
_BUDGETS = frozenset({"openrouter_key_limit", "openrouter_workspace_budget", "openrouter_guardrail_budget"})
_UNSUPPORTED = "No endpoints found that can handle the requested parameters"
_CONSTRAINED = "constraint_filtered"
# Who may see the data is the account's or the settings' decision; another way of asking does not change it.
_POLICIES = frozenset({"data_collection", "zdr", "privacy", "guardrail"})
_PARAMETERS = re.compile(
    r"response_format|json_schema|json_object|structured.?outputs?|grammar|temperature|reasoning|thinking"
    r"|max_completion_tokens",
    re.IGNORECASE,
)


def sort_refusal_of(answer: Answer) -> Rejected | Lost:
    """Sort an answer of OpenRouter that is not a success.

    Args:
        answer: With a status outside 200 to 299.

    Returns:
        `Rejected` where certainly nothing was generated, with whose fault it is and when to come back; else `Lost`,
        with the generation's id where the headers have it.
    """
    error = mapping(mapping(answer.body).get("error"))
    metadata, availability = mapping(error.get("metadata")), mapping(error.get("availability"))
    hinted = replace(answer, headers=_hints(answer, metadata, availability))
    reason = _reason(answer, metadata, availability)
    if answer.status == 402 and metadata.get("reason") == _IN_FLIGHT:
        sorted_ = sort_refusal(hinted, retryable=frozenset({402}))
    elif answer.status == 503 and not error:
        return Lost(reason, answer.headers.get(GENERATION_ID))
    else:
        sorted_ = sort_refusal(hinted, retryable=_RETRYABLE)
    if isinstance(sorted_, Lost):
        return Lost(reason, answer.headers.get(GENERATION_ID))
    cause = _cause(answer, metadata, availability) or sorted_.cause
    return replace(sorted_, reason=reason, cause=cause)


def _cause(answer: Answer, metadata: Mapping[str, Any], availability: Mapping[str, Any]) -> Cause | None:
    """Return whose fault a refusal is, where its status alone does not tell."""
    if answer.status == 402 and metadata.get("reason") == _TOO_HEAVY:
        return Cause.REQUEST
    if answer.status == 403:
        is_budget = metadata.get("limit_source") in _BUDGETS or "Key limit exceeded" in answer.detail
        return Cause.ACCOUNT if is_budget else None
    if answer.status == 404:
        return Cause.PARAMETERS if _is_filtered(answer, availability) else None
    if answer.status == 400 and _PARAMETERS.search(f"{answer.detail} {metadata.get('raw') or ''}"):
        return Cause.PARAMETERS
    return None


def _is_filtered(answer: Answer, availability: Mapping[str, Any]) -> bool:
    """Say whether a model has providers, but none for a request that is asked like this."""
    if availability.get("code") == _CONSTRAINED:
        return _POLICIES.isdisjoint(_texts(availability.get("excluded_by")))
    return _UNSUPPORTED in answer.detail


def _hints(answer: Answer, metadata: Mapping[str, Any], availability: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers, with the moment to come back from wherever it is said.

    OpenRouter repeats headers in the body, for clients whose proxy drops them. `X-RateLimit-Reset` is a moment, in
    milliseconds since 1970; of a limit per day it is the only hint.
    """
    repeated = {str(name).lower(): str(value) for name, value in mapping(metadata.get("headers")).items()}
    headers = {**repeated, **answer.headers}
    after, reset = availability.get("retry_after"), number(headers.get("x-ratelimit-reset"))
    if "retry-after" not in headers and after is not None:
        headers["retry-after"] = str(after)
    elif "retry-after" not in headers and answer.status == 429 and reset is not None:
        headers["retry-after"] = str(max(0.0, float(reset) / 1000 - time.time()))
    return headers


def _reason(answer: Answer, metadata: Mapping[str, Any], availability: Mapping[str, Any]) -> str:
    """Return what was said, with what only the details tell."""
    said = [
        ("flagged for", ", ".join(_texts(metadata.get("reasons")))),
        ("patterns", ", ".join(_texts(metadata.get("patterns")))),
        (str(metadata.get("provider_name") or "upstream"), _line(metadata.get("raw"))),
        ("excluded by", ", ".join(_texts(availability.get("excluded_by")))),
        ("limit of", _line(metadata.get("limit_source") if answer.status in (402, 403) else None)),
        ("resets at", _line(metadata.get("resets_at"))),
    ]
    details = "; ".join(f"{name} {text}" for name, text in said if text)
    return f"{answer.detail} ({details})" if details else answer.detail


def _texts(value: object) -> list[str]:
    return [_line(one) for one in value] if isinstance(value, list) else []


def _line(value: object) -> str:
    # Cleaned before it is cut: half a key would not be known any more.
    return redact(" ".join(str(value).split()))[:MAX_SAID] if value else ""
