"""Alerts: says once, over all processes and runs, that a share of a limit is spent. Moves no money, stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from asset_pipeline.ledger.budgets import read_budgets
from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.money import brief
from asset_pipeline.ledger.rows import insert


@dataclass(frozen=True)
class Alert:
    """A share of a limit that has been spent.

    Args:
        scope: The budget, as people name it.
        share: The share of its limit, between 0 and 1.
        limit_usd: The limit, as it was then.
        spent_usd: What was spent under it then.
        fired_at: When it was noticed, in UTC.
    """

    scope: str
    share: Decimal
    limit_usd: Decimal
    spent_usd: Decimal
    fired_at: datetime

    @property
    def message(self) -> str:
        """What a person reads."""
        percent = f"{(self.share * 100).normalize():f}"
        return (
            f"budget {self.scope!r}: {percent} % of its limit is spent,"
            f" {brief(self.spent_usd)} of {brief(self.limit_usd)}"
        )


def claim_alerts(connection: Connection, shares: Sequence[Decimal], *, mode: str, now: datetime) -> list[Alert]:
    """Return the alerts that fire now; whoever gets one has to deliver it, as nobody gets it again.

    Args:
        connection: In its transaction.
        shares: Of a limit, each between 0 and 1.
        mode: `sandbox` or `live`.
        now: The time, in UTC; the budget of the day is that day's.
    """
    day = _day(now)
    fired = set(connection.execute("SELECT scope, share FROM store.alerts WHERE mode = $1", [mode]).fetchall())
    new = [
        Alert(budget.scope, share, budget.limit_usd, budget.spent_usd, now)
        for budget in read_budgets(connection, mode=mode, day=day)
        for share in sorted(set(shares))
        if budget.spent_usd >= share * budget.limit_usd and (_stored(budget.scope, day), share) not in fired
    ]
    rows = [(mode, _stored(one.scope, day), str(one.share), str(one.limit_usd), str(one.spent_usd), now) for one in new]
    insert(connection, "store.alerts", rows)
    return new


def rearm_alerts(connection: Connection, *, mode: str, now: datetime) -> None:
    """Forget alerts whose share is no longer spent; called whenever limits change, as nothing else can undo one."""
    connection.execute(
        "DELETE FROM store.alerts a USING store.limits l, store.balances b WHERE a.mode = $1"
        " AND l.mode = a.mode AND a.scope = CASE WHEN l.scope = 'day' THEN 'day:' || $2 ELSE l.scope END"
        " AND b.mode = a.mode AND b.scope = a.scope AND b.spent_usd < a.share * l.limit_usd",
        [mode, _day(now)],
    )


def read_alerts(connection: Connection, *, mode: str, now: datetime) -> list[Alert]:
    """Return the alerts that have fired under the limits there are now, oldest first; of the days, only today's."""
    rows = connection.execute(
        "SELECT l.scope, a.share, a.limit_usd, a.spent_usd, a.fired_at FROM store.alerts a JOIN store.limits l"
        " ON l.mode = a.mode AND a.scope = CASE WHEN l.scope = 'day' THEN 'day:' || $2 ELSE l.scope END"
        " WHERE a.mode = $1 ORDER BY a.fired_at, l.scope, a.share",
        [mode, _day(now)],
    ).fetchall()
    return [Alert(*row) for row in rows]


def _day(now: datetime) -> str:
    return now.strftime("%Y-%m-%d")


def _stored(scope: str, day: str) -> str:
    return f"day:{day}" if scope == "day" else scope
