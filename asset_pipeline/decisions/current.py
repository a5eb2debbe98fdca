"""A collection at the moment of a decision about it."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.decisions.phases import SampleSeen
from asset_pipeline.ledger.approvals import Approval
from asset_pipeline.rollout.basis import Basis
from asset_pipeline.specs import ImageRow
from asset_pipeline.specs.states import DONE, REJECTED
from asset_pipeline.specs.wanted import canonical_sha256


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
        """Hash of what there is to be seen: what an approval is bound to, and the pictures of the sample."""
        return canonical_sha256([self.basis.sha256, sorted(self.seen.pictures.items())])

    @property
    def counts(self) -> bool:
        """Whether its last approval counts."""
        return self.approval is not None and self.approval.ended_at is None

    @property
    def rest(self) -> list[ImageRow]:
        """The images that are still to be made once it is approved."""
        return [row for key, row in self.rows.items() if row.state not in (DONE, REJECTED) and key not in self.sample]
