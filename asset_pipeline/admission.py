"""Lets images into the paid stages one by one, so that no prompt is paid for an image that the budget cannot buy.

Advice, not a guard: the ledger alone decides about each call. It looks at what this process has let in, and at what the
ledger says is spent and held.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal

from asset_pipeline.ledger import Ledger, Refused, Stage
from asset_pipeline.ledger.budgets import Budget
from asset_pipeline.ledger.money import ZERO

FRESH_S = 0.5


class Admission:
    """The gate before the paid stages of one run.

    Args:
        ledger: Says where the budgets stand.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._inside: dict[str, Decimal] = {}
        self._left = asyncio.Condition()
        self._budgets: list[Budget] = []
        self._read_at = float("-inf")

    @asynccontextmanager
    async def enter(
        self, key: str, worst_usd: Decimal, *, stage: Stage, collection: str
    ) -> AsyncIterator[Refused | None]:
        """Wait until all that an image may cost fits beside what is inside; give the refusal if it never will.

        Args:
            key: The image.
            worst_usd: The most it can cost, over all its calls.
            stage: Which budget pays.
            collection: Of the image.
        """
        refused = await self._wait(worst_usd, scopes={"total", "day", str(stage), f"collection:{collection}"})
        if refused:
            yield refused
            return
        self._inside[key] = worst_usd
        try:
            yield None
        finally:
            async with self._left:
                del self._inside[key]
                self._read_at = float("-inf")
                self._left.notify_all()

    async def _wait(self, worst_usd: Decimal, *, scopes: Iterable[str]) -> Refused | None:
        while worst_usd > 0:
            async with self._left:
                refused = self._refusal(await self._standing(), worst_usd, set(scopes))
                if refused is None or not self._inside:
                    return refused
                await self._left.wait()
        return None

    async def _standing(self) -> list[Budget]:
        now = asyncio.get_running_loop().time()
        if now - self._read_at > FRESH_S:
            self._budgets = await self._ledger.abudgets()
            self._read_at = now
        return self._budgets

    def _refusal(self, budgets: Iterable[Budget], worst_usd: Decimal, scopes: set[str]) -> Refused | None:
        promised = sum(self._inside.values(), ZERO)
        for budget in budgets:
            if budget.scope not in scopes:
                continue
            # What is held is part of what was promised, except for other processes' holds.
            taken = budget.spent_usd + max(budget.held_usd, promised)
            if taken + worst_usd > budget.usable_usd:
                return Refused(
                    budget.scope,
                    budget.limit_usd,
                    budget.usable_usd,
                    budget.spent_usd,
                    taken - budget.spent_usd,
                    worst_usd,
                    "the image with its prompt",
                )
        return None
