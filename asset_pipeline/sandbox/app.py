"""The sandbox as one web application: both providers, and the controls that tests use."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.faults import faults_of
from asset_pipeline.sandbox.killer import Killer
from asset_pipeline.sandbox.metering import billed_usd
from asset_pipeline.sandbox.openrouter_api import OpenRouterApi
from asset_pipeline.sandbox.openrouter_images import OpenRouterPictures
from asset_pipeline.sandbox.outputs import Artist, drawn
from asset_pipeline.sandbox.replicate_api import replicate_routes
from asset_pipeline.sandbox.state import SandboxState


class Controls:
    """What real providers do not have: the invoice in full, scripted faults, and a way to forget.

    Args:
        state: The sandbox's memory.
    """

    def __init__(self, state: SandboxState) -> None:
        self.state = state

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [
            Route("/_sandbox/invoice", self.invoice),
            Route("/_sandbox/faults", self.add_faults, methods=["POST"]),
            Route("/_sandbox/reset", self.reset, methods=["POST"]),
        ]

    async def invoice(self, _request: Request) -> Response:
        """Answer with everything that was billed, call by call; amounts are text."""
        return JSONResponse(make_invoice(self.state))

    async def add_faults(self, request: Request) -> Response:
        """Script faults: one, a list, or `{"faults": [...]}`; an empty list forgets all."""
        try:
            faults = faults_of(await request.json())
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        if not faults:
            self.state.clear_faults()
        for fault in faults:
            self.state.add_fault(fault.model_dump(exclude_unset=True))
        return JSONResponse({"scripted": len(faults)})

    async def reset(self, _request: Request) -> Response:
        """Forget everything, faults included."""
        self.state.reset()
        return JSONResponse({"reset": True})


def make_invoice(state: SandboxState) -> dict[str, object]:
    """Return the sandbox's bill.

    Args:
        state: The sandbox's memory.

    Returns:
        `calls`, each with provider, id, model, status and `usd`; and `total_usd`.
    """
    now = time.time()
    calls: list[dict[str, str]] = [
        {
            "provider": "replicate",
            "id": one.id,
            "model": one.model,
            "status": one.status(now),
            "usd": _digits(billed_usd(one, now)),
        }
        for one in reversed(state.predictions())
    ]
    calls += [
        {"provider": "openrouter", "id": generation_id, "model": model, "status": "succeeded", "usd": cost}
        for generation_id, model, cost, _ in state.generations()
    ]
    total = sum((Decimal(call["usd"]) for call in calls), Decimal(0))
    return {"total_usd": _digits(total), "calls": calls}


def _digits(usd: Decimal) -> str:
    return f"{usd.normalize():f}"


def make_app(
    folder: Path, *, latency_s: float, artist: Artist = drawn, limited: bool = False, webhook_pause_s: float = 1.0
) -> Starlette:
    """Return the sandbox.

    Args:
        folder: Where its memory lies.
        latency_s: How long each paid call takes, in seconds.
        artist: Makes the files that its image models deliver.
        limited: Whether requests above Replicate's rate limits are refused.
        webhook_pause_s: Seconds after which a webhook that could not be delivered is sent again for the first time.
    """
    state = SandboxState(folder)
    pictures = OpenRouterPictures(state, latency_s=latency_s, artist=artist)
    routes = [
        *replicate_routes(state, latency_s=latency_s, artist=artist, limited=limited, webhook_pause_s=webhook_pause_s),
        *OpenRouterApi(state, latency_s=latency_s, pictures=pictures).routes(),
        *pictures.routes(),
        *Controls(state).routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Killer, state=state)])
    app.state.sandbox = state
    return app
