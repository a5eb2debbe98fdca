"""Carries lines to the log file in a thread of its own: no disk, however slow or full, ever stops who logs."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asset_pipeline.logs.file import LogFile
from asset_pipeline.settings.logs import LogSettings

MAX_WAITING = 20_000
MAX_BATCH = 500
CLOSE_S = 10.0
RETRY_S = 60.0
FIRST = ("timestamp", "level", "event")


class LogSink:
    """Takes events, and keeps them as lines.

    Args:
        folder: Where the file is.
        settings: How it is rotated and kept.
    """

    def __init__(self, folder: Path, settings: LogSettings) -> None:
        self._file = LogFile(folder, settings)
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._dropped = 0
        self._not_before = 0.0
        self._has_complained = False
        self._thread = threading.Thread(target=self._work, name="logs", daemon=True)
        self._thread.start()

    def put(self, event: Mapping[str, Any]) -> None:
        """Queue an event; where thousands wait for the disk already, it is only counted."""
        if self._events.qsize() < MAX_WAITING:
            self._events.put(dict(event))
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._events.put(None)
        self._thread.join(CLOSE_S)

    def _work(self) -> None:
        is_open = True
        while is_open:
            batch = [self._events.get()]
            while len(batch) < MAX_BATCH and not self._events.empty():
                batch.append(self._events.get())
            is_open = None not in batch
            self._write([event for event in batch if event is not None])

    def _write(self, events: Sequence[Mapping[str, Any]]) -> None:
        if not events or time.monotonic() < self._not_before:
            self._dropped += len(events)
            return
        dropped, self._dropped = self._dropped, 0
        first = [{"level": "warning", "event": "lines were dropped", "dropped": dropped}] if dropped else []
        try:
            self._file.write([_line(event) for event in (*first, *events)])
        except Exception as error:  # noqa: BLE001 - a full disk or a line that is none: this thread must not end
            self._dropped += dropped + len(events)
            self._not_before = time.monotonic() + RETRY_S
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        """Say it once: a line for each line that is not written would be worse than none."""
        if not self._has_complained:
            self._has_complained = True
            why = getattr(error, "strerror", None) or error
            said = f"logs: {self._file.path} cannot be written ({why}), so nothing is kept there"
            print(f"{said}; the work goes on", file=sys.stderr)  # noqa: T201 - the log itself is what is broken


def _line(event: Mapping[str, Any]) -> str:
    first = {name: event[name] for name in FIRST if name in event}
    try:
        return json.dumps(first | dict(event), default=str, ensure_ascii=False)
    except (TypeError, ValueError):  # a value that no JSON has: with a key that is no text, or inside itself
        return json.dumps({name: str(value) for name, value in (first | dict(event)).items()}, ensure_ascii=False)
