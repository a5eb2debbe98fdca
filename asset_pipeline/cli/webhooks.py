"""`webhooks`: serve the receiver of Replicate's webhooks, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
import uvicorn

from asset_pipeline.cli.listening import listening
from asset_pipeline.cli.output import say
from asset_pipeline.connect import webhook_secret
from asset_pipeline.errors import SetupError
from asset_pipeline.images.wakeups import WakeupSpool
from asset_pipeline.project import open_project
from asset_pipeline.providers.http import GetError
from asset_pipeline.review.serving import SpeakingServer
from asset_pipeline.review.webhooks import PATH, WebhookReceiver, receiver_app
from asset_pipeline.secrets import WEBHOOK_SECRET

HOST = "127.0.0.1"
STOP_S = 5


def webhooks(
    host: Annotated[str, typer.Option(help="Address to listen on; anything but this machine has to be named.")] = HOST,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Port to listen on.")] = 4501,
) -> None:
    """Serve the receiver of Replicate's webhooks alone, so that only it has to be reachable from outside.

    It speaks plain HTTP: put a proxy with TLS before it, and set replicate.webhook_url to the proxy's address.

    Example: asset-pipeline webhooks --port 4501
    """
    project = open_project()
    try:
        secret = asyncio.run(webhook_secret(project))
    except GetError as error:
        raise SetupError(
            f"Replicate does not tell what it signs webhooks with: {error.what}", fix=f"or set {WEBHOOK_SECRET} in .env"
        ) from error
    receiver = WebhookReceiver(WakeupSpool(project.paths.folder(project.paths.wakeups)), secret)
    config = uvicorn.Config(
        receiver_app(receiver),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=STOP_S,
    )

    def greet() -> None:
        say(f"webhooks on http://{f'[{host}]' if ':' in host else host}:{port}{PATH}")
        say(f"  told to Replicate: {project.settings.replicate.webhook_url or 'nothing; set replicate.webhook_url'}")

    with listening(host, port) as listener:
        SpeakingServer(config, after_start=greet).run(sockets=[listener])
