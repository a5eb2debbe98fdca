"""Lets images into the paid stages one by one, so that no prompt is paid for an image that the budget cannot buy.

Advice, not a guard: the ledger alone decides about each call. It looks at what this process has let in, and at what the
ledger says is spent and held.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from asset_pipeline.ledger import Ledger, Refused
from asset_pipeline.ledger.budgets import Budget
from asset_pipeline.ledger.door import nothing
from asset_pipeline.ledger.money import ZERO

FRESH_S = 0.5


@dataclass(frozen=True)
class Offer:
    """What one way to make an image may cost.

    Args:
        needs: The most of it, by the budget that pays, over all calls.
        what: The image made this way, for people.
    """

    needs: Mapping[str, Decimal]
    what: str


@dataclass(frozen=True)
class Entered:
    """An image is in.

    Args:
        taken: Number of the offer that fits.
        refused: What stood in the way of the first offer, where it is another one.
    """

    taken: int
    refused: Refused | None = None


class Admission:
    """The gate before the paid stages of one run.

    Args:
        ledger: Says where the budgets stand.
        before_look: Waited for before the budgets are looked at: what has changed of the limits is taken over.
    """

    def __init__(self, ledger: Ledger, *, before_look: Callable[[], Awaitable[None]] = nothing) -> None:
        self._ledger = ledger
        self._before_look = before_look
        self._inside = 0
        self._promised: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        self._left = asyncio.Condition()
        self._budgets: list[Budget] = []
        self._read_at = float("-inf")

    @asynccontextmanager
    async def enter(self, offers: Sequence[Offer]) -> AsyncIterator[Entered | Refused]:
        """Wait until all that an image may cost fits beside what is inside; give the refusal if it never will.

        Args:
            offers: The ways to make the image, the best first; the next one is taken where no waiting would make one
                fit. There is at least one.
        """
        entered = await self._choose(offers)
        if isinstance(entered, Refused):
            yield entered
            return
        needs = offers[entered.taken].needs
        self._promise(needs, 1)
        try:
            yield entered
        finally:
            async with self._left:
                self._promise(needs, -1)
                self._read_at = float("-inf")
                self._left.notify_all()

    def look_again(self) -> None:
        """Ask the ledger next time, as limits have changed; whoever waits looks as soon as somebody leaves."""
        self._read_at = float("-inf")

    def _promise(self, needs: Mapping[str, Decimal], sign: int) -> None:
        self._inside += sign
        for scope, usd in needs.items():
            self._promised[scope] += sign * usd

    async def _choose(self, offers: Sequence[Offer]) -> Entered | Refused:
        if not any(offers[0].needs.values()):
            return Entered(0)
        while True:
            await self._before_look()
            async with self._left:
                budgets = await self._standing()
                refusals: list[Refused] = []
                for number, offer in enumerate(offers):
                    refused = self._refusal(budgets, offer)
                    if refused is None:
                        return Entered(number, refusals[0] if refusals else None)
                    refusals.append(refused)
                    if self._inside and not _is_final(refused):
                        break  # it may fit yet, when those inside have cost less than they might
                if not self._inside:
                    return refusals[-1]
                await self._left.wait()

    async def _standing(self) -> list[Budget]:
        now = asyncio.get_running_loop().time()
        if now - self._read_at > FRESH_S:
            self._budgets = await self._ledger.abudgets()
            self._read_at = now
        return self._budgets

    def _refusal(self, budgets: Iterable[Budget], offer: Offer) -> Refused | None:
        """Return what stands in the way of an offer, first of all what will not go away by waiting."""
        refusals = []
        for budget in budgets:
            needed = offer.needs.get(budget.scope, ZERO)
            # What is held is part of what was promised, except for other processes' holds.
            taken = budget.spent_usd + max(budget.held_usd, self._promised[budget.scope])
            if needed and taken + needed > budget.usable_usd:
                held = taken - budget.spent_usd
                refusals.append(
                    Refused(
                        budget.scope, budget.limit_usd, budget.usable_usd, budget.spent_usd, held, needed, offer.what
                    )
                )
        return next((refused for refused in refusals if _is_final(refused)), refusals[0] if refusals else None)


def _is_final(refused: Refused) -> bool:
    """Say whether even what is spent for good leaves too little."""
    return refused.spent_usd + refused.needed_usd > refused.usable_usd
