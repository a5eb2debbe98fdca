"""The arithmetic of the ledger: holds and steps, applied in their order to the sums of all budgets they touch.

Runs inside the transactions of the ledger's thread. Sums are read when the database is opened, checked and changed in
Python, and written once per batch, so that fifty holds cost little more than one; nobody else can change them while it
is open. Every change is also a row in `entries`, never altered.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeGuard

from asset_pipeline.errors import CallError, LedgerError
from asset_pipeline.ledger.call_rows import CALL_COLUMNS, call_of, new_call, new_row, update_calls
from asset_pipeline.ledger.calls import (
    ALLOWED,
    IMAGE,
    OPEN,
    PAID_AND_LOST,
    Barred,
    Call,
    Existing,
    Held,
    Outcome,
    Refused,
    State,
    Step,
)
from asset_pipeline.ledger.database import Connection, utc_now
from asset_pipeline.ledger.guard import Guard
from asset_pipeline.ledger.money import ZERO, plain, usd
from asset_pipeline.ledger.orders import Booking, HoldOrder, StepOrder
from asset_pipeline.ledger.rows import insert, upsert

Order: TypeAlias = HoldOrder | StepOrder
Answer: TypeAlias = Held | Refused | Barred | Existing | Step


def apply_orders(connection: Connection, orders: Sequence[Order | Booking]) -> list[Answer]:
    """Apply holds and steps in their order, in the transaction that is open.

    Returns:
        One answer per order: for a hold `Held`, `Refused`, `Barred` or `Existing`; for a step how it ended.
    """
    bookings = [order for order in orders if isinstance(order, Booking)]
    for record in dict.fromkeys(one.record for one in bookings):
        record(connection, [one.brought for one in bookings if one.record is record])
    flat = [one for order in orders for one in (order.steps if isinstance(order, Booking) else (order,))]
    batch = _Batch(connection, flat, now=utc_now())
    answers = iter([batch.hold(one) if isinstance(one, HoldOrder) else batch.step(one) for one in flat])
    batch.write()
    return [[next(answers) for _ in (order.steps if isinstance(order, Booking) else (order,))][-1] for order in orders]


@dataclass
class _Row:
    """A call's row, with what the batch changes in it."""

    call: Call
    mode: str
    scopes: tuple[str, ...]
    changed: bool = False


@dataclass
class _Memory:
    """What is known of the database while it is open.

    Args:
        balances: Spent and held, by mode and scope.
        limits: Limit and safety margin, by mode and scope.
        open_rows: Calls that are not resolved, by id.
    """

    balances: dict[tuple[str, str], list[Decimal]] = field(default_factory=dict)
    limits: dict[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)
    open_rows: dict[str, _Row] = field(default_factory=dict)


class _Batch:
    """The part of the ledger that one batch touches."""

    def __init__(self, connection: Connection, orders: Sequence[Order], *, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.day = now.strftime("%Y-%m-%d")
        self.memory: _Memory = connection.memory.setdefault(_Memory, _Memory())
        holds = [order for order in orders if isinstance(order, HoldOrder)]
        named = {order.call_id for order in orders if isinstance(order, StepOrder)}
        self.rows = {call_id: self.memory.open_rows[call_id] for call_id in named & self.memory.open_rows.keys()}
        self.rows |= self._load("call_id", named - self.rows.keys())
        self.claimed = self._claimed([order for order in orders if _claims(order)])
        owned = self._load("content_key", {key for order in holds for key in _keys(order)})
        self.owners = {row.call.content_key: row.call for row in owned.values() if _owns(row.call)}
        self._load_budgets(holds)
        self.guard = Guard(connection, holds)
        self.touched: set[tuple[str, str]] = set()
        self.new_calls: list[tuple[Any, ...]] = []
        self.entries: list[tuple[Any, ...]] = []

    def hold(self, order: HoldOrder) -> Answer:
        intent = order.intent
        owners = (self.owners.get(key) for key in _keys(order))
        owner = next((owner for owner in owners if owner and _owns(owner)), None)
        if owner:
            return Existing(owner)
        barred = self.guard.bars(order)
        if barred:
            return barred
        scopes = intent.scopes(self.day)
        for scope in scopes:
            refused = self._refusal(order.mode, scope, intent.worst_usd)
            if refused:
                return refused
        call_id = uuid.uuid4().hex
        self._book(order.mode, scopes, held=intent.worst_usd, spent=ZERO)
        self.new_calls.append(new_row(call_id, order, scopes, self.now))
        self._entry(call_id, State.HELD, intent.worst_usd, ZERO, order.owner, None, None)
        call = self.owners[intent.content_key] = new_call(call_id, order, self.now)
        self.memory.open_rows[call_id] = _Row(call, order.mode, scopes)
        return Held(call_id, intent, self.now)

    def step(self, order: StepOrder) -> Step:
        row = self.rows.get(order.call_id)
        if row is None:
            return Step.NO_SUCH_CALL
        call = row.call
        if call.state not in OPEN:
            return Step.ALREADY_RESOLVED
        if call.state not in ALLOWED[order.state]:
            return Step.NOT_ALLOWED
        if _claims(order):
            claimer = self.claimed.setdefault(order.provider_call_id, order.call_id)
            if call.state is State.UNKNOWN and claimer != order.call_id:
                return Step.ANOTHERS
        if order.state is State.RELEASED and call.state is State.UNKNOWN and not order.proven:
            return Step.NOT_PROVEN_FREE
        if order.state is State.SETTLED and (order.cost_usd is None or order.cost_usd < 0):
            raise CallError(f"call {call.call_id} cannot be settled at a cost of {order.cost_usd}")
        held, spent = ZERO, ZERO
        if order.state not in OPEN:
            held = -call.worst_usd
        if order.state is State.SETTLED:
            spent = usd(order.cost_usd)
        if order.state not in OPEN:
            self._book(row.mode, row.scopes, held=held, spent=spent)
        reason = order.reason
        if spent > call.worst_usd:
            reason = f"cost more than its worst case of {plain(call.worst_usd)}" + (f"; {reason}" if reason else "")
        self._entry(call.call_id, order.state, held, spent, order.owner, reason, order.answer_sha256)
        row.call = Call(
            **vars(call)
            | {
                "state": order.state,
                "outcome": order.outcome or call.outcome,
                "cost_usd": spent if order.state is State.SETTLED else call.cost_usd,
                "provider_call_id": order.provider_call_id or call.provider_call_id,
                "answer": order.answer if order.answer is not None else call.answer,
                "owner": order.owner,
                "stepped_at": self.now,
            }
        )
        row.changed = True
        if order.state not in OPEN:
            self.memory.open_rows.pop(order.call_id, None)
        owner = self.owners.get(call.content_key)
        if owner and owner.call_id == order.call_id:  # a later hold of this batch sees where the call stands now
            self.owners[call.content_key] = row.call
        return Step.OVERSHOT if spent > call.worst_usd else Step.TAKEN

    def write(self) -> None:
        """Write what the batch has changed."""
        insert(self.connection, "store.calls", self.new_calls)
        insert(
            self.connection,
            "store.entries"
            " (call_id, state, held_change_usd, spent_change_usd, actor, reason, answer_sha256, created_at)",
            self.entries,
        )
        upsert(
            self.connection,
            "store.balances (mode, scope, spent_usd, held_usd)",
            [(*key, *self.memory.balances[key]) for key in sorted(self.touched)],
            key=2,
        )
        update_calls(self.connection, [row.call for row in self.rows.values() if row.changed], now=self.now)

    def _refusal(self, mode: str, scope: str, needed: Decimal) -> Refused | None:
        limit = self.memory.limits.get((mode, "day" if scope.startswith("day:") else scope))
        if limit is None:
            if ":" in scope and not scope.startswith("day:"):
                return None  # providers and collections need none
            raise LedgerError(f"no limit is known for {scope!r}, so nothing is spent", fix="asset-pipeline budget show")
        spent, held = self.memory.balances.get((mode, scope), [ZERO, ZERO])
        usable = limit[0] * (1 - limit[1])
        if spent + held + needed <= usable:
            return None
        return Refused(scope, limit[0], usable, spent, held, needed)

    def _book(self, mode: str, scopes: Iterable[str], *, held: Decimal, spent: Decimal) -> None:
        for scope in scopes:
            balance = self.memory.balances.setdefault((mode, scope), [ZERO, ZERO])
            balance[0] += spent
            balance[1] += held
            self.touched.add((mode, scope))

    def _entry(
        self,
        call_id: str,
        state: State,
        held: Decimal,
        spent: Decimal,
        actor: str,
        reason: str | None,
        sha: str | None,
    ) -> None:
        self.entries.append((call_id, str(state), str(held), str(spent), actor, reason, sha, self.now))

    def _load(self, column: str, values: set[str]) -> dict[str, _Row]:
        if not values:
            return {}
        found = self.connection.execute(
            f"SELECT {CALL_COLUMNS} FROM store.calls WHERE {column} IN (SELECT unnest($1))",  # noqa: S608 - our column
            [sorted(values)],
        ).fetchall()
        rows = [_Row(call_of(row), mode=row[-1], scopes=tuple(row[-2])) for row in found]
        return {row.call.call_id: row for row in rows}

    def _claimed(self, claims: Sequence[StepOrder]) -> dict[str | None, str]:
        """Return which calls have what lost ones claim; who has an id from the answer itself need not be asked."""
        found = [one for one in claims if (row := self.rows.get(one.call_id)) and row.call.state is State.UNKNOWN]
        if not found:
            return {}
        rows = self.connection.execute(
            "SELECT provider_call_id, call_id FROM store.calls WHERE provider_call_id IN (SELECT unnest($1))",
            [[one.provider_call_id for one in found]],
        ).fetchall()
        return dict(rows)

    def _load_budgets(self, holds: Sequence[HoldOrder]) -> None:
        """Read the sums and limits that the batch needs and nobody has read since the database was opened."""
        known = self.memory.balances
        needed = {(order.mode, scope) for order in holds for scope in order.intent.scopes(self.day)}
        needed |= {(row.mode, scope) for row in self.rows.values() for scope in row.scopes}
        missing = needed - known.keys()
        if missing:
            known |= {key: [ZERO, ZERO] for key in missing}
            for mode, scope, spent, held in self.connection.execute(
                "SELECT mode, scope, spent_usd, held_usd FROM store.balances WHERE scope IN (SELECT unnest($1))",
                [sorted({scope for _, scope in missing})],
            ).fetchall():
                if (mode, scope) in missing:
                    known[(mode, scope)] = [spent, held]
        if holds and not self.memory.limits:
            for mode, scope, limit, margin in self.connection.execute(
                "SELECT mode, scope, limit_usd, safety_margin FROM store.limits"
            ).fetchall():
                self.memory.limits[(mode, scope)] = (limit, margin)


def _claims(order: Order) -> TypeGuard[StepOrder]:
    """Say whether a call becomes the owner of what the provider has under an id: one thing is paid by one call."""
    return isinstance(order, StepOrder) and order.state is State.SUBMITTED and order.provider_call_id is not None


def _keys(order: HoldOrder) -> tuple[str, ...]:
    return (order.intent.content_key, *order.intent.rivals)


def _owns(call: Call) -> bool:
    """Say whether a call stands in the way of buying the same again: it is open, or it was paid for good."""
    if call.outcome in PAID_AND_LOST:
        return call.kind == IMAGE
    return call.state in OPEN or call.outcome is Outcome.SUCCEEDED
