"""Carries over from the ledger that is being replaced what must never be forgotten: money, and what limits it.

A restored ledger knows every call that either of the two knows, in its later state. Limits, pauses and stops are those
of the replaced one, and an approval that has ended stays ended: restoring frees nothing and allows nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from asset_pipeline.ledger.opening import connect, quoted

_CALLS = """
CREATE TEMP TABLE carried AS
SELECT n.* FROM replaced.store.calls n LEFT JOIN store.calls o USING (call_id)
WHERE o.call_id IS NULL OR (n.updated_at >= o.updated_at AND n IS DISTINCT FROM o);
DELETE FROM store.entries WHERE call_id IN (SELECT call_id FROM carried);
INSERT OR REPLACE INTO store.calls BY NAME SELECT * FROM carried;
INSERT INTO store.entries BY NAME
SELECT * EXCLUDE (entry_id) FROM replaced.store.entries SEMI JOIN carried USING (call_id) ORDER BY entry_id;
"""
_BALANCES = """
INSERT OR REPLACE INTO store.balances BY NAME
SELECT mode, scope, sum(spent_change_usd)::DECIMAL(18,9) AS spent_usd, sum(held_change_usd)::DECIMAL(18,9) AS held_usd
FROM store.entries JOIN (SELECT call_id, mode, unnest(scopes) AS scope FROM store.calls) USING (call_id)
GROUP BY mode, scope
"""
_APPROVALS = """
UPDATE store.approvals o SET
    ended_at = coalesce((SELECT ended_at FROM replaced.store.approvals n WHERE n.approval_id = o.approval_id), $1),
    ended_because = coalesce(
        (SELECT ended_because FROM replaced.store.approvals n WHERE n.approval_id = o.approval_id),
        'the ledger that knew it was restored over one that did not')
WHERE ended_at IS NULL AND approval_id NOT IN (
    SELECT approval_id FROM replaced.store.approvals WHERE ended_at IS NULL)
"""
# What is known of both, and where they differ as the replaced ledger has it.
_THEIRS = ("limits", "usage_marks", "controls")
# What is known of both, and where they differ as the backup has it: what was paid for must be found again.
_BOTH = ("alerts", "originals", "competitions", "candidates", "scores", "rosters", "prompts", "model_pages")


@dataclass(frozen=True)
class Carried:
    """What the replaced ledger knew beyond the backup.

    Args:
        calls: Calls that were made, or went on, after the backup.
        spent_usd: What they cost in all, by mode.
        held_usd: What is held for them, by mode.
    """

    calls: int
    spent_usd: dict[str, Decimal]
    held_usd: dict[str, Decimal]


def carry_over(staged: Path, replaced: Path, *, now: datetime) -> Carried:
    """Carry over, in one transaction; both files are of this program's version, and nobody else has them open."""
    with contextlib.closing(connect(staged)) as connection:
        connection.execute(f"ATTACH '{quoted(replaced)}' AS replaced (READ_ONLY)")
        connection.execute("BEGIN")
        connection.execute(_CALLS)
        connection.execute(_BALANCES)
        for name in _THEIRS:
            connection.execute(f"INSERT OR REPLACE INTO store.{name} BY NAME FROM replaced.store.{name}")
        for name in _BOTH:
            connection.execute(f"INSERT OR IGNORE INTO store.{name} BY NAME FROM replaced.store.{name}")
        connection.execute(_APPROVALS, [now])
        sums = connection.execute(
            "SELECT mode, count(*), coalesce(sum(cost_usd), 0)::DECIMAL(18,9), coalesce(sum(worst_usd)"
            " FILTER (state NOT IN ('settled', 'released')), 0)::DECIMAL(18,9) FROM carried GROUP BY mode ORDER BY mode"
        ).fetchall()
        connection.execute("COMMIT")
        connection.execute("DETACH replaced")
        connection.execute("CHECKPOINT")
    return Carried(
        calls=sum(row[1] for row in sums),
        spent_usd={row[0]: row[2] for row in sums},
        held_usd={row[0]: row[3] for row in sums},
    )
