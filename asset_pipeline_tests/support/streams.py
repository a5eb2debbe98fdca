"""Live progress served over real HTTP, and its listeners."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from asset_pipeline.review.live import PATH, LiveProgress
from asset_pipeline.review.serving import SpeakingServer


@dataclass(frozen=True)
class Event:
    """One event, as a browser gives it to a page."""

    name: str
    data: Any
    last_id: str


@contextmanager
def served_progress(live: LiveProgress) -> Iterator[str]:
    """Serve live progress on a free port for as long as the context lasts, and give its address."""
    with served(Starlette(routes=live.routes()), live) as url:
        yield f"{url}{PATH}"


@contextmanager
def served(app: ASGIApp, live: LiveProgress) -> Iterator[str]:
    """Serve an application with live progress on a free port for as long as the context lasts, and give its address."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_level="critical",
        ws="none",
        timeout_graceful_shutdown=20,
    )
    server = SpeakingServer(config, after_start=lambda: None, before_shutdown=live.end)
    thread = threading.Thread(target=server.run, name="live", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def listening(url: str, **options: Any) -> Iterator[Iterator[Event]]:
    """Listen, and give the events as they come."""
    with httpx.stream("GET", url, timeout=20, **options) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events_of(answer.iter_lines())


def events_of(lines: Iterator[str]) -> Iterator[Event]:
    """Yield the events that lines are; a comment is an event without a name."""
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Event("", line[1:].strip(), "")
        elif line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif "data" in found:
            yield Event(found["event"], json.loads(found["data"]), found.get("id", ""))
            found = {}


def until(events: Iterator[Event], is_it: Callable[[Event], bool]) -> list[Event]:
    """Return the events up to the first that is it."""
    seen = []
    for event in events:
        seen.append(event)
        if is_it(event):
            return seen
    raise AssertionError(f"the stream ended before; it told {seen}")
