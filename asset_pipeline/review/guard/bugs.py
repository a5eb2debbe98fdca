"""Answers what nobody foresaw: the log has all of it, without secrets, and whoever asked sees that it was not them."""

from __future__ import annotations

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asset_pipeline.redaction import clean_error
from asset_pipeline.review.guard.answers import refuse

log = structlog.get_logger(__name__)


class Bugs:
    """Catches what is left, inside whatever adds headers to answers.

    Args:
        app: Answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http" or has_begun:
                raise
            log.exception("a page of the review failed", path=scope["path"], exc_info=clean_error(error))
            await refuse(500, "This page has failed; what it was is in the log of `asset-pipeline review`.")(
                scope, receive, send
            )
