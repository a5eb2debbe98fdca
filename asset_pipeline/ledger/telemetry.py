"""Says how each paid call went, in one line when it ends, and keeps what was measured of every request.

Nothing here decides anything, and nothing waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import structlog

from asset_pipeline.ledger.calls import Held, State, Step
from asset_pipeline.ledger.database import Database
from asset_pipeline.ledger.orders import StepOrder
from asset_pipeline.ledger.requests import Exchange, RequestRow, RequestRows
from asset_pipeline.logs import bound

_ENDS = frozenset({State.SETTLED, State.RELEASED, State.UNKNOWN})

log = structlog.get_logger(__name__)


@dataclass
class _OpenCall:
    """A paid call of this process that has not ended."""

    held: Held
    attempt: int
    queue_wait_s: float
    begun_at: float
    request: Exchange | None = None


class Telemetry:
    """Measures the calls of one process.

    Args:
        database: Where measured requests are kept.
        mode: `sandbox` or `live`.
    """

    def __init__(self, database: Database, *, mode: str) -> None:
        self._mode = mode
        self._rows = RequestRows(database)
        self._open: dict[str, _OpenCall] = {}

    @contextmanager
    def sending(self, held: Held, *, attempt: int, queue_wait_s: float) -> Iterator[None]:
        """Take the next request for the one that a call pays for.

        Args:
            held: The call.
            attempt: Of the calls for the same thing, one after the other.
            queue_wait_s: How long it waited for its turn.
        """
        self._open[held.call_id] = _OpenCall(held, attempt, queue_wait_s, time.monotonic())
        with bound(call_id=held.call_id):
            yield

    def about(self, call_id: str) -> AbstractContextManager[None]:
        """Let every line and every request name a call, for as long as the context lasts."""
        return bound(call_id=call_id)

    def exchanged(self, exchange: Exchange) -> None:
        """Keep what was measured of a request."""
        call = self._open.get(exchange.call_id or "")
        is_paid = call is not None and call.request is None
        attempt, wait_s = 1, None
        if call:
            attempt = call.attempt
        if call and is_paid:
            sent_at = time.monotonic() - exchange.response_s
            call.request = exchange
            wait_s = call.queue_wait_s = call.queue_wait_s + max(0.0, sent_at - call.begun_at)  # for a place, too
        self._rows.add(RequestRow(self._mode, exchange, is_paid, attempt, wait_s))
        log.debug("request", call_id=exchange.call_id, endpoint=exchange.endpoint, **_measured(exchange))

    def stepped(self, order: StepOrder, step: asyncio.Future[Step]) -> None:
        """Say how a call went, once a step is committed after which nothing more comes of it in this run."""
        if order.state not in _ENDS or step.cancelled() or step.exception():
            return
        call = self._open.pop(order.call_id, None)
        facts: dict[str, object] = {"state": str(order.state), "reason": order.reason}
        facts["outcome"] = order.outcome and str(order.outcome)
        facts["cost_usd"] = None if order.cost_usd is None else f"{order.cost_usd:f}"
        if call:
            asked = call.held.intent
            facts |= {
                "provider": asked.provider,
                "model": asked.model,
                "kind": asked.kind,
                "image_key": asked.image_key,
                "attempt": call.attempt,
                "queue_wait_s": round(call.queue_wait_s, 4),
                "call_s": round(time.monotonic() - call.begun_at, 4),
            }
            if call.request:
                facts |= _measured(call.request)
        log.info("paid call", call_id=order.call_id, **{name: fact for name, fact in facts.items() if fact is not None})

    def __enter__(self) -> Telemetry:
        return self

    def __exit__(self, *_exception: object) -> None:
        """Queue what was measured and is not kept yet."""
        self._rows.flush()


def _measured(exchange: Exchange) -> dict[str, object]:
    return {
        "status": exchange.status,
        "response_s": round(exchange.response_s, 4),
        "sent_bytes": exchange.sent_bytes,
        "received_bytes": exchange.received_bytes,
    } | ({"error": exchange.error} if exchange.error else {})
