"""Where everything stands, in one look at the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from asset_pipeline.ledger import Alert, Connection, Database, Totals
from asset_pipeline.ledger.budgets import Budget
from asset_pipeline.project import Project
from asset_pipeline.services import open_ledger
from asset_pipeline.specs import Catalog

LISTED_CALLS = 50


@dataclass(frozen=True)
class OpenCall:
    """A paid call that is not resolved."""

    call_id: str
    image_key: str
    provider: str
    model: str
    state: str
    held_usd: Decimal
    provider_call_id: str | None


@dataclass(frozen=True)
class Standing:
    """Where images, money, calls and reviews stand.

    Args:
        mode: `sandbox` or `live`; money and calls are this mode's.
        by_state: Number of images by state.
        budgets: All limits, with what is spent and held under each.
        alerts: Shares of these limits that have been spent, as they were alerted of; oldest first.
        totals: Sums over all calls.
        open_calls: Calls that are not resolved, oldest first, the first fifty.
        waiting: Finished images that did not pass a check, and that nobody has decided about since.
        approved: Images with an approval as their last decision.
        rejected: Images with a rejection as their last decision.
    """

    mode: str
    by_state: Mapping[str, int]
    budgets: tuple[Budget, ...]
    alerts: tuple[Alert, ...]
    totals: Totals
    open_calls: tuple[OpenCall, ...]
    waiting: int
    approved: int
    rejected: int


def read_standing(project: Project, database: Database) -> Standing:
    """Return where everything stands."""
    ledger = open_ledger(project, database)
    reviews = database.run(_reviews)
    calls = database.run(lambda connection: _open_calls(connection, ledger.mode))
    return Standing(
        mode=ledger.mode,
        by_state=Catalog(database).count_by_state(),
        budgets=tuple(ledger.budgets()),
        alerts=tuple(ledger.alerts()),
        totals=ledger.totals(),
        open_calls=calls,
        waiting=database.run(_waiting),
        approved=reviews.get("approve", 0),
        rejected=reviews.get("reject", 0),
    )


def _open_calls(connection: Connection, mode: str) -> tuple[OpenCall, ...]:
    rows = connection.execute(
        "SELECT call_id, image_key, provider, model, state, held_usd, provider_call_id FROM main.calls"
        " WHERE mode = $1 AND state NOT IN ('settled', 'released') ORDER BY created_at LIMIT $2",
        [mode, LISTED_CALLS],
    ).fetchall()
    return tuple(OpenCall(*row) for row in rows)


def _waiting(connection: Connection) -> int:
    row = connection.execute(
        "SELECT count(DISTINCT c.image_key) FROM main.checks c JOIN main.images i USING (image_key)"
        " WHERE NOT c.passed AND c.policy <> 'warn' AND i.state = 'done' AND i.retired_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM main.reviews r WHERE r.image_key = c.image_key AND r.created_at > c.created_at"
        "  AND r.decision IN ('approve', 'reject'))"
    ).fetchone()
    return row[0] if row else 0


def _reviews(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        "SELECT decision, count(*) FROM (SELECT * FROM main.reviews WHERE image_key IS NOT NULL"
        " QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY created_at DESC) = 1) GROUP BY decision"
    ).fetchall()
    return dict(rows)
