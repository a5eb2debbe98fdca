"""A phase of a rollout in words, and what there is to be seen of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.approvals import Approval, Controlled
from asset_pipeline.ledger.money import brief
from asset_pipeline.rollout.phases import CANARY, OPEN, SAMPLE
from asset_pipeline.specs.states import DONE, REJECTED


@dataclass(frozen=True)
class SampleSeen:
    """What there is to be seen of a sample.

    Args:
        seen: How many of its images have a picture, or have been decided about.
        bad: How many of those are rejected, sent back, or did not pass a check.
        pictures: Hash of each finished file, by key.
    """

    seen: int
    bad: int
    pictures: Mapping[str, str]


def read_seen(connection: Connection, sample: Sequence[str], *, mode: str) -> SampleSeen:
    """Return what there is to be seen of a sample.

    Args:
        connection: In its transaction.
        sample: Keys of its images.
        mode: `sandbox` or `live`; pictures of the other one say nothing.
    """
    rows = connection.execute(
        "SELECT i.image_key, i.state, d.sha256, EXISTS (SELECT 1 FROM main.checks c WHERE c.image_key = i.image_key"
        "  AND NOT c.passed AND c.policy <> 'warn'), w.decision"
        " FROM store.images i LEFT JOIN (SELECT l.image_key, l.sha256 FROM store.deliveries l"
        "  LEFT JOIN store.originals o USING (content_key) LEFT JOIN store.calls c USING (call_id)"
        "  WHERE coalesce(c.mode, $2) = $2"
        "  QUALIFY row_number() OVER (PARTITION BY l.image_key ORDER BY l.delivery_id DESC) = 1) d USING (image_key)"
        " LEFT JOIN (SELECT image_key, decision FROM store.reviews WHERE undone_at IS NULL"
        "  AND coalesce(mode, $2) = $2 AND decision NOT IN ('favourite', 'unfavourite')"
        "  QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY created_at DESC) = 1) w USING (image_key)"
        " WHERE i.image_key IN (SELECT unnest($1::VARCHAR[]))",
        [list(sample), mode],
    ).fetchall()
    seen = [row for row in rows if row[2] or row[1] in (DONE, REJECTED)]
    # A person's approval outweighs what a check found.
    bad = [
        key
        for key, state, _, has_doubt, word in seen
        if state == REJECTED or (state == DONE and has_doubt and word not in ("approve", "choose")) or state != DONE
    ]
    return SampleSeen(len(seen), len(bad), {key: sha256 for key, _, sha256, _, _ in seen if sha256})


def explain(phase: str, *, collection: str, approval: Approval | None, controlled: Controlled | None) -> str:
    """Return a phase in a sentence for people.

    Args:
        phase: The phase.
        collection: Whose.
        approval: Its last approval, ended or not.
        controlled: Who has paused or stopped it, if anybody has.
    """
    if controlled:
        return controlled.reason(collection)
    if phase == OPEN:
        return "Everything is bought at once: rollout.require_approval is false."
    if approval is None or phase == SAMPLE:
        ended = f" The last approval has ended: {approval.ended_because}." if approval and approval.ended_at else ""
        return f"Only the sample is bought until somebody approves the rest.{ended}"
    given = f"Approved by {approval.reviewer} with {brief(approval.amount_usd)}."
    if phase == CANARY:
        return f"{given} A first few images are bought; the rest follows if they turn out well."
    return f"{given} The first images turned out well; the rest is bought."
