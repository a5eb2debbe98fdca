"""`sandbox`: serve the stand-in providers on a port."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
import uvicorn

from asset_pipeline.cli.listening import listening
from asset_pipeline.cli.output import say
from asset_pipeline.project import open_project
from asset_pipeline.review.serving import SpeakingServer

HOST = "127.0.0.1"
KEEP_ALIVE_S = 75


def sandbox(
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Port on 127.0.0.1.")] = 4600,
    latency: Annotated[float | None, typer.Option(min=0, max=60, help="Seconds that each paid call takes.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Draw each size once; for tests and benchmarks.")] = False,  # noqa: FBT002 - a flag
    rate_limits: Annotated[bool, typer.Option("--rate-limits", help="Refuse what Replicate's limits do.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Serve the sandbox on this machine: both providers, with an invoice at /_sandbox/invoice.

    Example: asset-pipeline sandbox --port 4600
    """
    from asset_pipeline.sandbox.app import make_app  # drawing is of no use to other commands
    from asset_pipeline.sandbox.outputs import drawn, prepared

    project = open_project()
    latency_s = project.settings.sandbox.latency_s if latency is None else latency
    artist = prepared if quick else drawn
    app = make_app(project.paths.sandbox, latency_s=latency_s, artist=artist, limited=rate_limits)
    config = uvicorn.Config(app, host=HOST, port=port, log_level="warning", timeout_keep_alive=KEEP_ALIVE_S)

    def greet() -> None:
        say(f"sandbox on http://{HOST}:{port}")
        say(f"  use it:  ASSET_PIPELINE__SANDBOX__URL=http://{HOST}:{port}")
        say(f"  invoice: http://{HOST}:{port}/_sandbox/invoice")

    with closing(app.state.sandbox), listening(HOST, port, fix="give another one with --port") as listener:
        SpeakingServer(config, after_start=greet).run(sockets=[listener])
