"""How the sandbox says no before it has taken anything: status and body, as recorded or documented.

Recorded: 401, and the 429 and 402 of Replicate as users have posted them. The 5xx have no documented shape; gateways'
pages have been seen. Each has a body for Replicate (`detail`) and one for OpenRouter (`error`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

from asset_pipeline.sandbox.checks import Problem

PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Refusal:
    """An answer that says no.

    Args:
        status: HTTP status.
        body: JSON, without what only one of the providers says; None for a page or nothing.
        openrouter: What OpenRouter's `error` says.
        headers: Sent with it.
        page: Body where it is not JSON.
    """

    status: int
    body: Mapping[str, Any] | None = None
    openrouter: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    def response(self, *, openrouter: bool) -> Response:
        """Return the answer as one of the providers gives it."""
        if self.body is None:
            media = "text/html" if self.page else None
            return Response(self.page, status_code=self.status, headers=dict(self.headers), media_type=media)
        body = {"error": {"code": self.status, **self.openrouter}} if openrouter else self.body
        media = "application/problem+json" if self.status == 401 and not openrouter else "application/json"
        content = json.dumps(body, separators=(",", ":"))
        return Response(content, status_code=self.status, headers=dict(self.headers), media_type=media)


def _throttled(detail: str, retry_after: int | None = None, headers: Mapping[str, str] | None = None) -> Refusal:
    body: dict[str, Any] = {"detail": detail, "status": 429}
    if retry_after is not None:
        body["retry_after"] = retry_after
    return Refusal(429, body, {"message": detail}, headers or {})


_NO_CREDIT = (
    "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase"
    " credit. Once you purchase credit, please wait a few minutes before trying again."
)
REFUSALS: Mapping[str, Refusal] = {
    "unauthenticated": Refusal(
        401,
        {"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401},
        {"message": "Missing Authentication header"},
    ),
    "no_credit": Refusal(
        402,
        {
            "title": "Insufficient credit",
            "detail": _NO_CREDIT,
            "status": 402,
        },
        {"message": "This request requires more credits, or fewer max_tokens."},
    ),
    "not_found": Refusal(
        404,
        {"detail": "The requested resource could not be found.", "status": 404},
        {"message": "No endpoints found that can handle the requested parameters"},
    ),
    "invalid": Refusal(
        422,
        {"title": "Input validation failed", "detail": "- input: the sandbox was told to refuse it\n", "status": 422},
        {"message": "Invalid argument"},
    ),
    "throttled": _throttled("Request was throttled. Your rate limit resets in ~1s.", retry_after=1),
    "throttled_by_header": _throttled("Request was throttled.", headers={"Retry-After": "1"}),
    "throttled_by_text": _throttled("Request was throttled. Expected available in 1 second."),
    "low_credit": _throttled(
        "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a"
        " burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~1s.",
        retry_after=1,
    ),
    "in_flight_budget": Refusal(
        402,
        {"detail": _NO_CREDIT, "status": 402, "title": "Insufficient credit"},
        {
            "message": "This request would exceed your available credits given your current in-flight requests.",
            "metadata": {
                "reason": "in_flight_budget_exhausted",
                "limit_source": "openrouter_in_flight_budget",
                "headers": {"Retry-After": "1"},
            },
        },
    ),
    "server_error": Refusal(500, {"detail": "Internal Server Error"}, {"message": "Internal Server Error"}),
    "bad_gateway": Refusal(502, page=PAGE.format("502 Bad Gateway")),
    "unavailable": Refusal(503),
}


def problem(kind: str) -> Response:
    """Return one of `REFUSALS` as Replicate gives it."""
    return REFUSALS[kind].response(openrouter=False)


def throttled(retry_after_s: int) -> Response:
    """Return what Replicate answers to requests above its rate limit, as documented."""
    detail = f"Request was throttled. Your rate limit resets in ~{retry_after_s}s."
    return JSONResponse({"detail": detail}, status_code=429)


def invalid(problems: Sequence[Problem]) -> Response:
    """Return what Replicate answers to a body that does not fit its schema, as recorded."""
    body = {
        "detail": "".join(one.line() for one in problems),
        "status": 422,
        "title": "Input validation failed",
        "invalid_fields": [asdict(one) for one in problems],
    }
    return JSONResponse(body, status_code=422)


def unreadable(detail: str) -> Response:
    """Return what is answered to a request that cannot be read; Replicate's own words for it are not known."""
    return JSONResponse({"title": "Bad request", "detail": detail, "status": 400}, status_code=400)


def no_such_version() -> Response:
    """Return what Replicate answers to a version that is not there, as recorded."""
    body = {
        "title": "Invalid version or not permitted",
        "detail": "The specified version does not exist (or perhaps you don't have permission to use it?)",
        "status": 422,
    }
    return JSONResponse(body, status_code=422)
