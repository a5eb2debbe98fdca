"""Pages of the review page on their own: a base that has the blocks of the real one, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from asset_pipeline.errors import PipelineError
from asset_pipeline.ledger.money import brief, show

CSRF = "a-token"
BASE = (
    "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
    "<meta name='csrf-token' content='{{ csrf }}'><title>{% block title %}{% endblock %}</title>"
    "{% block head %}{% endblock %}</head><body><main>{% block main %}{% endblock %}</main>"
    "{% block scripts %}{% endblock %}</body></html>"
)


def render(request: Request, name: str, values: Mapping[str, Any] | None = None, *, status: int = 200) -> Response:
    """Answer with a template, as the application does."""
    return HTMLResponse(_environment().get_template(name).render(_with_common(values)), status_code=status)


def page_of(request: Request, template: str, values: Mapping[str, Any]) -> Response:
    """Answer with a template that is given as text."""
    return HTMLResponse(_environment().from_string(template).render(_with_common(values)))


def _environment() -> Environment:
    templates = Environment(
        loader=ChoiceLoader([DictLoader({"base.html": BASE}), PackageLoader("asset_pipeline.review")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"usd": show, "brief": brief, "when": lambda at: f"{at:%Y-%m-%d %H:%M} UTC"}
    return templates


def _with_common(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"csrf": CSRF} | dict(values or {})


def client_of(routes: Sequence[Route]) -> TestClient:
    """Return a client of an application that has these routes; our own errors are answered as JSON."""

    async def problem(_request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, status_code=400)

    app = Starlette(routes=list(routes), exception_handlers={PipelineError: problem})
    return TestClient(app, raise_server_exceptions=True, follow_redirects=False)


class Page(HTMLParser):
    """What a browser would see of a page.

    Args:
        text: The HTML.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        """Note a text, with the tag it is in."""
        self.texts.append((self._open[-1] if self._open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all tags of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(data for _, data in self.texts).split())


def assert_keeps_the_policy(text: str) -> Page:
    """Say that a page has no style, script or handler of its own, and asks no other site for anything."""
    page = Page(text)
    for tag, attributes in page.tags:
        assert tag != "style", "a style sheet of its own"
        assert tag != "script" or attributes.get("src"), "a script of its own"
        for name, value in attributes.items():
            assert name != "style", f"a style of its own: {value}"
            assert not name.startswith("on"), f"a handler: {name}"
            if name in ("src", "href", "action"):
                assert value is not None
                assert value.startswith(("/", "#")), value
                assert not value.startswith("//"), value
    return page
