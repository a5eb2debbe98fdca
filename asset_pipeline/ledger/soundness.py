"""Whether a ledger agrees with itself: every sum is kept in three places, and every row about another finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asset_pipeline.ledger.calls import OPEN, PAID_AND_LOST
from asset_pipeline.ledger.migrations import Executes

_OPEN = ", ".join(f"'{state}'" for state in sorted(OPEN))
_LOST = ", ".join(f"'{outcome}'" for outcome in sorted(PAID_AND_LOST))
_SHOWN = 5
_MONEY_FIX = (
    "stop all runs, and look at the view `ledger`; `asset-pipeline restore FILE` with the last sound backup keeps what"
    " was spent since"
)
_ROW_FIX = "`asset-pipeline restore FILE` with the last sound backup keeps what was spent since"


@dataclass(frozen=True)
class Disagreement:
    """Rows that do not agree.

    Args:
        what: What is wrong, in a sentence, with the first few rows.
        fix: What to do.
    """

    what: str
    fix: str


# Each gives one text per row that is wrong; OPEN and LOST stand for the states and outcomes of these names.
_QUERIES = (
    (
        "budgets that are not the sum of their calls",
        """SELECT format('{} {}: spent {} and held {}, its calls {} and {}', mode, scope,
            coalesce(b.spent_usd, 0), coalesce(b.held_usd, 0), coalesce(c.spent_usd, 0), coalesce(c.held_usd, 0))
        FROM store.balances b FULL JOIN (
            SELECT mode, scope, sum(coalesce(cost_usd, 0)) AS spent_usd,
                coalesce(sum(worst_usd) FILTER (state IN (OPEN)), 0) AS held_usd
            FROM (SELECT *, unnest(scopes) AS scope FROM store.calls) GROUP BY ALL
        ) c USING (mode, scope)
        WHERE coalesce(b.spent_usd, 0) != coalesce(c.spent_usd, 0)
            OR coalesce(b.held_usd, 0) != coalesce(c.held_usd, 0)""",
        _MONEY_FIX,
    ),
    (
        "calls that are not the sum of their steps",
        """SELECT call_id FROM store.calls c LEFT JOIN (
            SELECT call_id, sum(spent_change_usd) AS spent_usd, sum(held_change_usd) AS held_usd,
                arg_max(state, entry_id) AS state
            FROM store.entries GROUP BY call_id
        ) e USING (call_id)
        WHERE e.spent_usd IS DISTINCT FROM coalesce(c.cost_usd, 0) OR e.state IS DISTINCT FROM c.state
            OR e.held_usd IS DISTINCT FROM CASE WHEN c.state IN (OPEN) THEN c.worst_usd ELSE 0 END""",
        _MONEY_FIX,
    ),
    (
        "steps of calls that are not there",
        "SELECT DISTINCT call_id FROM store.entries ANTI JOIN store.calls USING (call_id)",
        _MONEY_FIX,
    ),
    (
        "things that were paid for twice",
        """SELECT content_key FROM store.calls
        WHERE state IN (OPEN) OR outcome = 'succeeded' OR (kind = 'image' AND outcome IN (LOST))
        GROUP BY mode, content_key HAVING count(*) > 1""",
        "asset-pipeline status KEY lists the calls; please report it",
    ),
    (
        "originals whose call is not there",
        "SELECT content_key FROM store.originals ANTI JOIN store.calls USING (call_id)",
        _ROW_FIX,
    ),
    (
        "delivered images whose original is not there",
        "SELECT DISTINCT image_key FROM store.deliveries ANTI JOIN store.originals USING (content_key)",
        _ROW_FIX,
    ),
    (
        "images that count as done and were never delivered",
        "SELECT image_key FROM store.images i ANTI JOIN store.deliveries USING (image_key) WHERE i.state = 'done'",
        "asset-pipeline run makes them again, at no cost while their originals are kept",
    ),
    (
        "images of collections that are not there",
        "SELECT image_key FROM store.images ANTI JOIN store.collections USING (collection)",
        "asset-pipeline sync",
    ),
    (
        "collections with two approvals that have not ended",
        """SELECT mode || ' ' || collection FROM store.approvals WHERE ended_at IS NULL
        GROUP BY mode, collection HAVING count(*) > 1""",
        "asset-pipeline stop COLLECTION; then look at the view `approvals`",
    ),
)


def disagreements(connection: Executes) -> Iterator[Disagreement]:
    """Yield what does not agree in a ledger of this program's version."""
    for what, query, fix in _QUERIES:
        statement = query.replace("(OPEN)", f"({_OPEN})").replace("(LOST)", f"({_LOST})")
        rows = [str(row[0]) for row in connection.execute(f"{statement} ORDER BY 1").fetchall()]
        if rows:
            more = f", and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
            yield Disagreement(f"{len(rows)} {what}: {'; '.join(rows[:_SHOWN])}{more}", fix)
