"""How calls, runs and images have gone, in numbers: what `stats` and its report show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.loop_reports import LoopReport

SHARES = "[0.5, 0.95, 0.99]"


@dataclass(frozen=True)
class Quantiles:
    """Seconds that half, 95 % and 99 % of something took at most; None where there was nothing."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True)
class ModelStats:
    """How the paid calls to one model went.

    Args:
        provider: Its provider.
        model: As it was asked.
        calls: How many were sent.
        errors: How many of them brought nothing: refused, lost, failed or of no use.
        unknown: How many have an outcome that nobody knows.
        cost_usd: What they cost.
        response: From sending a request to the last byte of its answer.
        call: From setting money aside to booking what it cost.
        queue_wait: From wanting to send to sending.
    """

    provider: str
    model: str
    calls: int
    errors: int
    unknown: int
    cost_usd: Decimal
    response: Quantiles
    call: Quantiles
    queue_wait: Quantiles

    @property
    def error_rate(self) -> float:
        """The share of calls that brought nothing."""
        return self.errors / self.calls if self.calls else 0.0


@dataclass(frozen=True)
class EndpointStats:
    """How the requests to one endpoint went, free ones included."""

    provider: str
    endpoint: str
    requests: int
    errors: int
    sent_bytes: int
    received_bytes: int
    response: Quantiles


@dataclass(frozen=True)
class RunStats:
    """How one run went.

    Args:
        run_id: The run.
        started_at: When its first call was made, UTC.
        images: How many it delivered.
        seconds: From its first call to its last delivery.
    """

    run_id: str
    started_at: datetime
    images: int
    seconds: float

    @property
    def images_per_minute(self) -> float:
        """How many images it delivered a minute."""
        return self.images * 60 / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Stats:
    """How everything has gone since a moment.

    Args:
        mode: `sandbox` or `live`.
        since: The moment, UTC; None for the beginning.
        models: By provider and model.
        endpoints: By provider and endpoint.
        runs: The runs that delivered something, newest first.
        delivered: How many images were delivered.
        spent_usd: What all calls cost.
        loops: How event loops were blocked, newest first.
    """

    mode: str
    since: datetime | None
    models: tuple[ModelStats, ...]
    endpoints: tuple[EndpointStats, ...]
    runs: tuple[RunStats, ...]
    delivered: int
    spent_usd: Decimal
    loops: tuple[LoopReport, ...]

    @property
    def images_per_minute(self) -> float | None:
        """How many images were delivered a minute while runs went on."""
        seconds = sum(run.seconds for run in self.runs)
        return sum(run.images for run in self.runs) * 60 / seconds if seconds else None

    @property
    def usd_per_image(self) -> Decimal | None:
        """What a delivered image has cost, with all that was paid beside it."""
        return (self.spent_usd / self.delivered).quantize(Decimal("0.000000001")) if self.delivered else None


def read_stats(connection: Connection, *, mode: str, since: datetime | None = None) -> Stats:
    """Return how everything has gone since a moment."""
    chosen = [mode, since]
    delivered, spent = _rows(connection, _TOTALS, chosen)[0]
    return Stats(
        mode=mode,
        since=since,
        models=tuple(
            ModelStats(*row[:6], *(Quantiles(*(some or [None] * 3)) for some in row[6:]))
            for row in _rows(connection, _MODELS, chosen)
        ),
        endpoints=tuple(
            EndpointStats(provider, endpoint, count, errors, sent, received, Quantiles(*seconds))
            for provider, endpoint, count, errors, sent, received, seconds in _rows(connection, _ENDPOINTS, chosen)
        ),
        runs=tuple(RunStats(*row) for row in _rows(connection, _RUNS, chosen)),
        delivered=delivered,
        spent_usd=spent,
        loops=tuple(LoopReport(*row) for row in _rows(connection, _LOOPS, chosen)),
    )


def _rows(connection: Connection, sql: str, chosen: Sequence[Any]) -> list[Any]:
    return connection.execute(sql, chosen).fetchall()


_SINCE = "mode = $1 AND ($2 IS NULL OR {at} >= $2)"
_TOTALS = f"""
SELECT (SELECT count(DISTINCT d.image_key) FROM store.deliveries d JOIN store.originals o USING (content_key)
        JOIN store.calls c USING (call_id) WHERE {_SINCE.format(at="d.created_at")}),
    (SELECT coalesce(sum(cost_usd), 0)::DECIMAL(18,9) FROM store.calls WHERE {_SINCE.format(at="created_at")})
"""  # noqa: S608 - our own text
# A call that was set aside and never sent is none; one whose row was lost with its process is one nevertheless.
_MODELS = f"""
SELECT c.provider, c.model, count(*),
    count(*) FILTER (c.state = 'released' OR c.state = 'unknown'
        OR (c.state = 'settled' AND c.outcome NOT IN ('succeeded', 'accepted_paid'))),
    count(*) FILTER (c.state = 'unknown'),
    coalesce(sum(c.cost_usd), 0)::DECIMAL(18,9),
    quantile_cont(r.response_s, {SHARES}),
    quantile_cont(epoch(c.updated_at - c.created_at), {SHARES}) FILTER (c.state = 'settled'),
    quantile_cont(r.queue_wait_s, {SHARES})
FROM store.calls c LEFT JOIN (SELECT * FROM store.requests WHERE is_paid) r USING (call_id)
WHERE {_SINCE.format(at="c.created_at").replace("mode", "c.mode")} AND (c.state <> 'released' OR r.call_id IS NOT NULL)
GROUP BY ALL ORDER BY 1, 2
"""  # noqa: S608 - our own text
_ENDPOINTS = f"""
SELECT provider, endpoint, count(*), count(*) FILTER (error IS NOT NULL OR status >= 400),
    sum(sent_bytes)::BIGINT, sum(received_bytes)::BIGINT, quantile_cont(response_s, {SHARES})
FROM store.requests WHERE {_SINCE.format(at="sent_at")} GROUP BY ALL ORDER BY 1, 2
"""  # noqa: S608 - our own text
_RUNS = f"""
WITH begun AS (
    SELECT run_id, min(created_at) AS at FROM store.calls
    WHERE {_SINCE.format(at="created_at")} AND run_id IS NOT NULL GROUP BY run_id
)
SELECT run_id, any_value(begun.at), count(DISTINCT d.image_key), epoch(max(d.created_at) - any_value(begun.at))
FROM begun JOIN store.deliveries d USING (run_id) GROUP BY run_id ORDER BY 2 DESC
"""  # noqa: S608 - our own text
_LOOPS = f"""
SELECT run_id, mode, started_at, ended_at, samples, p99_ms, max_ms, stalls, max_cpu_ms, cpu_stalls
FROM store.loop_reports WHERE {_SINCE.format(at="started_at")} ORDER BY started_at DESC
"""  # noqa: S608 - our own text
