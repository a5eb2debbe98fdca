"""`sandbox`: serve the stand-in providers on a port."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from asset_pipeline.cli.output import say
from asset_pipeline.project import open_project

HOST = "127.0.0.1"


def sandbox(
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Port on 127.0.0.1.")] = 4600,
    latency: Annotated[float | None, typer.Option(min=0, max=60, help="Seconds that each paid call takes.")] = None,
) -> None:
    """Serve the sandbox on this machine: both providers, with an invoice at /_sandbox/invoice.

    Example: asset-pipeline sandbox --port 4600
    """
    from asset_pipeline.sandbox.app import make_app  # drawing is of no use to other commands

    project = open_project()
    latency_s = project.settings.sandbox.latency_s if latency is None else latency
    say(f"sandbox on http://{HOST}:{port}")
    say(f"  use it:  ASSET_PIPELINE__SANDBOX__URL=http://{HOST}:{port}")
    say(f"  invoice: http://{HOST}:{port}/_sandbox/invoice")
    uvicorn.run(make_app(project.paths.sandbox, latency_s=latency_s), host=HOST, port=port, log_level="warning")
