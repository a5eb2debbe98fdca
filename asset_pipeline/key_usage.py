"""Finds out what lost answers cost: from what OpenRouter says the key has used, less what the ledger has booked.

An answer that is lost before its id came can be looked up nowhere. But the key's usage is exact once it has caught up
(it lags by minutes), so what it has used beyond the ledger's sum since a quiet moment is the cost of what is lost. That
holds while nobody else uses the key; where the rest does not fit the lost calls, somebody does, and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from asset_pipeline.ledger import Call, Connection, Ledger
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import ZERO, usd
from asset_pipeline.ledger.rows import upsert
from asset_pipeline.providers.openrouter import OpenRouterClient

PROVIDER = "openrouter"
_MARK = "store.usage_marks (mode, provider, usage_usd, settled_usd, taken_at)"


@dataclass(frozen=True)
class _Books:
    """What the ledger knows.

    Args:
        settled_usd: Booked so far.
        open_ids: Calls that are not resolved.
        quiet: Nothing has changed for as long as usage may lag.
        mark: Usage and booked sum at the last mark, if there is one.
    """

    settled_usd: Decimal
    open_ids: frozenset[str]
    quiet: bool
    mark: tuple[Decimal, Decimal] | None


class KeyUsage:
    """Compares the key's usage with the ledger.

    Args:
        ledger: What is booked.
        openrouter: Says what the key has used.
        lag_s: How long usage may take to catch up, in seconds.
    """

    def __init__(self, ledger: Ledger, openrouter: OpenRouterClient, *, lag_s: float) -> None:
        self._ledger = ledger
        self._openrouter = openrouter
        self._lag_s = lag_s

    async def mark(self) -> None:
        """Remember the key's usage, if this is a moment at which all of it is booked.

        Raises:
            GetError: OpenRouter could not be asked.
        """
        books = await self._books()
        if books.open_ids or not books.quiet:
            return
        used = await self._openrouter.key_usage()
        if used is not None:
            row = (self._ledger.mode, PROVIDER, str(used), str(books.settled_usd), utc_now())
            await self._ledger.database.arun(lambda connection: upsert(connection, _MARK, [row], key=2))

    async def costs(self, lost: Sequence[Call]) -> list[Decimal] | None:
        """Return what lost calls have cost, in their order; None while that cannot be said.

        Raises:
            GetError: OpenRouter could not be asked.
        """
        books = await self._books()
        if books.mark is None or not books.quiet or books.open_ids != {call.call_id for call in lost}:
            return None
        used = await self._openrouter.key_usage()
        if used is None:
            return None
        rest = usd(used - books.mark[0] - (books.settled_usd - books.mark[1]))
        if not 0 <= rest <= sum((call.worst_usd for call in lost), ZERO):
            return None
        costs = []
        for call in lost:
            costs.append(min(rest, call.worst_usd))
            rest -= costs[-1]
        return costs

    async def _books(self) -> _Books:
        mode, since = self._ledger.mode, utc_now() - timedelta(seconds=self._lag_s)

        def read(connection: Connection) -> _Books:
            settled, latest = connection.execute(
                "SELECT coalesce(sum(cost_usd), 0)::DECIMAL(18,9), max(updated_at) FROM store.calls"
                " WHERE mode = $1 AND provider = $2",
                [mode, PROVIDER],
            ).fetchall()[0]
            open_ids = connection.execute(
                "SELECT call_id FROM store.calls WHERE mode = $1 AND provider = $2"
                " AND state NOT IN ('settled', 'released')",
                [mode, PROVIDER],
            ).fetchall()
            mark = connection.execute(
                "SELECT usage_usd, settled_usd FROM store.usage_marks WHERE mode = $1 AND provider = $2",
                [mode, PROVIDER],
            ).fetchone()
            quiet = latest is None or latest <= since
            return _Books(settled, frozenset(row[0] for row in open_ids), quiet, (mark[0], mark[1]) if mark else None)

        return await self._ledger.database.arun(read)
