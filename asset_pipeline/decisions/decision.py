"""The words of a review: what a person can decide, and how a decision is answered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What can be decided about one image."""

    APPROVE = "approve"
    REJECT = "reject"  # it is not delivered any more
    REGENERATE = "regenerate"  # sent back: made anew, with the note in the next competition
    EDIT = "edit"  # made anew from a prompt of the person's own
    PICK = "pick"  # made anew from another candidate of its competition
    CHOOSE = "choose"  # approved, and its other variants are rejected
    FAVOURITE = "favourite"
    UNFAVOURITE = "unfavourite"


@dataclass(frozen=True)
class Decision:
    """What a person decides about an image.

    Args:
        decision_id: Made by whoever sends it; sent twice, it counts once.
        image_key: The image.
        kind: What is decided.
        note: Why; part of the next competition where it is sent back.
        prompt: For `edit`: the person's own prompt.
        negative_prompt: For `edit`: what must not be seen.
        candidate: For `pick`: position of the candidate in the competition of the image's last prompt.
        seen_sha256: Hash of the finished file that was looked at; None where there was none.
        after: Id of the last decision about the image that the person knew of; None for none.
        is_blind: Whether it counts whatever was there, as a script's does that has looked at nothing.
    """

    decision_id: str
    image_key: str
    kind: Kind
    note: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    candidate: int | None = None
    seen_sha256: str | None = None
    after: str | None = None
    is_blind: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a decision was answered.

    Args:
        decision_id: Which.
        is_taken: Whether it counts.
        message: For people: what it does, or why it does not count.
        image_key: The image, where it is about one.
    """

    decision_id: str
    is_taken: bool
    message: str
    image_key: str | None = None


@dataclass(frozen=True)
class CollectionStanding:
    """Where the rollout of a collection stands, for whoever decides about it.

    Args:
        collection: Its name.
        phase: `sample`, `canary`, `production`, `paused`, `stopped`, or `open` where the gate is off.
        explanation: The phase in a sentence for people: what is bought now, what waits for what, why an approval ended.
        sample: Keys of the sample, in the spec's order.
        seen: How many images of the sample are there to be looked at, or have been decided about.
        bad: How many of those are rejected, sent back, or did not pass a check.
        note: What these say of the rest, in a sentence; empty where nothing can be said.
        basis_sha256: What an approval would be bound to now.
        approval_id: The approval that counts, if one does.
        approved_usd: What it allows.
        approved_by: Who gave it.
        approval_spent_usd: What has been spent and held under it.
        rest: How many images are still to be made after an approval.
        rest_expected_usd: What they will cost, as usual.
        rest_worst_usd: The most that they can cost.
    """

    collection: str
    phase: str
    explanation: str
    sample: tuple[str, ...]
    seen: int
    bad: int
    note: str
    basis_sha256: str
    approval_id: str | None
    approved_usd: Decimal | None
    approved_by: str | None
    approval_spent_usd: Decimal | None
    rest: int
    rest_expected_usd: Decimal
    rest_worst_usd: Decimal
