"""What every route of the review page is given: the project, the database, the desk, and who is asking."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from asset_pipeline.errors import ReviewRequestError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import brief, show
from asset_pipeline.project import Project
from asset_pipeline.review.desk import Desk
from asset_pipeline.review.guard.bodies import BODY
from asset_pipeline.review.guard.forms import parse_form
from asset_pipeline.review.guard.gate import SESSION
from asset_pipeline.review.guard.sessions import Session, Sessions
from asset_pipeline.review.guard.throttle import Throttle
from asset_pipeline.review.reading.statements import Outlook
from asset_pipeline.review.thumbnails import Thumbnails
from asset_pipeline.settings_watch import SettingsWatch

MAX_NOTES = 20
MAX_NOTED_SESSIONS = 100
MAX_SHOWN = 100_000


@dataclass(frozen=True)
class Note:
    """What a page tells at its top, once.

    Args:
        text: The sentence.
        is_good: Whether it was done.
    """

    text: str
    is_good: bool


@dataclass(frozen=True)
class Context:
    """What routes work with.

    Args:
        watch: Settings and places, as they are now.
        database: The ledger's database.
        desk: Takes decisions.
        sessions: Who is signed in.
        throttle: Slows down who guesses.
        templates: The pages.
        thumbnails: The small pictures.
        shown_hashes: Hash of the last file of images that pages have shown, for their small pictures.
        notes: What is still to be told, by session.
    """

    watch: SettingsWatch
    database: Database
    desk: Desk
    sessions: Sessions
    throttle: Throttle
    templates: Environment
    thumbnails: Thumbnails
    shown_hashes: dict[str, str] = field(default_factory=dict)
    notes: dict[str, deque[Note]] = field(default_factory=dict)

    def tell(self, session: Session, text: str, *, is_good: bool) -> None:
        """Have the session's next page tell something."""
        while len(self.notes) >= MAX_NOTED_SESSIONS:
            self.notes.pop(next(iter(self.notes)), None)
        self.notes.setdefault(session.nonce, deque(maxlen=MAX_NOTES)).append(Note(text, is_good))

    def remember_shown(self, hashes: Mapping[str, str | None]) -> None:
        """Keep which file of each image a page has just shown."""
        if len(self.shown_hashes) > MAX_SHOWN:
            self.shown_hashes.clear()
        self.shown_hashes.update({key: sha256 for key, sha256 in hashes.items() if sha256})

    @property
    def project(self) -> Project:
        """Settings and places, as they are now."""
        return self.watch.project

    @property
    def mode(self) -> str:
        """Whose money and decisions are shown: `sandbox` or `live`."""
        return str(self.project.settings.mode)

    @property
    def outlook(self) -> Outlook:
        """From where the images are looked at."""
        settings = self.project.settings
        return Outlook(settings.mode, settings.rollout.require_approval)

    @property
    def is_https(self) -> bool:
        """Whether people reach the page through TLS only."""
        url = self.project.settings.review.public_url
        return url is not None and url.startswith("https:")


def make_templates() -> Environment:
    """Return the pages' templates: whatever is put into one is escaped, and what is not given is an error."""
    templates = Environment(
        loader=PackageLoader("asset_pipeline.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "usd": show,
        "brief": brief,
        "when": _when,
        "words": _words,
        "short": _short,
        "capitalize_first": _capital,
        "measured": _measured,
    }
    return templates


def context_of(request: Request) -> Context:
    """Return what a route works with."""
    return cast("Context", request.app.state.context)


def session_of(request: Request) -> Session:
    """Return the session of a request; the gate has let it pass, so there is one."""
    session = request.scope["state"][SESSION]
    if not isinstance(session, Session):
        raise ReviewRequestError("nobody is signed in", status=401, fix="sign in")
    return session


def reviewer_of(request: Request) -> str:
    """Return who is asking."""
    return session_of(request).reviewer


def form_of(request: Request) -> dict[str, str]:
    """Return the fields of the form that was sent."""
    return parse_form(request.scope[BODY])


def json_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent.

    Raises:
        ReviewRequestError: It is none.
    """
    try:
        value = json.loads(request.scope[BODY])
        json.dumps(value, ensure_ascii=False).encode()  # half a character can be neither kept nor shown
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ReviewRequestError("the body is no JSON object", where=request.url.path, fix="load the page again")
    return value


def render(request: Request, name: str, values: Mapping[str, Any] | None = None, *, status: int = 200) -> HTMLResponse:
    """Return a page; what the base template needs is given to it.

    Args:
        request: What is answered.
        name: Of the template.
        values: What it shows.
        status: Of the answer.
    """
    context = context_of(request)
    session = request.scope.get("state", {}).get(SESSION)
    is_part = name.startswith("_")  # of a page that tells its notes itself
    common = {
        "path": request.url.path,
        "mode": context.mode,
        "reviewer": session.reviewer if session else None,
        "csrf": context.sessions.csrf(session) if session else "",
        "project_id": context.sessions.project,
        "warnings": context.watch.warnings if session else (),
        "notes": tuple(context.notes.pop(session.nonce, ())) if session and not is_part else (),
    }
    text = context.templates.get_template(name).render(common | dict(values or {}))
    return HTMLResponse(text, status_code=status)


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _short(score: Decimal | float) -> str:
    return f"{score:.1f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _measured(value: float) -> str:
    """Return a measured value with as many digits as people read."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
