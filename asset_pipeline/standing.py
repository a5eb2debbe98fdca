"""Where everything stands, in one look at the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from asset_pipeline.ledger import Alert, Connection, Database, Totals
from asset_pipeline.ledger.budgets import Budget
from asset_pipeline.project import Project
from asset_pipeline.rollout.waiting import read_waiting
from asset_pipeline.services import open_ledger
from asset_pipeline.specs import Catalog
from asset_pipeline.specs.states import REJECTED

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
        waiting: Finished images that need a person's word and have none; see `read_waiting`.
        approved: Images with an approval as their last decision.
        rejected: Images that a person has rejected.
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
    gated = project.settings.rollout.require_approval
    waiting = database.run(lambda connection: read_waiting(connection, mode=ledger.mode, gated=gated))
    by_state = Catalog(database).count_by_state()
    calls = database.run(lambda connection: _open_calls(connection, ledger.mode))
    return Standing(
        mode=ledger.mode,
        by_state=by_state,
        budgets=tuple(ledger.budgets()),
        alerts=tuple(ledger.alerts()),
        totals=ledger.totals(),
        open_calls=calls,
        waiting=sum(waiting.values()),
        approved=database.run(_approved),
        rejected=by_state[REJECTED],
    )


def _open_calls(connection: Connection, mode: str) -> tuple[OpenCall, ...]:
    rows = connection.execute(
        "SELECT call_id, image_key, provider, model, state, held_usd, provider_call_id FROM main.calls"
        " WHERE mode = $1 AND state NOT IN ('settled', 'released') ORDER BY created_at LIMIT $2",
        [mode, LISTED_CALLS],
    ).fetchall()
    return tuple(OpenCall(*row) for row in rows)


def _approved(connection: Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM (SELECT image_key, decision FROM store.reviews WHERE image_key IS NOT NULL"
        " AND undone_at IS NULL AND decision NOT IN ('favourite', 'unfavourite')"
        " QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY created_at DESC, review_id DESC) = 1)"
        " JOIN store.images USING (image_key) WHERE decision IN ('approve', 'choose') AND retired_at IS NULL"
    ).fetchone()
    return row[0] if row else 0
