"""What people allow to be bought, as the database says it at the moment of a hold: the gate that nothing gets around.

Whatever a run has been told before, no call is held that is not allowed in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from asset_pipeline.ledger.approvals import Approval, Control, Controlled, read_approvals, read_controls
from asset_pipeline.ledger.calls import Barred, Intent, Stage
from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.orders import HoldOrder


@dataclass
class _Allowed:
    """What has been read since the database was opened, or since something of it has changed.

    Args:
        controls: What is paused or stopped, by mode and collection.
        approvals: Those that count, by their ids.
        samples: Whether images are in a sample, by key.
    """

    controls: dict[str, dict[str, Controlled]] = field(default_factory=dict)
    approvals: dict[str, dict[str, Approval]] = field(default_factory=dict)
    samples: dict[str, bool] = field(default_factory=dict)


class Guard:
    """Says of each hold of a batch whether people allow it.

    Args:
        connection: In its transaction.
        holds: The holds of the batch.
    """

    def __init__(self, connection: Connection, holds: Sequence[HoldOrder]) -> None:
        self._allowed: _Allowed = connection.memory.setdefault(_Allowed, _Allowed())
        for mode in {order.mode for order in holds} - self._allowed.controls.keys():
            self._allowed.controls[mode] = read_controls(connection, mode=mode)
            counting = [one for one in read_approvals(connection, mode=mode) if one.ended_at is None]
            self._allowed.approvals[mode] = {one.approval_id: one for one in counting}
        missing = {order.intent.image_key for order in holds if order.gated} - self._allowed.samples.keys()
        if missing:
            rows = connection.execute(
                "SELECT image_key FROM store.images WHERE is_sample AND retired_at IS NULL"
                " AND image_key IN (SELECT unnest($1))",
                [sorted(missing)],
            ).fetchall()
            sampled = {key for (key,) in rows}
            self._allowed.samples |= {key: key in sampled for key in missing}

    def bars(self, order: HoldOrder) -> Barred | None:
        """Return why a call is not allowed; None where it is."""
        intent = order.intent
        controlled = self._allowed.controls[order.mode].get(intent.collection)
        if controlled and controlled.state is Control.STOPPED:
            return Barred(controlled.reason(intent.collection))
        return self._not_approved(intent, order.mode) if order.gated else None

    def _not_approved(self, intent: Intent, mode: str) -> Barred | None:
        is_sample = self._allowed.samples[intent.image_key]
        if intent.approval is None:
            if intent.stage is Stage.SAMPLE and is_sample:
                return None
            return Barred(f"{intent.image_key} is not in the sample of {intent.collection}, which nobody has approved")
        approval = self._allowed.approvals[mode].get(intent.approval)
        if approval is None or approval.collection != intent.collection:
            return Barred(f"the approval {intent.approval} of {intent.collection} does not count any more")
        if approval.canary_passed_at or is_sample or intent.image_key in approval.canary:
            return None
        return Barred(f"{intent.image_key} is not among the first that may be bought under {intent.approval}")
