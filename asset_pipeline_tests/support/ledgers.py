"""A ledger to test: calls to ask money for, steps to take, and its sums as each of its three records has them."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from asset_pipeline.ledger import (
    Accepted,
    Connection,
    Database,
    Held,
    Intent,
    Ledger,
    Outcome,
    Price,
    Reply,
    Stage,
    State,
    Step,
)
from asset_pipeline.ledger.journal import apply_orders
from asset_pipeline.ledger.orders import StepOrder
from asset_pipeline.settings import BudgetSettings

Result = TypeVar("Result")

PRICE = Price("image", {"image": "0.04"}, "2026-01-01", "a test")
MARGIN = Decimal("0.05")
ACCEPTED = Accepted("prediction-1", {"id": "prediction-1"}, b'{"id": "prediction-1"}')
# A way through the states to each of them.
WAYS = {
    State.HELD: (),
    State.SUBMITTED: (State.SUBMITTED,),
    State.FINISHED: (State.SUBMITTED, State.FINISHED),
    State.STORED: (State.SUBMITTED, State.FINISHED, State.STORED),
    State.UNKNOWN: (State.UNKNOWN,),
    State.SETTLED: (State.SUBMITTED, State.SETTLED),
    State.RELEASED: (State.RELEASED,),
}
_TODAY = "strftime(current_timestamp AT TIME ZONE 'UTC', '%Y-%m-%d')"
_SCOPES = (
    f"unnest(['total', CASE WHEN strftime(c.created_at, '%Y-%m-%d') = {_TODAY} THEN 'day' ELSE 'earlier' END,"
    " c.stage, 'provider:' || c.provider, 'collection:' || c.collection])"
)


def intent_for(key: str, usd: str | Decimal = "0.04", **changes: Any) -> Intent:
    """Return a call that somebody wants to make; `key` makes it a thing of its own."""
    intent = Intent(
        provider="replicate",
        kind="image",
        model="maker/model",
        image_key=f"test.icons.{key}",
        collection="test",
        stage=Stage.SAMPLE,
        content_key=key,
        request={"input": {"prompt": key}},
        worst_usd=Decimal(usd),
        price=PRICE,
    )
    return replace(intent, **changes)


@cache
def _new_ledger() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pipeline.duckdb")
        with Database(path) as database:
            database.run(lambda connection: None)
        return path.read_bytes()


def new_ledger(path: Path) -> Path:
    """Put a ledger where there is none, as its first use leaves it; making one takes 80 ms each time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_new_ledger())
    return path


def open_ledger(database: Database, mode: str = "sandbox", **limits: Any) -> Ledger:
    """Return a ledger with these limits in its settings, such as `total_usd="1.00"`; the others are 25 USD."""
    ledger = Ledger(database, mode=mode, gated=False)
    ledger.adopt_settings(BudgetSettings.model_validate({"sample_usd": "25"} | limits))
    return ledger


def wait_for(act: Callable[[], Awaitable[Result]]) -> Result:
    """Do something asynchronous, and return what came of it: `wait_for(lambda: ledger.hold(intent))`."""

    async def main() -> Result:
        return await act()

    return asyncio.run(main())


def take(ledger: Ledger, call_id: str, *states: State, **details: Any) -> Step:
    """Take a call through states, and return how the last step ended; it is settled at no cost unless told."""
    step = Step.TAKEN
    for state in states:
        order = StepOrder(call_id, state, ledger.owner, **details)
        if state is State.SETTLED and order.outcome is None:
            order = replace(order, outcome=Outcome.SUCCEEDED, cost_usd=order.cost_usd or Decimal(0))
        step = cast("Step", ledger.database.submit(apply_orders, order).result())
    return step


def rows(database: Database, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the database."""
    return database.run(lambda connection: connection.execute(sql, list(values)).fetchall())


def sums(database: Database, mode: str = "sandbox") -> dict[str, dict[str, tuple[Decimal, Decimal]]]:
    """Return spent and held by scope: as the budgets, the calls and the entries of the ledger have them, in that order.

    Scopes that nothing was booked on are left out.
    """
    statements = {
        "budgets": "SELECT scope, spent_usd, held_usd FROM budgets WHERE mode = $1",
        "calls": f"SELECT scope, sum(cost_usd), sum(held_usd) FROM (SELECT {_SCOPES} AS scope, cost_usd, held_usd"
        " FROM calls c WHERE mode = $1) GROUP BY scope",
        "entries": f"SELECT scope, sum(cost_usd), sum(held_usd) FROM (SELECT {_SCOPES} AS scope, e.cost_usd, e.held_usd"
        " FROM ledger e JOIN calls c USING (call_id) WHERE c.mode = $1) GROUP BY scope",
    }

    def read(connection: Connection) -> dict[str, dict[str, tuple[Decimal, Decimal]]]:
        return {
            name: {
                scope: (spent, held)
                for scope, spent, held in connection.execute(sql, [mode]).fetchall()
                if spent or held
            }
            for name, sql in statements.items()
        }

    return database.run(read)


@contextmanager
def one_batch(database: Database) -> Iterator[None]:
    """Keep the ledger's thread busy, so that all that is queued in the context goes into one transaction after it."""
    is_running, may_end = threading.Event(), threading.Event()

    def wait(_connection: Connection) -> bool:
        is_running.set()
        return may_end.wait(timeout=30)

    first = threading.Thread(target=database.run, args=(wait,))
    first.start()
    assert is_running.wait(timeout=30)
    try:
        yield
    finally:
        may_end.set()
        first.join()


class Provider:
    """Answers with what it is told, the last answer for ever, and remembers which calls reached it in which state.

    Args:
        ledger: Asked for the state of the call at the moment of sending.
        replies: The answers.
    """

    def __init__(self, ledger: Ledger, *replies: Reply | BaseException) -> None:
        self.ledger = ledger
        self.replies = list(replies)
        self.reached: list[tuple[str, State]] = []

    async def send(self, held: Held) -> Reply:
        """Take a request."""
        self.reached.append((held.call_id, (await self.ledger.call(held.call_id)).state))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, BaseException):
            raise reply
        return reply
