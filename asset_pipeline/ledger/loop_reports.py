"""What was measured of event loops, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from asset_pipeline.ledger.database import Connection


@dataclass(frozen=True)
class LoopReport:
    """How late the timers of one run's event loop were.

    Args:
        run_id: The run.
        mode: `sandbox` or `live`.
        started_at: When measuring began, UTC.
        ended_at: When it ended, UTC.
        samples: How many timers were measured.
        p99_ms: 99 % of them were at most so late.
        max_ms: The latest.
        stalls: How many were more than 50 ms late.
        max_cpu_ms: The longest that the loop's own thread computed between two of them.
        cpu_stalls: How often that was more than 50 ms.
    """

    run_id: str | None
    mode: str
    started_at: datetime
    ended_at: datetime
    samples: int
    p99_ms: float
    max_ms: float
    stalls: int
    max_cpu_ms: float
    cpu_stalls: int


def save_loop_reports(connection: Connection, reports: Sequence[LoopReport]) -> list[None]:
    """Write reports."""
    for report in reports:
        connection.execute(
            "INSERT INTO store.loop_reports VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", astuple(report)
        )
    return [None for _ in reports]
