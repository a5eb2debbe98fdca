"""A desk that remembers what it was asked, and answers as it was told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from asset_pipeline.decisions import CollectionStanding, Decision, Outcome
from asset_pipeline.errors import SettingsError
from asset_pipeline.project import Project


@dataclass(frozen=True)
class Tag:
    """A price."""

    expected_usd: Decimal = Decimal("0.04")
    worst_usd: Decimal = Decimal("0.09")
    sentence: str = "Usually $0.04, at most $0.09."


def standing_of(collection: str, **changes: object) -> CollectionStanding:
    """Return how a collection in its sample stands."""
    values: dict[str, object] = {
        "collection": collection,
        "phase": "sample",
        "explanation": "The sample is made; the rest waits for an approval.",
        "sample": (f"{collection}.icons.lantern", f"{collection}.icons.compass"),
        "seen": 2,
        "bad": 1,
        "note": "1 of 2 was not good: of the rest, 10 to 90 % may not be either.",
        "basis_sha256": "b" * 64,
        "approval_id": None,
        "approved_usd": None,
        "approved_by": None,
        "approval_spent_usd": None,
        "rest": 10,
        "rest_expected_usd": Decimal("0.40"),
        "rest_worst_usd": Decimal("0.851"),
    } | changes
    return CollectionStanding(**values)  # type: ignore[arg-type]


@dataclass
class FakeDesk:
    """Takes what is not said to be stale.

    Args:
        stale: Keys of images about which nothing is taken.
        asked: What it was asked, in order.
    """

    stale: set[str] = field(default_factory=set)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    changes: dict[str, object] = field(default_factory=dict)

    @property
    def decided(self) -> list[Decision]:
        """The decisions, in the order in which they came."""
        return [one for what, *rest in self.asked if what == "decide" for one in rest[0]]  # type: ignore[attr-defined]

    def adopt(self, project: Project) -> None:
        """Take other settings."""
        self.asked.append(("adopt", project.settings))

    def decide(self, decisions: Sequence[Decision], *, reviewer: str) -> list[Outcome]:
        """Take decisions."""
        self.asked.append(("decide", list(decisions), reviewer))
        return [
            Outcome(one.decision_id, False, "somebody else has decided meanwhile; look again", one.image_key)
            if one.image_key in self.stale
            else Outcome(one.decision_id, True, f"{one.image_key}: {one.kind}", one.image_key)
            for one in decisions
        ]

    def undo(self, decision_ids: Sequence[str], *, reviewer: str) -> list[Outcome]:
        """Take decisions back."""
        self.asked.append(("undo", list(decision_ids), reviewer))
        return [Outcome(one, True, "taken back", None) for one in decision_ids]

    def price(self, decision: Decision) -> Tag:
        """Say what a decision costs."""
        self.asked.append(("price", decision))
        return Tag()

    def standing(self, collection: str) -> CollectionStanding:
        """Say where a collection stands."""
        return standing_of(collection, **self.changes)

    def approve(
        self, collection: str, amount_usd: Decimal, *, reviewer: str, seen: str | None, decision_id: str | None
    ) -> Outcome:
        """Approve a collection, unless something else was seen."""
        self.asked.append(("approve", collection, amount_usd, reviewer, seen))
        is_taken = seen == "b" * 64
        return Outcome("a1", is_taken, "approved" if is_taken else "what you saw is not there any more; look again")

    def pause(self, collection: str, *, reviewer: str) -> Outcome:
        """Pause."""
        return self._control("pause", collection, reviewer)

    def resume(self, collection: str, *, reviewer: str) -> Outcome:
        """Resume."""
        return self._control("resume", collection, reviewer)

    def stop(self, collection: str, *, reviewer: str) -> Outcome:
        """Stop."""
        return self._control("stop", collection, reviewer)

    def set_limit(self, scope: str, amount_usd: Decimal, *, reviewer: str) -> Outcome:
        """Set a limit that exists."""
        if scope == "nonsense":
            raise SettingsError("there is no budget 'nonsense'", fix="one of total, day")
        self.asked.append(("limit", scope, amount_usd, reviewer))
        return Outcome("l1", True, f"{scope} is {amount_usd}")

    def _control(self, what: str, collection: str, reviewer: str) -> Outcome:
        self.asked.append((what, collection, reviewer))
        return Outcome("c1", True, f"{collection}: {what}")
