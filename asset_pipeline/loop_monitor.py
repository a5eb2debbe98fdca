"""Measures how long the event loop is blocked while a run goes on, and who blocks it.

A timer that is late says that the loop was busy with something else, or that the machine was. What the loop's own
thread computed meanwhile tells the two apart; so both are kept.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.loop_reports import LoopReport, save_loop_reports

INTERVAL_S = 0.005
BLOCKED_S = 0.05
LOOK_S = 0.01
MOST_STACKS = 1000
FRAMES = 12
_TENTH_MS = 10_000

log = structlog.get_logger(__name__)


class LoopMonitor:
    """Watches event loops.

    Args:
        database: Where reports are kept.
        mode: `sandbox` or `live`.
    """

    def __init__(self, database: Database, *, mode: str) -> None:
        self._database = database
        self._mode = mode

    @asynccontextmanager
    async def watch(self, run_id: str | None) -> AsyncIterator[None]:
        """Measure the running loop for as long as the context lasts, and keep what was found."""
        started_at, timer = utc_now(), _Timer(asyncio.get_running_loop())
        timer.start()
        try:
            yield
        finally:
            timer.stop()
            report = timer.report(run_id, self._mode, started_at=started_at, ended_at=utc_now())
            log.info("event loop", samples=report.samples, p99_ms=report.p99_ms, max_ms=report.max_ms)
            self._database.submit(save_loop_reports, report)


class _Timer:
    """A timer on the loop, and a thread that looks at what the loop does when the timer is late."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._loop_thread = threading.get_ident()
        self._late: Counter[int] = Counter()  # how often by so many tenths of a millisecond
        self._max_cpu_s = 0.0
        self._cpu_stalls = 0
        self._stacks = 0
        self._due = self._cpu = self._all_cpu = self._collecting_since = self._collected_s = 0.0
        self._frames: list[str] = []
        self._ended = threading.Event()
        self._looker = threading.Thread(target=self._look_on, name="loop-monitor", daemon=True)
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure; called on the loop's thread."""
        gc.callbacks.append(self._collect)
        self._wait()
        self._looker.start()

    def stop(self) -> None:
        """End measuring."""
        self._ended.set()
        gc.callbacks.remove(self._collect)
        if self._handle:
            self._handle.cancel()
        self._looker.join()

    def _wait(self) -> None:
        self._cpu, self._all_cpu = time.thread_time(), time.process_time()
        self._frames, self._collected_s = [], 0.0
        self._due = time.perf_counter() + INTERVAL_S
        self._handle = self._loop.call_later(INTERVAL_S, self._tick)

    def _tick(self) -> None:
        late_s, cpu_s = max(0.0, time.perf_counter() - self._due), time.thread_time() - self._cpu
        self._late[int(late_s * _TENTH_MS)] += 1
        self._max_cpu_s = max(self._max_cpu_s, cpu_s)
        self._cpu_stalls += cpu_s > BLOCKED_S
        if late_s > BLOCKED_S and self._stacks < MOST_STACKS:
            self._stacks += 1
            all_cpu_s = time.process_time() - self._all_cpu
            log.info(
                "event loop was blocked",
                late_ms=round(late_s * 1000, 1),
                cpu_ms=round(cpu_s * 1000, 1),
                process_cpu_ms=round(all_cpu_s * 1000, 1),
                gc_ms=round(self._collected_s * 1000, 1),
                frames=self._frames,
            )
        self._wait()

    def _collect(self, phase: str, _about: dict[str, int]) -> None:
        """Add up how long the garbage collector stops everything, whichever thread it runs in."""
        now = time.perf_counter()
        if phase == "start":
            self._collecting_since = now
        else:
            self._collected_s += now - self._collecting_since

    def _look_on(self) -> None:
        while not self._ended.wait(LOOK_S):
            if self._frames or time.perf_counter() < self._due + BLOCKED_S:
                continue
            frame = sys._current_frames().get(self._loop_thread)
            if frame:
                frames = traceback.extract_stack(frame, limit=None)[-FRAMES:]
                self._frames = [f"{one.filename}:{one.lineno} {one.name}" for one in frames]

    def report(self, run_id: str | None, mode: str, *, started_at: datetime, ended_at: datetime) -> LoopReport:
        """Return what was measured."""
        samples = self._late.total()
        return LoopReport(
            run_id=run_id,
            mode=mode,
            started_at=started_at,
            ended_at=ended_at,
            samples=samples,
            p99_ms=self._quantile(0.99, samples),
            max_ms=self._quantile(1.0, samples),
            stalls=sum(count for late, count in self._late.items() if late > BLOCKED_S * _TENTH_MS),
            max_cpu_ms=round(self._max_cpu_s * 1000, 1),
            cpu_stalls=self._cpu_stalls,
        )

    def _quantile(self, share: float, samples: int) -> float:
        seen = 0
        for late, count in sorted(self._late.items()):
            seen += count
            if seen >= share * samples:
                return late / 10
        return 0.0
