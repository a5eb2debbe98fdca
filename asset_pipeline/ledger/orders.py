"""What the journal is asked to do: set money aside for a call, or take a call one state further."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger.calls import Intent, Outcome, State
from asset_pipeline.ledger.database import Connection
from asset_pipeline.redaction import redact


@dataclass(frozen=True)
class HoldOrder:
    """Ask for money for one call.

    Args:
        intent: The call.
        mode: `sandbox` or `live`.
        owner: Host and process that asks.
        gated: Whether only what people have allowed may be bought.
    """

    intent: Intent
    mode: str
    owner: str
    gated: bool


@dataclass(frozen=True)
class StepOrder:
    """Take a call one state further.

    Args:
        call_id: The call.
        state: Where it goes.
        owner: Host and process that takes it there.
        provider_call_id: The provider's id, when it becomes known.
        cost_usd: What it cost, when it is settled.
        outcome: What it brought, when it is settled.
        answer: The text that was bought, if it is text.
        answer_sha256: Hash of the raw answer.
        reason: Why, for people.
        proven: Somebody has looked, and the provider did nothing; without that an unknown call is not released.
    """

    call_id: str
    state: State
    owner: str
    provider_call_id: str | None = None
    cost_usd: Decimal | None = None
    outcome: Outcome | None = None
    answer: str | None = None
    answer_sha256: str | None = None
    reason: str | None = None
    proven: bool = False

    def __post_init__(self) -> None:
        """Keep secrets out: what is written into the journal is never altered."""
        if self.reason:
            object.__setattr__(self, "reason", redact(self.reason))


@dataclass(frozen=True)
class Booking:
    """Take a call to its end together with recording what it brought: never one without the other.

    Args:
        steps: To its end, in their order.
        brought: What lies on the disk now.
        record: Records that, of many calls at once, in the transaction that is open.
    """

    steps: tuple[StepOrder, ...]
    brought: Any
    record: Callable[[Connection, Sequence[Any]], object]
