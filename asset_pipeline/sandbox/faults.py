"""Scripted faults: which request meets which misfortune.

A fault is JSON: `{"fault": "flagged", "on": "predictions", "contains": "compass", "nth": 3, "times": 1,
"probability": 0.5, "seed": 7}`. `fault` is required; all conditions that are given must hold. `times` is how often it
plays (once if left out; 0 for always), `nth` counts the requests that fit the other conditions.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.suggestions import suggest

Endpoint = Literal["predictions", "chat"]

# Refused before anything is taken: HTTP status and body, as recorded or documented.
REFUSALS: Mapping[str, tuple[int, dict[str, Any]]] = {
    "unauthenticated": (
        401,
        {
            "title": "Unauthenticated",
            "detail": "You did not pass a valid authentication token",
            "status": 401,
        },
    ),
    "no_credit": (
        402,
        {
            "title": "Insufficient credit",
            "detail": "You have insufficient credit to run this model.",
            "status": 402,
            "error": {"message": "This request requires more credits, or fewer max_tokens.", "code": 402},
        },
    ),
    "not_found": (
        404,
        {
            "detail": "The requested resource could not be found.",
            "status": 404,
            "error": {"message": "No endpoints found that can handle the requested parameters", "code": 404},
        },
    ),
    "invalid": (
        422,
        {
            "title": "Input validation failed",
            "detail": "- input: the sandbox was told to refuse it\n",
            "status": 422,
            "error": {"message": "Invalid argument", "code": 422},
        },
    ),
    "throttled": (
        429,
        {
            "detail": "Request was throttled. Your rate limit resets in ~1s.",
            "status": 429,
            "retry_after": 1,
            "error": {"message": "Rate limit exceeded", "code": 429},
        },
    ),
    "server_error": (
        500,
        {"detail": "Internal Server Error", "error": {"message": "Internal Server Error", "code": 500}},
    ),
}
# Taken, and how the prediction then ends: status and error text.
FATES: Mapping[str, tuple[str, str | None]] = {
    "flagged": (
        "failed",
        "The input or output was flagged as sensitive. Please try again with different inputs. (E005)",
    ),
    "failed": ("failed", "Director: unexpected error handling prediction (E9828)"),
    "failed_silently": ("failed", None),
    "aborted": ("aborted", None),
    "no_output": ("succeeded", None),
}
# Taken and billed, and then the answer is lost on its way.
LOST_ANSWER = "lost_answer"
KINDS = (*REFUSALS, *FATES, LOST_ANSWER)


def _known_fault(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"no such fault{suggest(value, KINDS)}")
    return value


class Fault(BaseModel):
    """One scripted fault; see the module."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Annotated[str, AfterValidator(_known_fault), WithJsonSchema({"enum": list(KINDS)})]
    on: Endpoint | None = None
    contains: str | None = None
    nth: int | None = Field(None, ge=1)
    times: int = Field(1, ge=0)
    probability: float = Field(1.0, gt=0, le=1)
    seed: int = 0

    def fits(self, endpoint: Endpoint, text: str) -> bool:
        """Say whether a request is of the kind this fault waits for."""
        if self.on and self.on != endpoint:
            return False
        if self.fault in FATES and endpoint != "predictions":
            return False
        return self.contains is None or self.contains.lower() in text.lower()

    def strikes(self, *, seen: int, played: int) -> bool:
        """Say whether it plays on the `seen`-th fitting request, having played before."""
        if self.times and played >= self.times:
            return False
        if self.nth is not None and seen != self.nth:
            return False
        # Decided by seed and position alone, so that a script plays the same way each time.
        return random.Random(f"{self.seed}:{seen}").random() < self.probability  # noqa: S311 - a script, no secret


def next_fault(state: SandboxState, endpoint: Endpoint, text: str) -> str:
    """Return the fault that meets a request, counting it as seen and played; empty if none does."""
    struck = ""
    with state.faults() as faults:
        for index, (fault_id, raw, before, played) in enumerate(faults):
            fault = Fault.model_validate(raw)
            if not fault.fits(endpoint, text):
                continue
            seen = before + 1
            if not struck and fault.strikes(seen=seen, played=played):
                struck = fault.fault
                played += 1  # noqa: PLW2901 - written back below
            faults[index] = (fault_id, raw, seen, played)
    return struck
