"""The review page as one application: its routes, and around them the guards that every request passes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from asset_pipeline.errors import LedgerError, PipelineError, ReviewRequestError
from asset_pipeline.folders import FolderFile
from asset_pipeline.ledger import Database
from asset_pipeline.logs import set_level
from asset_pipeline.project import Project
from asset_pipeline.review import api, assets, compare, files, gallery_page, image_page, overview, panel, sign_in
from asset_pipeline.review.charts import MoneyPage
from asset_pipeline.review.context import Context, make_templates, render
from asset_pipeline.review.current import CurrentSettings, follows
from asset_pipeline.review.desk import Desk
from asset_pipeline.review.editors import PromptEditors
from asset_pipeline.review.guard.bodies import Bodies
from asset_pipeline.review.guard.bugs import Bugs
from asset_pipeline.review.guard.gate import NO_PAGES, SESSION, Gate
from asset_pipeline.review.guard.headers import Headers
from asset_pipeline.review.guard.hosts import Hosts, known_hosts
from asset_pipeline.review.guard.sessions import Sessions
from asset_pipeline.review.guard.throttle import Throttle
from asset_pipeline.review.live import LiveProgress
from asset_pipeline.review.run_starter import RunStarter
from asset_pipeline.review.thumbnails import Thumbnails
from asset_pipeline.settings_watch import SettingsWatch

LOOPBACK = "127.0.0.1"
# Modules with `routes()`; pages that keep something of their own are objects, see `review_app`.
PAGES = (sign_in, assets, overview, gallery_page, panel, image_page, compare, files, api)


def review_app(
    project: Project,
    database: Database,
    desk: Desk,
    token: SecretStr,
    *,
    host: str = LOOPBACK,
    port: int | None = None,
    now_s: Callable[[], float] = time.time,
) -> Starlette:
    """Return the review page of a project.

    Args:
        project: The project.
        database: Its database, which stays the caller's to close.
        desk: Takes decisions.
        token: What people sign in with.
        host: Address that is listened on.
        port: Port that is listened on; the settings' if left out.
        now_s: The clock of the sessions, as Unix time.
    """
    settings = project.settings.review
    sessions = Sessions(
        token,
        lifetime_s=settings.session_hours * 3600,
        ended=FolderFile(project.paths.folder(project.paths.review), "ended-sessions.json"),
        now_s=now_s,
    )
    watch = SettingsWatch(project, follows=follows)
    context = Context(
        watch=watch,
        database=database,
        desk=desk,
        sessions=sessions,
        throttle=Throttle(),
        templates=make_templates(),
        thumbnails=Thumbnails(project.paths),
    )
    gated = project.settings.rollout.require_approval
    live = LiveProgress(database, mode=context.mode, is_gated=gated)
    pages = (
        *PAGES,
        live,
        MoneyPage(database, mode=context.mode, render=render),
        PromptEditors(database, project.paths, mode=context.mode, render=render),
    )

    def adopt(now: Project, changed: Collection[str]) -> None:
        desk.adopt(now)
        live.is_gated = now.settings.rollout.require_approval
        if "log_level" in changed:
            set_level(now.settings.log_level)

    app = Starlette(
        routes=[route for page in pages for route in page.routes()],
        middleware=[
            Middleware(Headers, is_https=context.is_https),
            Middleware(Hosts, known=known_hosts(settings, host=host, port=port or settings.port)),
            Middleware(Bodies),
            Middleware(Gate, sessions=sessions),
            Middleware(CurrentSettings, watch=watch, on_change=adopt),
            Middleware(Bugs),
        ],
        exception_handlers={HTTPException: _http_problem, PipelineError: _pipeline_problem},
        lifespan=_lifespan,
    )
    app.state.context = context
    app.state.live = live
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Start runs that decisions ask for, as long as the page is served."""
    context: Context = app.state.context
    if not context.project.settings.rollout.start_runs:
        yield
        return
    async with RunStarter(context.project, context.database).at_work():
        yield


async def _http_problem(request: Request, error: Exception) -> Response:
    """Answer what has no page."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    what = "There is nothing here." if status == 404 else f"This cannot be done here ({status})."
    return _problem(request, status, what, None)


async def _pipeline_problem(request: Request, error: Exception) -> Response:
    """Answer what went wrong in a way that a person can do something about."""
    what, fix = (error.what, error.fix) if isinstance(error, PipelineError) else (str(error), None)
    status = 400
    if isinstance(error, ReviewRequestError):
        status = error.status
    elif isinstance(error, LedgerError):  # told 400, a browser would forget the decisions that it has sent
        status = 503
    return _problem(request, status, what, fix)


def _problem(request: Request, status: int, what: str, fix: str | None) -> Response:
    if request.url.path.startswith(NO_PAGES) or request.scope.get("state", {}).get(SESSION) is None:
        return JSONResponse({"error": what, "fix": fix}, status_code=status)
    return render(request, "problem.html", {"what": what, "fix": fix, "status": status}, status=status)
