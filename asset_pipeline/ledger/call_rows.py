"""Calls as rows of the database, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asset_pipeline.ledger.calls import Call, Outcome, Price, State
from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.orders import HoldOrder

CALL_COLUMNS = (
    "call_id, kind, provider, model, image_key, content_key, request, state, outcome, worst_usd, cost_usd,"
    " provider_call_id, answer, owner, created_at, updated_at, price, scopes, mode"
)


def call_of(row: Sequence[Any]) -> Call:
    """Return a call from a row of `CALL_COLUMNS`."""
    return Call(
        call_id=row[0],
        kind=row[1],
        provider=row[2],
        model=row[3],
        image_key=row[4],
        content_key=row[5],
        request=json.loads(row[6]),
        state=State(row[7]),
        outcome=Outcome(row[8]) if row[8] else None,
        worst_usd=row[9],
        cost_usd=row[10],
        provider_call_id=row[11],
        answer=row[12],
        owner=row[13],
        price=Price(**json.loads(row[16])),
        created_at=row[14],
        stepped_at=row[15],
    )


def new_call(call_id: str, order: HoldOrder, now: datetime) -> Call:
    """Return the call that a hold makes."""
    intent = order.intent
    return Call(
        call_id=call_id,
        kind=intent.kind,
        provider=intent.provider,
        model=intent.model,
        image_key=intent.image_key,
        content_key=intent.content_key,
        request=intent.request,
        state=State.HELD,
        outcome=None,
        worst_usd=intent.worst_usd,
        price=intent.price,
        cost_usd=None,
        provider_call_id=None,
        answer=None,
        owner=order.owner,
        created_at=now,
        stepped_at=now,
    )


def new_row(call_id: str, order: HoldOrder, scopes: tuple[str, ...], now: datetime) -> tuple[Any, ...]:
    """Return the row of a new call, in the columns' order of the table."""
    intent = order.intent
    return (
        call_id,
        order.mode,
        intent.provider,
        intent.kind,
        intent.model,
        intent.image_key,
        intent.collection,
        str(intent.stage),
        intent.content_key,
        json.dumps(intent.request, ensure_ascii=False),
        json.dumps(vars(intent.price) | {"usd": dict(intent.price.usd)}),
        str(intent.worst_usd),
        list(scopes),
        intent.run_id,
        order.owner,
        str(State.HELD),
        None,
        None,
        None,
        None,
        intent.note,
        now,
        now,
    )


def update_calls(connection: Connection, calls: Sequence[Call], *, now: datetime) -> None:
    """Write what has changed in calls that are there."""
    if not calls:
        return
    connection.execute(
        "UPDATE store.calls SET state = n.state, outcome = n.outcome, cost_usd = n.cost::DECIMAL(18,9),"
        " provider_call_id = n.provider_call_id, answer = n.answer, owner = n.owner, updated_at = $8"
        " FROM (SELECT unnest($1) AS id, unnest($2) AS state, unnest($3) AS outcome, unnest($4) AS cost,"
        " unnest($5) AS provider_call_id, unnest($6) AS answer, unnest($7) AS owner) n WHERE call_id = n.id",
        [
            [call.call_id for call in calls],
            [str(call.state) for call in calls],
            [call.outcome and str(call.outcome) for call in calls],
            [None if call.cost_usd is None else str(call.cost_usd) for call in calls],
            [call.provider_call_id for call in calls],
            [call.answer for call in calls],
            [call.owner for call in calls],
            now,
        ],
    )
