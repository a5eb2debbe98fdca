"""Says what a step of a paid call means, in words for people."""

from __future__ import annotations

from decimal import Decimal

from asset_pipeline.ledger import State
from asset_pipeline.ledger.money import brief

_DOES = {
    "writer": "writes a prompt",
    "judge": "judges the prompts",
    "image": "makes the image",
    "vision": "looks at the image",
}
_OUTCOMES = {
    "unusable": "the answer is of no use",
    "lost": "the image was paid for and cannot be had",
    "failed": "failed",
    "canceled": "cancelled",
    "assumed": "nobody knows what it cost, so its worst case is booked",
    "accepted_paid": "said by a person to have been charged",
    "accepted_free": "said by a person to have been free",
}


def in_words(
    *, kind: str, model: str, state: str, outcome: str | None, held_usd: Decimal, cost_usd: Decimal, reason: str | None
) -> str:
    """Return one sentence about a step of a call.

    Args:
        kind: `writer`, `judge`, `image` or `vision`.
        model: Who was asked.
        state: What the call has become.
        outcome: How it ended, where it has.
        held_usd: By how much its hold has changed.
        cost_usd: What was booked.
        reason: What the ledger notes about the step.
    """
    text = f"{model} {_DOES.get(kind, kind)}: {_step(state, outcome, held_usd, cost_usd)}"
    return f"{text} ({reason})" if reason else text


def _step(state: str, outcome: str | None, held_usd: Decimal, cost_usd: Decimal) -> str:
    match state:
        case State.HELD:
            return f"up to {brief(held_usd)} set aside"
        case State.SUBMITTED:
            return "asked"
        case State.FINISHED:
            return "the provider is done"
        case State.STORED:
            return "on the disk"
        case State.UNKNOWN:
            return "no answer, so its money stays set aside"
        case State.RELEASED:
            return f"not made, {brief(-held_usd)} free again"
    ended = _OUTCOMES.get(outcome or "", "done")
    return f"{ended}, cost {brief(cost_usd)}"
