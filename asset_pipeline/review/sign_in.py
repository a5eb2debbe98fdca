"""Signing in with the token and a name, and signing out."""

from __future__ import annotations

import getpass
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from asset_pipeline.review.context import Context, context_of, form_of, render, session_of
from asset_pipeline.review.guard.gate import SESSION, SIGN_IN
from asset_pipeline.review.guard.sessions import Session, clean_name

SIGN_OUT = "/sign-out"

log = structlog.get_logger(__name__)


def routes() -> list[Route]:
    """Return the routes."""
    return [
        Route(SIGN_IN, show_form, methods=["GET"]),
        Route(SIGN_IN, sign_in, methods=["POST"]),
        Route(SIGN_OUT, sign_out, methods=["POST"]),
    ]


async def show_form(request: Request) -> Response:
    """Ask for the token; who is signed in already goes on."""
    there = _local(request.query_params.get("next"))
    if request.scope["state"][SESSION] is not None:
        return RedirectResponse(there, status_code=303)
    return _form(request, there)


async def sign_in(request: Request) -> Response:
    """Let in who knows the token: 303; or 401 for another, 429 after too many, 400 without a name."""
    context, form = context_of(request), form_of(request)
    there, name = _local(form.get("next")), clean_name(form.get("name", ""))
    client = request.client.host if request.client else ""
    wait_s = context.throttle.wait_s(client)
    if wait_s:
        said = f"Too many wrong tokens; try again in {wait_s} seconds."
        return _form(request, there, name=name, problem=said, status=429, headers={"Retry-After": str(wait_s)})
    if not context.sessions.is_token(form.get("token", "")):
        context.throttle.failed(client)
        log.warning("a wrong token was given on the review page", client=client)
        return _form(request, there, name=name, problem="That is not the token.", status=401)
    if not name:
        return _form(request, there, problem="Decisions are kept with a name: give yours.", status=400)
    answer = RedirectResponse(there, status_code=303)
    _set_cookie(answer, context, context.sessions.open(name))
    return answer


async def sign_out(request: Request) -> Response:
    """End the session, for every copy of its cookie."""
    context = context_of(request)
    context.sessions.end(session_of(request))
    answer = RedirectResponse(SIGN_IN, status_code=303)
    answer.delete_cookie(context.sessions.cookie, path="/", httponly=True, samesite="strict", secure=context.is_https)
    return answer


def _set_cookie(answer: Response, context: Context, session: Session) -> None:
    answer.set_cookie(
        context.sessions.cookie,
        context.sessions.seal(session),
        max_age=context.sessions.lifetime_s,
        path="/",
        httponly=True,
        samesite="strict",
        secure=context.is_https,
    )


def _form(
    request: Request,
    there: str,
    *,
    name: str = "",
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    # Whoever comes through a proxy may be a stranger, and need not know who works here.
    proposed = name or ("" if context_of(request).is_https else _own_name())
    values: dict[str, Any] = {"next": there, "name": proposed, "problem": problem}
    answer = render(request, "sign_in.html", values, status=status)
    answer.headers.update(headers or {})
    return answer


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return ""


def _local(there: str | None) -> str:
    """Return where to go on: a path of ours, never another site."""
    if not there or not there.startswith("/") or there.startswith(("//", SIGN_IN)) or "\\" in there:
        return "/"
    parts = urlsplit(there)
    is_ours = not parts.scheme and not parts.netloc and there.isascii() and there.isprintable()
    return there if is_ours else "/"
