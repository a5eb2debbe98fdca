"""Scripted faults: which request meets which misfortune.

A fault is JSON: `{"fault": "flagged", "on": "predictions", "contains": "compass", "nth": 3, "times": 1,
"probability": 0.5, "seed": 7}`. `fault` is required; all conditions that are given must hold. `times` is how often it
plays (once if left out; 0 for always), `nth` counts the requests that fit the other conditions.

`kill` ends the client: `{"fault": "kill", "pid": 4711, "nth": 17, "when": "after"}` counts every request there is, and
strikes before or after it is handled; the client never sees the answer.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from asset_pipeline.sandbox.fates import FATES
from asset_pipeline.sandbox.misanswers import MISANSWERS
from asset_pipeline.sandbox.refusals import REFUSALS
from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.sandbox.wire import LOSSES
from asset_pipeline.suggestions import suggest

Endpoint = Literal["predictions", "chat", "pictures", "get", "download", "generation", "any"]
PAID = ("predictions", "chat", "pictures")

KILL = "kill"
# What the connection does instead of carrying an answer; nothing is taken.
RESET = "reset"
# A generation's bill is not there yet.
LATE = "late"
# How an image model on OpenRouter can answer without a picture, or without saying what it costs.
NO_PICTURE, FLAGGED_FOR_FREE, NO_BILL = "no_picture", "flagged_for_free", "no_bill"
# A file with one bit turned on its way.
WRONG_CHECKSUM = "wrong_checksum"

# Where each fault can strike when it is not told where.
STRIKES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(REFUSALS, PAID),
    **dict.fromkeys((name for name in FATES if name != "succeeded"), ("predictions",)),
    **dict.fromkeys(MISANSWERS, ("chat",)),
    **dict.fromkeys(LOSSES, PAID),
    **dict.fromkeys((NO_PICTURE, FLAGGED_FOR_FREE, NO_BILL), ("pictures",)),
    RESET: PAID,
    LATE: ("generation",),
    WRONG_CHECKSUM: ("download",),
    KILL: ("any",),
}
# Those that can also strike a free request that says so.
ON_FREE = frozenset({*REFUSALS, RESET, "cut_body"})


def _known_fault(value: str) -> str:
    if value not in STRIKES:
        raise ValueError(f"no such fault{suggest(value, STRIKES)}")
    return value


class Fault(BaseModel):
    """One scripted fault; see the module."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Annotated[str, AfterValidator(_known_fault), WithJsonSchema({"enum": list(STRIKES)})]
    on: Endpoint | None = None
    contains: str | None = None
    nth: int | None = Field(None, ge=1)
    times: int = Field(1, ge=0)
    probability: float = Field(1.0, gt=0, le=1)
    seed: int = 0
    pid: int | None = Field(None, gt=1)
    when: Literal["before", "after"] = "before"

    @model_validator(mode="after")
    def _can_strike(self) -> Fault:
        if self.on and self.on not in STRIKES[self.fault] and not (self.fault in ON_FREE and self.on != "any"):
            raise ValueError(f"{self.fault} strikes {' and '.join(STRIKES[self.fault])}, never {self.on}")
        if (self.fault == KILL) != (self.pid is not None):
            raise ValueError("kill needs the client's pid, and nothing else has one")
        return self

    def fits(self, endpoint: Endpoint, text: str) -> bool:
        """Say whether a request is of the kind this fault waits for."""
        wanted = (self.on,) if self.on else STRIKES[self.fault]
        return endpoint in wanted and (self.contains is None or self.contains.lower() in text.lower())

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
    struck = strike(state, endpoint, text)
    return struck.fault if struck else ""


def strike(state: SandboxState, endpoint: Endpoint, text: str = "") -> Fault | None:
    """Do as `next_fault`, and return the whole fault."""
    if not state.has_faults():
        return None
    struck: Fault | None = None
    with state.faults() as faults:
        for index, (fault_id, raw, before, played) in enumerate(faults):
            fault = Fault.model_validate(raw)
            if not fault.fits(endpoint, text):
                continue
            seen = before + 1
            plays = struck is None and fault.strikes(seen=seen, played=played)
            struck = fault if plays else struck
            faults[index] = (fault_id, raw, seen, played + plays)
    return struck


def faults_of(body: Any) -> list[Fault]:  # noqa: ANN401 - any JSON
    """Return the faults in a request's JSON: one, a list, or `{"faults": [...]}`.

    Raises:
        pydantic.ValidationError: One of them is none.
    """
    wanted = body.get("faults", [body]) if isinstance(body, dict) else body
    return [Fault.model_validate(one) for one in wanted]
