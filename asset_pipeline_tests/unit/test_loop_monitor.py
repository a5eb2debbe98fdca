"""The loop monitor tells who blocks an event loop, and keeps what it measured."""

import asyncio
import json
import time

import pytest
import structlog

from asset_pipeline.ledger import Database
from asset_pipeline.logs import configure, to_files
from asset_pipeline.loop_monitor import LoopMonitor
from asset_pipeline.settings.logs import LogSettings


@pytest.fixture(autouse=True)
def logs():
    """Logging as it is without us, at the end."""
    yield
    structlog.reset_defaults()


def block(seconds):
    """Do what nobody may do on an event loop."""
    time.sleep(seconds)


def test_whoever_blocks_the_loop_is_named_in_the_log_and_counted_in_the_report(tmp_path):
    async def work(database):
        async with LoopMonitor(database, mode="sandbox").watch("run-1"):
            await asyncio.sleep(0.05)
            block(0.2)
            await asyncio.sleep(0.05)

    configure("WARNING")
    with Database(tmp_path / "pipeline.duckdb") as database, to_files(tmp_path / "logs", LogSettings(), level="INFO"):
        asyncio.run(work(database))
        (row,) = database.run(lambda one: one.execute("SELECT * FROM main.loop_blocking").fetchall())
        columns = database.run(lambda one: one.execute("DESCRIBE main.loop_blocking").fetchall())
    found = dict(zip((name for name, *_ in columns), row, strict=True))
    assert (found["run_id"], found["mode"]) == ("run-1", "sandbox")
    assert found["samples"] >= 2
    assert found["max_ms"] >= 150
    assert found["stalls"] >= 1
    assert found["max_ms"] >= found["p99_ms"]
    lines = [json.loads(line) for line in (tmp_path / "logs" / "pipeline.jsonl").read_text().splitlines()]
    blocked = max((line for line in lines if line["event"] == "event loop was blocked"), key=lambda one: one["late_ms"])
    assert any(frame.endswith(" block") for frame in blocked["frames"])
    assert blocked["late_ms"] > blocked["cpu_ms"], "sleeping is not computing"
