"""A sandbox served over real HTTP by this process, so that it outlives the commands that use it and are killed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from asset_pipeline.sandbox.app import make_app
from asset_pipeline.sandbox.outputs import prepared
from asset_pipeline.sandbox.state import SandboxState


@cache
def _client() -> httpx.Client:
    """Return one for all questions: each that is made reads whom to trust, which takes longer than an answer."""
    return httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(frozen=True)
class ServedSandbox:
    """A sandbox that is being served.

    Args:
        url: Its address.
        state: Its memory.
    """

    url: str
    state: SandboxState

    def invoice(self) -> list[dict[str, str]]:
        """Return what it has billed, call by call."""
        calls: list[dict[str, str]] = _client().get(f"{self.url}/_sandbox/invoice").json()["calls"]
        return calls

    def total(self) -> Decimal:
        """Return what it has billed."""
        return sum((Decimal(call["usd"]) for call in self.invoice()), Decimal(0))

    def script(self, *faults: Mapping[str, Any]) -> None:
        """Script faults."""
        _client().post(f"{self.url}/_sandbox/faults", json=list(faults)).raise_for_status()

    def requests(self) -> int:
        """Return how many requests the last scripted fault has seen."""
        with self.state.faults() as faults:
            return faults[-1][2]

    def reset(self) -> None:
        """Let it forget everything."""
        _client().post(f"{self.url}/_sandbox/reset").raise_for_status()


@contextmanager
def served(
    folder: Path, *, latency_s: float = 0.02, around: Callable[[ASGIApp], ASGIApp] | None = None, **options: Any
) -> Iterator[ServedSandbox]:
    """Serve a sandbox on a free port for as long as the context lasts.

    Args:
        folder: Where its memory lies.
        latency_s: How long each paid call takes, in seconds.
        around: Puts something around it that hears and answers first.
        options: Those of `make_app`.
    """
    app = make_app(folder, latency_s=latency_s, **({"artist": prepared} | options))
    server = uvicorn.Server(
        uvicorn.Config(
            around(app) if around else app,
            host="127.0.0.1",
            port=0,
            log_level="critical",
            ws="none",
            timeout_keep_alive=75,
        )
    )

    def serve() -> None:
        sys.settrace(None)  # what it does for others adds nothing to the coverage of its own tests, and takes minutes
        server.run()

    thread = threading.Thread(target=serve, name="sandbox", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.01)
    try:
        yield ServedSandbox(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", app.state.sandbox)
    finally:
        server.should_exit = True
        thread.join()
        app.state.sandbox.close()
