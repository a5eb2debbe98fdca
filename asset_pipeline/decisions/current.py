"""A collection at the moment of a decision about it."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.decisions.phases import SampleSeen
from asset_pipeline.ledger.approvals import Approval
from asset_pipeline.rollout.basis import Basis
from asset_pipeline.specs import ImageRow
from asset_pipeline.specs.states import DONE, REJECTED
from asset_pipeline.specs.wanted import canonical_sha256


def id_of(approval: Approval | None) -> str | None:
    """Return the id of an approval, if it is one that counts."""
    return approval.approval_id if approval and approval.ended_at is None else None


@dataclass(frozen=True)
class Now:
    """A collection as it is now, with what an approval of it would be bound to."""

    rows: dict[str, ImageRow]
    sample: tuple[str, ...]
    seen: SampleSeen
    basis: Basis
    approval: Approval | None
    revision: int

    @property
    def shown_sha256(self) -> str:
        """Hash of what there is to be seen: what an approval is bound to, the sample's pictures, and the approval."""
        return canonical_sha256([self.basis.sha256, sorted(self.seen.pictures.items()), id_of(self.approval)])

    @property
    def counts(self) -> bool:
        """Whether its last approval counts."""
        return self.approval is not None and self.approval.ended_at is None

    @property
    def rest(self) -> list[ImageRow]:
        """The images that are still to be made once it is approved."""
        return [row for key, row in self.rows.items() if row.state not in (DONE, REJECTED) and key not in self.sample]
