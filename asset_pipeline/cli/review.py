"""`review`: serve the page where a person looks at images and decides about them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer
import uvicorn

from asset_pipeline.cli.listening import listening
from asset_pipeline.cli.output import say
from asset_pipeline.decisions import DecisionDesk
from asset_pipeline.ledger import Database
from asset_pipeline.project import Project, keep_logs, open_project
from asset_pipeline.review.app import review_app
from asset_pipeline.review.guard.token import ReviewToken, require_unexposed, review_token
from asset_pipeline.review.serving import SpeakingServer
from asset_pipeline.secrets import REVIEW_TOKEN

HOST = "127.0.0.1"
STOP_S = 5


def review(
    host: Annotated[
        str, typer.Option(help="Address to listen on; anything but this machine needs REVIEW_TOKEN.")
    ] = HOST,
    port: Annotated[
        int | None, typer.Option(min=1024, max=65535, help="Port to listen on; review.port if left out.")
    ] = None,
) -> None:
    """Serve the review page: look at images, approve them, send them back, and allow a collection's production.

    People sign in with REVIEW_TOKEN; where it is not set, a token is made at the first start, kept, and printed once.

    Example: asset-pipeline review --port 4500
    """
    project = open_project()
    require_unexposed(project, host)
    token = review_token(project)
    at = port or project.settings.review.port
    with keep_logs(project), Database(project.paths.database) as database, listening(host, at) as listener:
        desk = DecisionDesk(project, database)
        desk.tidy()
        app = review_app(project, database, desk, token.value, host=host, port=at)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            # Only where a proxy is said to be there is believed what one would say of who asks.
            proxy_headers=project.settings.review.public_url is not None,
            timeout_graceful_shutdown=STOP_S,
        )
        greet = partial(_greet, project, token, host=host, port=at)
        server = SpeakingServer(config, after_start=greet, before_shutdown=app.state.live.end)
        server.run(sockets=[listener])


def _greet(project: Project, token: ReviewToken, *, host: str, port: int) -> None:
    say(f"review page on http://{f'[{host}]' if ':' in host else host}:{port}")
    if project.settings.review.public_url:
        say(f"  for others: {project.settings.review.public_url}")
    if token.file is None:
        say(f"  sign in with the value of {REVIEW_TOKEN}")
    elif token.is_new:
        # Past the redaction, which from now on lets no text show it.
        typer.echo(f"  sign in with this token, which is shown only now: {token.value.get_secret_value()}")
        say(f"  it is kept in {project.paths.shown(token.file)}")
    else:
        say(f"  sign in with the token in {project.paths.shown(token.file)}")
