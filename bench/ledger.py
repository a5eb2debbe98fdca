"""How many calls a second the ledger can hold and settle. Aims: above 1,000 in one process; at a million rows, ≤ 1.2.

A cycle is a hold and a settlement, each committed before the next step, as for a paid request. It is measured with
fifty calls in flight in one process and with eight processes at once, on an empty ledger and on one of a million
entries; beside it, in the same run, what DuckDB alone does: one row in a transaction of its own, again and again.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from asset_pipeline.ledger import Database, Held, Intent, Ledger, Outcome, Price, Stage
from asset_pipeline.settings import BudgetSettings

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
CYCLES = 5_000
IN_FLIGHT = 50
PROCESSES = 8
RAW_TRANSACTIONS = 500
COST = Decimal("0.000001")
PRICE = Price("image", {"image": str(COST)}, "2026-01-01", "benchmark")


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Args:
        seconds: For all cycles.
        latencies_s: Of each hold, in seconds.
    """

    seconds: float
    latencies_s: Sequence[float]

    def line(self, name: str, cycles: int, raw_per_s: float) -> str:
        """Return it as a line of the report."""
        centiles = statistics.quantiles(self.latencies_s, n=100)
        rate = cycles / self.seconds
        return (
            f"  {name:34} {rate:7.0f} cycles/s   {2 * rate / raw_per_s:6.1f} x raw transactions"
            f"   hold p50 {centiles[49] * 1000:4.0f} ms, p99 {centiles[98] * 1000:4.0f} ms"
        )


def intent(content_key: str) -> Intent:
    """Return a call of an image."""
    return Intent(
        provider="replicate",
        kind="image",
        model="bench/model",
        image_key="bench.icons.one",
        collection="bench",
        stage=Stage.PRODUCTION,
        content_key=content_key,
        request={"input": {"prompt": "a compass", "seed": 1}},
        worst_usd=COST,
        price=PRICE,
        run_id=None,
    )


async def cycle_all(path: Path, name: str, cycles: int) -> Measured:
    """Hold and settle calls, fifty at a time."""
    latencies: list[float] = []
    numbers = iter(range(cycles))
    with Database(path) as database:
        ledger = Ledger(database, mode="sandbox", gated=False)

        async def work() -> None:
            for number in numbers:
                asked = time.perf_counter()
                held = await ledger.hold(intent(f"{name}-{number}"))
                latencies.append(time.perf_counter() - asked)
                if not isinstance(held, Held):
                    raise SystemExit(f"not held: {held}")
                submitted = ledger.submitted(held.call_id, f"{name}{number}")  # nobody waits for it in a run either
                await asyncio.gather(submitted, ledger.settled(held.call_id, COST, Outcome.SUCCEEDED))

        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(work())
        return Measured(time.perf_counter() - started, latencies)


def in_one_process(path: Path, name: str) -> Measured:
    """Measure one process."""
    return asyncio.run(cycle_all(path, name, CYCLES))


def _child(path: Path, name: str, start: multiprocessing.synchronize.Barrier, cycles: int) -> Sequence[float]:
    start.wait()
    return asyncio.run(cycle_all(path, name, cycles)).latencies_s


def in_processes(path: Path, name: str) -> Measured:
    """Measure eight processes at once, from when all are ready to when the last is done."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(PROCESSES) as pool:
        start = manager.Barrier(PROCESSES + 1)
        share = CYCLES // PROCESSES
        waiting = [pool.apply_async(_child, (path, f"{name}-{n}", start, share)) for n in range(PROCESSES)]
        start.wait()
        started = time.perf_counter()
        latencies = [latency for one in waiting for latency in one.get()]
        return Measured(time.perf_counter() - started, latencies)


def raw_per_second(folder: Path) -> float:
    """Return how many transactions of one row DuckDB does in a second, with the file open all the time."""
    with duckdb.connect(str(folder / "raw.duckdb")) as connection:
        connection.execute("CREATE TABLE calls (id VARCHAR PRIMARY KEY, usd DECIMAL(18,9))")
        started = time.perf_counter()
        for number in range(RAW_TRANSACTIONS):
            connection.execute("BEGIN")
            connection.execute("INSERT INTO calls VALUES ($1, $2)", [f"call-{number}", COST])
            connection.execute("COMMIT")
        return RAW_TRANSACTIONS / (time.perf_counter() - started)


def fill(path: Path, rows: int) -> None:
    """Put settled calls into the ledger, each with its three entries, until there are so many entries."""
    with Database(path) as database:
        database.run(lambda connection: connection.execute(_FILL, [rows // 3]).fetchall())
        database.run(lambda connection: connection.execute(_FILL_ENTRIES).fetchall())


_FILL = """
INSERT INTO store.calls
SELECT 'old-' || n, 'sandbox', 'replicate', 'image', 'bench/model', 'bench.icons.old-' || (n % 20000), 'bench',
    'production', 'old-key-' || n, '{"input":{"prompt":"a compass"}}', '{}', 0.000001, ['total'], NULL, 'bench:1',
    'settled', 'succeeded', 0.000001, 'p' || n, NULL, NULL, now()::TIMESTAMP, now()::TIMESTAMP
FROM range($1) t(n)"""
_FILL_ENTRIES = """
INSERT INTO store.entries (call_id, state, held_change_usd, spent_change_usd, actor, created_at)
SELECT call_id, s.state, s.held, s.spent, 'bench:1', now()::TIMESTAMP
FROM store.calls, (VALUES ('held', 0.000001, 0), ('submitted', 0, 0), ('settled', -0.000001, 0.000001))
    s(state, held, spent) WHERE call_id LIKE 'old-%'"""


def open_ledger(path: Path) -> None:
    """Make a ledger with limits that the benchmark does not reach."""
    with Database(path) as database:
        Ledger(database, mode="sandbox", gated=False).adopt_settings(BudgetSettings())


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = folder / "pipeline.duckdb"
        open_ledger(path)
        raw = raw_per_second(folder)
        print(f"ledger: {CYCLES} cycles of hold and settle, {IN_FLIGHT} in flight per process")
        print(f"  DuckDB alone, one row a transaction   {raw:5.0f} transactions/s")
        empty = in_one_process(path, "a")
        print(empty.line("one process, empty", CYCLES, raw))
        many = in_processes(path, "b")
        print(many.line(f"{PROCESSES} processes, empty", CYCLES // PROCESSES * PROCESSES, raw))
        fill(path, ROWS)
        full = in_one_process(path, "c")
        print(full.line(f"one process, {ROWS:,} entries", CYCLES, raw))
        full_many = in_processes(path, "d")
        print(full_many.line(f"{PROCESSES} processes, {ROWS:,} entries", CYCLES // PROCESSES * PROCESSES, raw))
    print(f"  a million rows / none: {full.seconds / empty.seconds:.2f} (aim: at most 1.2)")


if __name__ == "__main__":
    main()
