"""A sandbox in process, whose clock the test can put forward."""

import asyncio
import contextlib
import time
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

from asset_pipeline.sandbox.app import make_app
from asset_pipeline.sandbox.outputs import prepared

FLUX = "black-forest-labs/flux-dev"
LUNA = "openai/gpt-6-luna"
# Which keys a prediction of Replicate has in which state; held against recorded answers in the tests of the client.
_STARTING = {"id", "model", "version", "input", "logs", "error", "status", "created_at", "urls"}
_PROCESSING = _STARTING | {"started_at"}
KEYS = {
    "starting": _STARTING,
    "processing": _PROCESSING,
    "succeeded": _PROCESSING | {"output", "completed_at", "metrics"},
}


@dataclass
class InProcess:
    """A sandbox on a folder, asked one request at a time.

    Args:
        app: The sandbox.
    """

    app: Starlette
    headers: dict[str, str] | None = None

    def ask(self, method, path, **request):
        """Return the response to one request."""

        async def main():
            transport = httpx.ASGITransport(self.app)
            headers = {"Authorization": "Bearer sandbox"} if self.headers is None else self.headers
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as client:
                return await client.request(method, path, **request)

        return asyncio.run(main())

    def get(self, path, **request):
        """Return the response to a GET."""
        return self.ask("GET", path, **request)

    def create(self, model=FLUX, **given):
        """Ask for a prediction of a model, and return the response."""
        return self.ask("POST", f"/v1/models/{model}/predictions", json={"input": {"prompt": "a compass"} | given})

    def say(self, text="Hi", model=LUNA, **request):
        """Ask a language model, and return the response."""
        body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 500} | request
        return self.ask("POST", "/api/v1/chat/completions", json=body)

    def script(self, *faults):
        """Script faults, and return the response."""
        return self.ask("POST", "/_sandbox/faults", json=list(faults))

    def invoice(self):
        """Return the bill."""
        return self.get("/_sandbox/invoice").json()


@contextlib.contextmanager
def in_process(folder, *, latency_s=0.0, **options):
    """Open a sandbox in process, for as long as the context lasts; `options` are those of `make_app`."""
    app = make_app(folder, latency_s=latency_s, **({"artist": prepared} | options))
    try:
        yield InProcess(app)
    finally:
        app.state.sandbox.close()


class Clock:
    """The time of day, put forward by the test.

    Args:
        monkeypatch: Puts the real one back.
    """

    def __init__(self, monkeypatch):
        self._real = time.time
        self.ahead_s = 0.0
        self._stopped_at = None
        monkeypatch.setattr(time, "time", self._now)

    def _now(self):
        return (self._stopped_at or self._real()) + self.ahead_s

    def stop(self):
        """Let it stand still from now on, at a whole second; it can still be put forward."""
        self._stopped_at = float(int(self._real()))

    def forward(self, seconds):
        """Put it forward."""
        self.ahead_s += seconds
