"""Lets every request to the review page be answered under the settings as they are now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from asset_pipeline.errors import LedgerError
from asset_pipeline.project import Project
from asset_pipeline.settings_watch import SettingsWatch

log = structlog.get_logger(__name__)

# What the server was started with: whom it serves and where, and whose money it shows.
STARTED_WITH = ("mode", "data_dir", "review.", "sandbox.", "rollout.start_runs")


def follows(key: str) -> bool:
    """Say whether the page takes a changed setting while it is served."""
    return not key.startswith(STARTED_WITH) or key == "review.dagster_url"


class CurrentSettings:
    """Looks at the settings before each request; it costs nothing as long as no file has changed.

    Args:
        app: Answers.
        watch: Reads the files.
        on_change: Called with the project and what has changed of its settings; it may block.
    """

    def __init__(
        self, app: ASGIApp, *, watch: SettingsWatch, on_change: Callable[[Project, Collection[str]], None]
    ) -> None:
        self._app = app
        self._watch = watch
        self._on_change = on_change
        self._untold: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and (self._watch.is_due() or self._untold):
            await asyncio.to_thread(self._look)
        await self._app(scope, receive, send)

    def _look(self) -> None:
        self._untold.update(self._watch.look().taken)
        if not self._untold:
            return
        try:
            self._on_change(self._watch.project, self._untold)
        except LedgerError as error:  # tried again at the next request
            log.warning("changed settings cannot be taken over", reason=error.what)
        else:
            self._untold = set()
