"""Where a collection is on its way from its sample to the last image."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.ledger import Connection

SAMPLE, CANARY, PRODUCTION, OPEN = "sample", "canary", "production", "open"


@dataclass(frozen=True)
class Decided:
    """What a person has decided about a collection.

    Args:
        is_approved: Whether an approval counts now.
        canary_passed: Whether the first images under it were good.
        control: `paused` or `stopped`, where somebody said so.
    """

    is_approved: bool = False
    canary_passed: bool = False
    control: str | None = None

    def phase(self, *, is_gated: bool) -> str:
        """Return the phase: `sample`, `canary`, `production`, `paused`, `stopped`, or `open` where nothing is gated.

        Args:
            is_gated: Whether collections have to be approved.
        """
        if self.control:
            return self.control
        if not is_gated:
            return OPEN
        if self.is_approved:
            return PRODUCTION if self.canary_passed else CANARY
        return SAMPLE


def read_decided(connection: Connection, *, mode: str) -> dict[str, Decided]:
    """Return what people have decided about each collection."""
    rows = connection.execute(
        "SELECT c.collection, a.approval_id IS NOT NULL, a.canary_passed_at IS NOT NULL, k.state"
        " FROM store.collections c LEFT JOIN store.approvals a"
        "   ON a.collection = c.collection AND a.mode = $1 AND a.ended_at IS NULL"
        " LEFT JOIN store.controls k ON k.collection = c.collection AND k.mode = $1",
        [mode],
    ).fetchall()
    return {name: Decided(*facts) for name, *facts in rows}
