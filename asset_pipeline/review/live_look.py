"""What a page hears of runs in other processes: progress, money, lines of the ledger, and images that have changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from asset_pipeline.ledger.budgets import Budget


@dataclass(frozen=True)
class Cursor:
    """How far somebody has seen.

    Args:
        entry_id: Number of the last entry of the ledger.
        changed_at: Time of the last change of an image, UTC.
    """

    entry_id: int
    changed_at: datetime

    def __str__(self) -> str:
        return f"{self.entry_id}@{self.changed_at.isoformat()}"

    def is_before(self, other: Cursor) -> bool:
        """Say whether another one has seen more."""
        return self.entry_id < other.entry_id or self.changed_at < other.changed_at

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return what `str` gave of a cursor, or None for anything else."""
        number, _, moment = text.partition("@")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        try:
            changed_at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return None if changed_at.tzinfo else cls(int(number), changed_at)


@dataclass(frozen=True)
class Progress:
    """Where one collection stands.

    Args:
        collection: Its name.
        by_state: Number of its images by state, without retired ones.
        in_flight: Its paid calls that are not resolved.
        waiting: Its finished images that a person has to look at.
        phase: Where it is on its way, as `rollout.phases` says.
        spent_usd: What it has cost.
        held_usd: What is set aside for it.
    """

    collection: str
    by_state: dict[str, int]
    in_flight: int
    waiting: int
    phase: str
    spent_usd: Decimal
    held_usd: Decimal

    @property
    def total(self) -> int:
        """How many images it wants."""
        return sum(self.by_state.values())


@dataclass(frozen=True)
class Entry:
    """A line of the ledger, with its sentence for people."""

    entry_id: int
    created_at: datetime
    collection: str
    image_key: str
    kind: str
    model: str
    state: str
    cost_usd: Decimal
    reason: str | None
    text: str


@dataclass(frozen=True)
class Change:
    """An image that has changed."""

    image_key: str
    collection: str
    state: str
    reason: str | None
    sha256: str | None
    changed_at: datetime


@dataclass(frozen=True)
class Look:
    """What one look at the database has found.

    Args:
        cursor: How far it has seen.
        progress: All collections with images, by name.
        budgets: All limits with what is spent and held under each.
        unknown: What is held for calls whose outcome nobody knows, by scope.
        entries: New lines of the ledger, oldest first.
        changes: Images that have changed, oldest change first.
        more: Whether more has changed than is told.
    """

    cursor: Cursor
    progress: tuple[Progress, ...] = ()
    budgets: tuple[Budget, ...] = ()
    unknown: dict[str, Decimal] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    changes: tuple[Change, ...] = ()
    more: bool = False

    def after(self, cursor: Cursor | None, *, collection: str | None) -> Look:
        """Return it without what somebody has seen, and without other collections where they want one."""

        def is_wanted(one: Progress | Entry | Change) -> bool:
            return collection is None or one.collection == collection

        return replace(
            self,
            progress=tuple(one for one in self.progress if is_wanted(one)),
            entries=tuple(
                one for one in self.entries if is_wanted(one) and (cursor is None or one.entry_id > cursor.entry_id)
            ),
            changes=tuple(
                one for one in self.changes if is_wanted(one) and (cursor is None or one.changed_at > cursor.changed_at)
            ),
        )
