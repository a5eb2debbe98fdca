"""Lets in who is signed in, and changes only what comes from our own pages."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from asset_pipeline.review.guard.answers import refuse
from asset_pipeline.review.guard.bodies import BODY, FORM, content_type
from asset_pipeline.review.guard.forms import parse_form
from asset_pipeline.review.guard.hosts import with_usual_port
from asset_pipeline.review.guard.sessions import Session, Sessions

SIGN_IN = "/sign-in"
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
# Asked for by pages and programs, which can do nothing with a sign-in page.
NO_PAGES = ("/api/", "/files/", "/thumbs/", "/events")
OPEN = ("/static/",)
SESSION = "session"  # where the request's state keeps it


class Gate:
    """Knows who asks.

    Args:
        app: Answers who may ask.
        sessions: Reads cookies.
    """

    def __init__(self, app: ASGIApp, *, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        session = self._sessions.read(cookie_parser(headers.get("cookie", "")).get(self._sessions.cookie))
        scope.setdefault("state", {})[SESSION] = session
        await (self._refusal(scope, headers, session) or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers, session: Session | None) -> Response | None:
        path, is_change = scope["path"], scope["method"] == "POST"
        if is_change or path.startswith(NO_PAGES):
            is_typed = not is_change and headers.get("sec-fetch-site") == "none"  # in the address bar, by its owner
            problem = None if is_typed else foreign(headers, scheme=scope["scheme"])
            if problem:
                return refuse(403, problem)
        if path == SIGN_IN or (path.startswith(OPEN) and not is_change):
            return None
        if session is None:
            return _ask_to_sign_in(scope, headers, is_change=is_change)
        if is_change and not self._sessions.is_csrf(session, _csrf_of(scope, headers)):
            return refuse(403, "This did not come from a page of this session; load the page again.")
        return None


def foreign(headers: Headers, *, scheme: str) -> str | None:
    """Return what speaks against a change that comes from our own pages; None where nothing does.

    Browsers say of each request where it comes from, by `Sec-Fetch-Site`, by `Origin`, or by both; where the origin is
    `null`, the former counts. Programs send neither, and have to know the session's secrets anyway.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return "This comes from another site."
    if origin is None or (origin == "null" and site == "same-origin"):
        return None
    if origin == "null":
        return "The browser does not say where this comes from. Open the page by https, or as http://127.0.0.1."
    parts = urlsplit(origin)
    ours = {with_usual_port(headers["host"], one) for one in (scheme, "https")}
    if parts.scheme not in ("http", "https") or with_usual_port(parts.netloc, parts.scheme) not in ours:
        return "This comes from another site."
    return None


def _ask_to_sign_in(scope: Scope, headers: Headers, *, is_change: bool) -> Response:
    path = scope["path"]
    wants_page = not path.startswith(NO_PAGES) and "text/event-stream" not in headers.get("accept", "")
    if is_change or not wants_page:
        return refuse(401, f"Sign in first, at {SIGN_IN}.")
    query = scope["query_string"].decode("ascii", "replace")
    there = quote(path, safe="/.-_~") + (f"?{query}" if query else "")
    to = SIGN_IN if there == "/" else f"{SIGN_IN}?next={quote(there, safe='')}"
    return RedirectResponse(to, status_code=303)


def _csrf_of(scope: Scope, headers: Headers) -> str:
    given = headers.get(CSRF_HEADER)
    if given is None and content_type(scope) == FORM:
        given = parse_form(scope[BODY]).get(CSRF_FIELD)
    return given or ""
