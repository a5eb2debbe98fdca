"""What pages need of whoever puts them together: a way to answer with a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response


class Render(Protocol):
    """Answers with a template, to which it gives whatever the base of all pages needs."""

    def __call__(
        self, request: Request, name: str, values: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> Response:
        """Return the page.

        Args:
            request: What is answered.
            name: Of the template.
            values: What it shows.
            status: Of the answer.
        """
        ...
