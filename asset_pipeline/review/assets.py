"""Serves the style sheets, scripts and the icon of the review page."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).with_name("static")


class Static(StaticFiles):
    """Files of the package; a browser asks whether each has changed, so that an upgrade is seen at once."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the answer that holds a file."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def routes() -> list[BaseRoute]:
    """Return the routes."""
    return [Mount("/static", Static(directory=FOLDER), name="static")]
