"""The ledger as a service: asks for money, takes calls from state to state, and says where the budgets stand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TypeVar, cast

from asset_pipeline.errors import CallError
from asset_pipeline.ledger.alerts import Alert, claim_alerts, read_alerts, rearm_alerts
from asset_pipeline.ledger.approvals import end_where_caps_changed
from asset_pipeline.ledger.budgets import (
    Budget,
    adopt_settings,
    check_limit,
    check_scope,
    read_budgets,
    set_limit,
)
from asset_pipeline.ledger.budgets import configured_limits as limits_of
from asset_pipeline.ledger.call_rows import CALL_COLUMNS, call_of
from asset_pipeline.ledger.calls import OPEN, Barred, Call, Existing, Held, Intent, Outcome, Refused, State, Step
from asset_pipeline.ledger.database import Connection, Database, utc_now
from asset_pipeline.ledger.handover import awaited
from asset_pipeline.ledger.journal import apply_orders
from asset_pipeline.ledger.orders import Booking, HoldOrder, StepOrder
from asset_pipeline.ledger.telemetry import Telemetry
from asset_pipeline.processes import this_process
from asset_pipeline.settings import BudgetSettings

Brought = TypeVar("Brought")


@dataclass(frozen=True)
class Totals:
    """Money of one mode, over everything.

    Args:
        spent_usd: Settled.
        held_usd: Set aside for open calls, those with an unknown outcome included.
        unknown_usd: Set aside for calls whose outcome nobody knows.
        open_calls: How many calls are open.
        unknown_calls: How many of them have an unknown outcome.
    """

    spent_usd: Decimal
    held_usd: Decimal
    unknown_usd: Decimal
    open_calls: int
    unknown_calls: int


class Ledger:
    """The journal of paid calls and the budgets they are held against.

    Args:
        database: The shared database.
        mode: `sandbox` or `live`; each has its own money.
        gated: Whether only samples and what has been approved may be bought.
    """

    def __init__(self, database: Database, *, mode: str, gated: bool = True) -> None:
        self.database = database
        self.mode = mode
        self.gated = gated
        self.owner = this_process()
        self.telemetry = Telemetry(database, mode=mode)

    def adopt_settings(self, budget: BudgetSettings) -> None:
        """Take over the limits of the settings where they have changed."""
        self._change_limits(
            lambda connection: adopt_settings(
                connection,
                mode=self.mode,
                limits=limits_of(budget),
                margin=budget.safety_margin,
                now=utc_now(),
            )
        )

    def set_limit(
        self,
        scope: str,
        amount: Decimal,
        *,
        margin: Decimal,
        also: Callable[[Connection], None] = lambda _connection: None,
    ) -> None:
        """Change one limit, for all processes.

        Args:
            scope: Which.
            amount: The new limit, in USD.
            margin: Share of it that is never used.
            also: Done in the same transaction.

        Raises:
            SettingsError: The scope or the amount is not allowed.
        """
        check_scope(scope)
        check_limit(amount)

        def change(connection: Connection) -> None:
            set_limit(connection, mode=self.mode, scope=scope, limit=amount, margin=margin, now=utc_now())
            also(connection)

        self._change_limits(change)

    def _change_limits(self, change: Callable[[Connection], None]) -> None:
        """Change limits; approvals given under others end, and what is not crossed any more may be alerted of again."""

        def apply(connection: Connection) -> None:
            change(connection)
            end_where_caps_changed(connection, mode=self.mode, now=utc_now())
            rearm_alerts(connection, mode=self.mode, now=utc_now())

        self.database.run(apply)

    async def claim_alerts(self, shares: Sequence[Decimal]) -> list[Alert]:
        """Return what has newly been crossed of these shares of all limits; nobody else gets it."""
        return await self.database.arun(
            lambda connection: claim_alerts(connection, shares, mode=self.mode, now=utc_now())
        )

    def alerts(self) -> list[Alert]:
        """Return the alerts that have fired under the limits there are now, oldest first."""
        return self.database.run(lambda connection: read_alerts(connection, mode=self.mode, now=utc_now()))

    def budgets(self) -> list[Budget]:
        """Return all budgets with a limit."""
        return self.database.run(self._budgets)

    async def abudgets(self) -> list[Budget]:
        """Return all budgets with a limit, without blocking the event loop."""
        return await self.database.arun(self._budgets)

    def _budgets(self, connection: Connection) -> list[Budget]:
        return read_budgets(connection, mode=self.mode, day=utc_now().strftime("%Y-%m-%d"))

    def totals(self) -> Totals:
        """Return the sums over all calls of this mode."""

        def read(connection: Connection) -> Totals:
            row = connection.execute(
                "SELECT coalesce(sum(cost_usd), 0), coalesce(sum(held_usd), 0),"
                " coalesce(sum(held_usd) FILTER (state = 'unknown'), 0),"
                " count(*) FILTER (state NOT IN ('settled', 'released')), count(*) FILTER (state = 'unknown')"
                " FROM main.calls WHERE mode = $1",
                [self.mode],
            ).fetchone()
            return Totals(*cast("tuple[Decimal, Decimal, Decimal, int, int]", row))

        return self.database.run(read)

    async def hold(self, intent: Intent) -> Held | Refused | Barred | Existing:
        """Set money aside for one call; when this returns `Held`, the hold is committed.

        Returns:
            `Held`: make the call. `Refused`: a budget is too small. `Barred`: a person has to allow it first.
            `Existing`: the same thing is being bought, or was.
        """
        order = HoldOrder(intent, mode=self.mode, owner=self.owner, gated=self.gated)
        asked = awaited(self.database.submit(apply_orders, order))
        try:
            return cast("Held | Refused | Barred | Existing", await asyncio.shield(asked))
        except asyncio.CancelledError:
            got = await asked  # a commit takes milliseconds, and a hold that nobody uses would stay for ever
            if isinstance(got, Held):
                await self.released(got.call_id, reason="stopped before the request was sent")
            raise

    def submitted(
        self, call_id: str, provider_call_id: str, *, answer_sha256: str | None = None
    ) -> asyncio.Future[Step]:
        """Record the provider's id, before anything else is done with its answer."""
        return self._step(
            StepOrder(
                call_id,
                State.SUBMITTED,
                self.owner,
                provider_call_id=provider_call_id,
                answer_sha256=answer_sha256,
            )
        )

    def settled(
        self,
        call_id: str,
        cost_usd: Decimal,
        outcome: Outcome,
        *,
        answer: str | None = None,
        reason: str | None = None,
    ) -> asyncio.Future[Step]:
        """Book what a call cost, and give back the rest of its hold."""
        return self._step(
            StepOrder(
                call_id, State.SETTLED, self.owner, cost_usd=cost_usd, outcome=outcome, answer=answer, reason=reason
            )
        )

    def released(self, call_id: str, *, reason: str, proven: bool = False) -> asyncio.Future[Step]:
        """Give back a hold: the provider certainly did nothing.

        Args:
            call_id: The call.
            reason: How that is known.
            proven: Needed for a call whose outcome was unknown: somebody has looked.
        """
        return self._step(StepOrder(call_id, State.RELEASED, self.owner, reason=reason, proven=proven))

    def finished(self, call_id: str) -> asyncio.Future[Step]:
        """Record that the provider has done its work; what it brought is still to be fetched."""
        return self._step(StepOrder(call_id, State.FINISHED, self.owner))

    def stored(self, call_id: str) -> asyncio.Future[Step]:
        """Record that what was bought is on the disk."""
        return self._step(StepOrder(call_id, State.STORED, self.owner))

    def unknown(self, call_id: str, *, reason: str, provider_call_id: str | None = None) -> asyncio.Future[Step]:
        """Keep a hold: nobody knows what the provider did."""
        return self._step(
            StepOrder(call_id, State.UNKNOWN, self.owner, provider_call_id=provider_call_id, reason=reason)
        )

    def succeeded(
        self,
        call_id: str,
        cost_usd: Decimal,
        brought: Brought,
        record: Callable[[Connection, Sequence[Brought]], object],
        *,
        reason: str | None = None,
    ) -> asyncio.Future[Step]:
        """Book what a call cost together with what it brought, which `record` records: never one without the other."""
        stored = StepOrder(call_id, State.STORED, self.owner)
        settled = StepOrder(
            call_id, State.SETTLED, self.owner, cost_usd=cost_usd, outcome=Outcome.SUCCEEDED, reason=reason
        )
        return self._step(Booking((stored, settled), brought, record))

    def _step(self, order: StepOrder | Booking) -> asyncio.Future[Step]:
        """Queue a step, and return a future that is done at its commit.

        Steps are committed in the order in which they are queued, and together with or before every later hold; so
        whoever goes on to a hold need not wait. Cancelling the future does not take the step back.
        """
        step = awaited(cast("Future[Step]", self.database.submit(apply_orders, order)))
        last = order.steps[-1] if isinstance(order, Booking) else order
        step.add_done_callback(partial(self.telemetry.stepped, last))
        return asyncio.shield(step)

    async def open_calls(self) -> list[Call]:
        """Return the calls of this mode that are not resolved, oldest first."""
        return await self.database.arun(lambda connection: self._calls(connection, "state IN (SELECT unnest($2))"))

    async def knows(self, provider_call_id: str) -> bool:
        """Say whether one of our calls, open or closed, has a provider's id."""
        rows = await self.database.arun(
            lambda connection: connection.execute(
                "SELECT 1 FROM store.calls WHERE provider_call_id = $1 LIMIT 1", [provider_call_id]
            ).fetchall()
        )
        return bool(rows)

    async def call(self, call_id: str) -> Call:
        """Return one call.

        Raises:
            CallError: There is none with this id.
        """

        def read(connection: Connection) -> Sequence[Call]:
            rows = connection.execute(
                f"SELECT {CALL_COLUMNS} FROM store.calls WHERE call_id = $1",  # noqa: S608 - our own columns
                [call_id],
            ).fetchall()
            return [call_of(row) for row in rows]

        found = await self.database.arun(read)
        if not found:
            raise CallError(f"there is no call {call_id}")
        return found[0]

    def _calls(self, connection: Connection, where: str) -> list[Call]:
        rows = connection.execute(
            f"SELECT {CALL_COLUMNS} FROM store.calls WHERE mode = $1 AND {where} ORDER BY created_at",  # noqa: S608 - our own text
            [self.mode, [str(state) for state in OPEN]],
        ).fetchall()
        return [call_of(row) for row in rows]
