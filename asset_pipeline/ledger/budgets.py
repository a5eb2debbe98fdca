"""Limits by scope: from the settings, changed live by people, obeyed by every process at its next hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.money import show, usd
from asset_pipeline.ledger.rows import upsert
from asset_pipeline.settings import BudgetSettings

FIXED_SCOPES = ("total", "day", "sample", "production")
_NAMED_SCOPE = re.compile(r"(provider:(replicate|openrouter)|collection:[a-z0-9][a-z0-9-]*)")
_LIMIT_COLUMNS = "store.limits (mode, scope, limit_usd, safety_margin, configured_usd, source, set_at)"


@dataclass(frozen=True)
class Budget:
    """Where one budget stands.

    Args:
        scope: `total`, `day`, `sample`, `production`, `provider:<name>` or `collection:<name>`.
        limit_usd: The limit.
        usable_usd: The limit less the safety margin.
        spent_usd: Spent under it; for `day`, today.
        held_usd: Set aside under it.
    """

    scope: str
    limit_usd: Decimal
    usable_usd: Decimal
    spent_usd: Decimal
    held_usd: Decimal

    @property
    def free_usd(self) -> Decimal:
        """What a new call may cost at most."""
        return self.usable_usd - self.spent_usd - self.held_usd


def configured_limits(settings: BudgetSettings) -> dict[str, Decimal]:
    """Return the limits that the settings give, by scope."""
    limits = {
        "total": settings.total_usd,
        "day": settings.daily_usd,
        "sample": settings.sample_usd,
        "production": settings.production_usd,
    }
    limits |= {f"provider:{name}": limit for name, limit in settings.providers.items()}
    return limits | {f"collection:{name}": limit for name, limit in settings.collections.items()}


def check_scope(scope: str) -> str:
    """Return a scope that exists.

    Raises:
        SettingsError: It does not.
    """
    if scope in FIXED_SCOPES or _NAMED_SCOPE.fullmatch(scope):
        return scope
    raise SettingsError(
        f"there is no budget {scope!r}",
        fix=f"one of {', '.join(FIXED_SCOPES)}, provider:replicate, provider:openrouter, collection:NAME",
    )


def check_limit(amount: Decimal) -> Decimal:
    """Return a limit that is allowed: above 0 and below 100 USD.

    Raises:
        SettingsError: It is not.
    """
    if not (amount.is_finite() and 0 < usd(amount) < 100):
        raise SettingsError(f"{show(amount)} is no limit", fix="a limit is above 0 and below 100 USD")
    return amount


def adopt_settings(
    connection: Connection, *, mode: str, limits: Mapping[str, Decimal], margin: Decimal, now: datetime
) -> None:
    """Take over what the settings say where it has changed since they were last read; a live change stays otherwise."""
    connection.memory.clear()
    known = {
        scope: (limit, configured, source, set_at)
        for scope, limit, configured, source, set_at in connection.execute(
            "SELECT scope, limit_usd, configured_usd, source, set_at FROM store.limits WHERE mode = $1",
            [mode],
        ).fetchall()
    }
    rows = []
    for scope, configured in limits.items():
        old = known.get(scope)
        if old and old[1] == configured:
            rows.append((mode, scope, str(old[0]), str(margin), str(configured), old[2], old[3]))
        else:
            rows.append((mode, scope, str(configured), str(margin), str(configured), "settings", now))
    upsert(connection, _LIMIT_COLUMNS, rows, key=2)
    dropped = [scope for scope, old in known.items() if scope not in limits and old[2] == "settings"]
    connection.execute(
        "DELETE FROM store.limits WHERE mode = $1 AND scope IN (SELECT unnest($2::VARCHAR[]))",
        [mode, dropped],
    )


def set_limit(connection: Connection, *, mode: str, scope: str, limit: Decimal, margin: Decimal, now: datetime) -> None:
    """Change one limit; every process obeys it at its next hold."""
    connection.memory.clear()
    row = connection.execute(
        "SELECT configured_usd FROM store.limits WHERE mode = $1 AND scope = $2", [mode, scope]
    ).fetchone()
    configured = None if row is None or row[0] is None else str(row[0])
    upsert(
        connection,
        _LIMIT_COLUMNS,
        [(mode, scope, str(limit), str(margin), configured, "budget set", now)],
        key=2,
    )


def read_budgets(connection: Connection, *, mode: str, day: str) -> list[Budget]:
    """Return all budgets with a limit, the fixed ones first."""
    rows = connection.execute(
        "SELECT l.scope, l.limit_usd, l.safety_margin, b.spent_usd, b.held_usd FROM store.limits l"
        " LEFT JOIN store.balances b ON b.mode = l.mode"
        " AND b.scope = CASE WHEN l.scope = 'day' THEN 'day:' || $2 ELSE l.scope END WHERE l.mode = $1",
        [mode, day],
    ).fetchall()
    order = {scope: index for index, scope in enumerate(FIXED_SCOPES)}
    budgets = [
        Budget(scope, limit, limit * (1 - margin), spent or Decimal(0), held or Decimal(0))
        for scope, limit, margin, spent, held in rows
    ]
    return sorted(budgets, key=lambda budget: (order.get(budget.scope, len(order)), budget.scope))
