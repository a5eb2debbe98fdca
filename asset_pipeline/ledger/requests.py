"""Requests to providers as they were measured, and how they are kept: many at a time, and never in the money's way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

import structlog

from asset_pipeline.ledger.database import Connection, Database

FLUSH_ROWS = 200
FLUSH_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Exchange:
    """One request to a provider, and what came of it.

    Args:
        provider: Its name.
        endpoint: Method and path, without names and ids.
        call_id: The paid call that was worked on, if any.
        sent_at: When it was sent, UTC.
        response_s: From sending to the last byte, in seconds.
        sent_bytes: Length of the request's body.
        received_bytes: Length of the answer's body, as far as it came.
        status: HTTP status; None where no answer came.
        error: What broke it off; None where it came to its end.
    """

    provider: str
    endpoint: str
    call_id: str | None
    sent_at: datetime
    response_s: float
    sent_bytes: int
    received_bytes: int
    status: int | None
    error: str | None


@dataclass(frozen=True)
class RequestRow:
    """A measured request as it is kept.

    Args:
        mode: `sandbox` or `live`.
        exchange: What was measured.
        is_paid: Whether it is the one that costs money.
        attempt: Of the paid calls for the same thing, one after the other.
        queue_wait_s: How long the call waited for its turn, where it is the paid one.
    """

    mode: str
    exchange: Exchange
    is_paid: bool
    attempt: int
    queue_wait_s: float | None


def save_requests(connection: Connection, batches: Sequence[Sequence[RequestRow]]) -> list[None]:
    """Write batches of measured requests."""
    rows = [row for batch in batches for row in batch]
    seen = [row.exchange for row in rows]
    connection.execute(
        "INSERT INTO store.requests SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6),"
        " unnest($7), unnest($8), unnest($9), unnest($10), unnest($11), unnest($12), unnest($13)",
        [
            [one.sent_at for one in seen],
            [row.mode for row in rows],
            [one.provider for one in seen],
            [one.endpoint for one in seen],
            [one.call_id for one in seen],
            [row.is_paid for row in rows],
            [row.attempt for row in rows],
            [row.queue_wait_s for row in rows],
            [one.response_s for one in seen],
            [one.sent_bytes for one in seen],
            [one.received_bytes for one in seen],
            [one.status for one in seen],
            [one.error for one in seen],
        ],
    )
    return [None for _ in batches]


class RequestRows:
    """Collects rows and hands them to the database, a few hundred or two seconds' worth at once.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: list[RequestRow] = []
        self._due_at = 0.0

    def add(self, row: RequestRow) -> None:
        """Keep a row; it is committed with a later one, or by `flush`."""
        now = time.monotonic()
        if not self._rows:
            self._due_at = now + FLUSH_S
        self._rows.append(row)
        if len(self._rows) >= FLUSH_ROWS or now >= self._due_at:
            self.flush()

    def flush(self) -> None:
        """Queue all rows for the database."""
        rows, self._rows = self._rows, []
        if rows:
            self._database.submit(save_requests, rows).add_done_callback(_say_if_lost)


def _say_if_lost(done: Future[None]) -> None:
    error = None if done.cancelled() else done.exception()
    if error:
        log.warning("measured requests could not be kept", reason=f"{type(error).__name__}: {error}")
