"""The canary: the first images after an approval, which the rest waits for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asset_pipeline.ledger import Connection
from asset_pipeline.specs.states import DONE, FAILED, LOST, REJECTED


class Verdict(StrEnum):
    """What came of a canary."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"  # some are still to come


@dataclass(frozen=True)
class Judged:
    """A canary as it stands.

    Args:
        verdict: What came of it.
        text: How its images stand, for people.
    """

    verdict: Verdict
    text: str


def judge_canary(connection: Connection, canary: Sequence[str], *, since: datetime, pass_share: float) -> Judged:
    """Return what came of a canary; an image that is retired counts no more.

    An image is good if it was finished since and passed every check that is more than a warning, and bad if it failed,
    was rejected, or did not pass one.

    Args:
        connection: In its transaction.
        canary: Keys of its images.
        since: When it was approved, in UTC; what was made before says nothing.
        pass_share: Share that must be good.
    """
    rows = connection.execute(
        "SELECT i.image_key, CASE WHEN i.state = 'done' AND NOT EXISTS (SELECT 1 FROM store.deliveries d"
        "  WHERE d.image_key = i.image_key AND d.created_at >= $2) THEN 'missing' ELSE i.state END, i.reason,"
        " (SELECT string_agg(c.text, ' ') FROM main.checks c"
        "  WHERE c.image_key = i.image_key AND NOT c.passed AND c.policy <> 'warn')"
        " FROM store.images i WHERE i.retired_at IS NULL AND i.image_key IN (SELECT unnest($1::VARCHAR[]))"
        " ORDER BY i.position",
        [list(canary), since],
    ).fetchall()
    good = [key for key, state, _, doubt in rows if state == DONE and not doubt]
    bad = [
        f"{key}: {doubt if state == DONE else reason or state}"
        for key, state, reason, doubt in rows
        if (state == DONE and doubt) or state in (FAILED, LOST, REJECTED)
    ]
    needed = math.ceil(len(rows) * pass_share - 1e-9)
    said = f"{len(good)} of the first {len(rows)} turned out well, and {needed} have to"
    if len(good) >= needed:
        return Judged(Verdict.PASSED, said)
    if len(bad) > len(rows) - needed:
        return Judged(Verdict.FAILED, f"{said}: {'; '.join(bad)}")
    return Judged(Verdict.OPEN, f"{said}; {len(rows) - len(good) - len(bad)} are still to come")
