"""The words of the ledger: what a paid call is, which states it passes, and how asking for money can end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from asset_pipeline.errors import CallError
from asset_pipeline.ledger.money import brief, up_to_cent
from asset_pipeline.processes import may_work


class State(StrEnum):
    """Where a call stands; see docs/money.md."""

    HELD = "held"
    SUBMITTED = "submitted"
    FINISHED = "finished"
    STORED = "stored"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    RELEASED = "released"


IMAGE = "image"
# The provider whose images come after its answer, and can be polled by their ids.
POLLED = "replicate"
OPEN = frozenset({State.HELD, State.SUBMITTED, State.FINISHED, State.STORED, State.UNKNOWN})

# Above what the owner allows; see `asset_pipeline.settings`.
MAX_LIMIT_USD = Decimal(100)

# From which states a step may be taken; anything else is refused by name.
ALLOWED: Mapping[State, frozenset[State]] = {
    State.SUBMITTED: frozenset({State.HELD, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.HELD}),
    State.FINISHED: frozenset({State.SUBMITTED}),
    State.STORED: frozenset({State.SUBMITTED, State.FINISHED}),
    State.SETTLED: frozenset({State.SUBMITTED, State.FINISHED, State.STORED, State.UNKNOWN}),
    State.RELEASED: frozenset({State.HELD, State.UNKNOWN}),
}


class Outcome(StrEnum):
    """What a settled call brought."""

    SUCCEEDED = "succeeded"
    UNUSABLE = "unusable"  # an answer that was paid and is of no use; asking again may bring a better one
    LOST = "lost"  # an image that was paid and cannot be had; bought again only by a person's decision
    FAILED = "failed"
    CANCELED = "canceled"  # possibly charged
    ASSUMED = "assumed"  # nobody knows; booked at its worst case
    ACCEPTED_PAID = "accepted_paid"  # a person says that it was charged
    ACCEPTED_FREE = "accepted_free"  # a person says that it was not


# Of a picture: paid and lost, and still not to be bought again. Words that were lost may be asked for again.
PAID_AND_LOST = frozenset({Outcome.LOST, Outcome.CANCELED, Outcome.ACCEPTED_PAID})


class Stage(StrEnum):
    """Which budget a collection spends from."""

    SAMPLE = "sample"
    PRODUCTION = "production"


@dataclass(frozen=True)
class Price:
    """What a worst case was computed from; kept with the call.

    Args:
        unit: What is paid for, such as `image` or `token`.
        usd: Price by unit, as text by name.
        as_of: Date of the price.
        source: Where it is from.
    """

    unit: str
    usd: Mapping[str, str]
    as_of: str
    source: str


@dataclass(frozen=True)
class Intent:
    """A paid call that somebody wants to make.

    Args:
        provider: `replicate` or `openrouter`.
        kind: `writer`, `judge`, `image` or `vision`.
        model: As the provider names it.
        image_key: The image it is made for.
        collection: Of that image.
        stage: Which budget pays.
        content_key: Hash over everything that decides the output.
        request: The body, complete.
        worst_usd: The most it can cost.
        price: What that was computed from.
        run_id: The Dagster run it belongs to, if any.
        note: What a person should know of it later, if anything.
        rivals: Content keys of the other ways to make the same image. While a call for one of them is open, or if one
            was paid for good, this call is not made.
        approval: Id of the approval that it is made under, if it is; that is one more budget.
    """

    provider: str
    kind: str
    model: str
    image_key: str
    collection: str
    stage: Stage
    content_key: str
    request: Mapping[str, Any]
    worst_usd: Decimal
    price: Price
    run_id: str | None = None
    note: str | None = None
    rivals: tuple[str, ...] = ()
    approval: str | None = None

    def __post_init__(self) -> None:
        """Refuse a worst case that would free money instead of holding it."""
        if self.worst_usd < 0:
            raise CallError(f"a worst case of {self.worst_usd} USD is none")

    def scopes(self, day: str) -> tuple[str, ...]:
        """Return the budgets this call counts against on a UTC day."""
        scopes = (
            "total",
            f"day:{day}",
            str(self.stage),
            f"provider:{self.provider}",
            f"collection:{self.collection}",
        )
        return scopes if self.approval is None else (*scopes, f"approval:{self.approval}")


@dataclass(frozen=True)
class Call:
    """A row of the journal, as far as the code needs it; times are UTC, `stepped_at` is that of its last step."""

    call_id: str
    kind: str
    provider: str
    model: str
    image_key: str
    content_key: str
    request: Mapping[str, Any]
    state: State
    outcome: Outcome | None
    worst_usd: Decimal
    price: Price
    cost_usd: Decimal | None
    provider_call_id: str | None
    answer: str | None
    owner: str
    created_at: datetime
    stepped_at: datetime

    def age_s(self, now: datetime) -> float:
        """Return how long ago it was held, in seconds."""
        return (now - self.created_at).total_seconds()

    def is_left(self, now: datetime) -> bool:
        """Say whether it is for others to find out what became of it: nobody knows, or nobody works on it any more."""
        return self.state is State.UNKNOWN or not may_work(self.owner, stepped_at=self.stepped_at, now=now)

    @property
    def can_be_polled(self) -> bool:
        """Whether what it brings can be asked for by the provider's id; else it comes with the answer or never."""
        return self.kind == IMAGE and self.provider == POLLED and self.provider_call_id is not None


@dataclass(frozen=True)
class Held:
    """The money is set aside, at a moment in UTC; this call, and only this one, may be made."""

    call_id: str
    intent: Intent
    created_at: datetime


@dataclass(frozen=True)
class Refused:
    """The money is not there; nothing was moved.

    Args:
        scope: The budget that is too small.
        limit_usd: Its limit.
        usable_usd: The limit less the safety margin.
        spent_usd: Already spent under it.
        held_usd: Set aside under it for calls that are not settled.
        needed_usd: The worst case of what was asked for.
        what: What was asked for.
    """

    scope: str
    limit_usd: Decimal
    usable_usd: Decimal
    spent_usd: Decimal
    held_usd: Decimal
    needed_usd: Decimal
    what: str = "this call"

    @property
    def passing_limit_usd(self) -> Decimal:
        """The smallest limit, in whole cents, under which this call would pass."""
        share = self.usable_usd / self.limit_usd
        return up_to_cent((self.spent_usd + self.held_usd + self.needed_usd) / share)

    @property
    def message(self) -> str:
        """What a person needs to know to decide."""
        scope = "day" if self.scope.startswith("day:") else self.scope
        margin = self.limit_usd - self.usable_usd
        passing = self.passing_limit_usd
        way_out = f"To let it pass: asset-pipeline budget set {scope} {passing}"
        if scope.startswith("approval:"):
            way_out = f"To go on: approve the collection anew, with an amount for what is left (this: {passing})"
        if passing >= MAX_LIMIT_USD:
            way_out = f"It would take a limit of {brief(passing)}, and {brief(MAX_LIMIT_USD)} is the most there can be"
        return (
            f"budget {scope!r}: limit {brief(self.limit_usd)}"
            f" ({brief(self.usable_usd)} usable, {brief(margin)} safety margin),"
            f" spent {brief(self.spent_usd)}, held {brief(self.held_usd)};"
            f" {self.what} needs up to {brief(self.needed_usd)}. {way_out}"
        )


@dataclass(frozen=True)
class Barred:
    """The money may be there, but a person does not allow the call, or not yet; nothing was moved.

    Args:
        reason: Why, and what would let it pass.
    """

    reason: str


@dataclass(frozen=True)
class Existing:
    """The same thing was bought, or is being bought, under this call; nothing was moved."""

    call: Call


class Step(StrEnum):
    """How taking a step ended."""

    TAKEN = "taken"
    OVERSHOT = "taken; it cost more than was held"
    NOT_PROVEN_FREE = "an unknown outcome is not free until somebody has looked"
    ALREADY_RESOLVED = "already resolved"
    NOT_ALLOWED = "not allowed from this state"
    ANOTHERS = "what the provider has under this id is another call's"
    NO_SUCH_CALL = "no such call"
