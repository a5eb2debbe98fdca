"""What the review page asks of whoever takes decisions; it decides nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from asset_pipeline.decisions import CollectionStanding, Decision, Outcome
from asset_pipeline.project import Project


class PriceTag(Protocol):
    """What a decision will cost."""

    @property
    def expected_usd(self) -> Decimal:
        """As usual."""
        ...

    @property
    def worst_usd(self) -> Decimal:
        """At most."""
        ...

    @property
    def sentence(self) -> str:
        """For people."""
        ...


class Desk(Protocol):
    """Takes decisions; every method blocks, so pages call it in a thread."""

    def adopt(self, project: Project) -> None:
        """Decide under other settings from now on."""
        ...

    def decide(self, decisions: Sequence[Decision], *, reviewer: str) -> list[Outcome]:
        """Take decisions about images; each counts once, however often it is sent."""
        ...

    def undo(self, decision_ids: Sequence[str], *, reviewer: str) -> list[Outcome]:
        """Take decisions back."""
        ...

    def price(self, decision: Decision) -> PriceTag:
        """Say what a decision will cost, before it is taken."""
        ...

    def standing(self, collection: str) -> CollectionStanding:
        """Say where the rollout of a collection stands."""
        ...

    def approve(
        self, collection: str, amount_usd: Decimal, *, reviewer: str, seen: str | None, decision_id: str | None
    ) -> Outcome:
        """Allow a collection to be produced, for what was seen; sent twice, it counts once."""
        ...

    def pause(self, collection: str, *, reviewer: str) -> Outcome:
        """Begin no further image."""
        ...

    def resume(self, collection: str, *, reviewer: str) -> Outcome:
        """Go on."""
        ...

    def stop(self, collection: str, *, reviewer: str) -> Outcome:
        """Make no further call."""
        ...

    def set_limit(self, scope: str, amount_usd: Decimal, *, reviewer: str) -> Outcome:
        """Change a budget's limit."""
        ...
