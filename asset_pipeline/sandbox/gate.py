"""What comes before everything else: the token, then the rate limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from asset_pipeline.sandbox.limits import Kind, Limits
from asset_pipeline.sandbox.refusals import problem, throttled

Handler = Callable[[Request], Awaitable[Response]]


class Gate:
    """Lets requests through to their handlers.

    Args:
        limits: Counts them.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __call__(self, handler: Handler, kind: Kind | None = Kind.OTHER) -> Handler:
        """Return a handler behind the gate.

        Args:
            handler: What is behind.
            kind: What the requests are counted as; None where they are not, as recorded of uploads.
        """

        async def guarded(request: Request) -> Response:
            if not _has_token(request):
                return problem("unauthenticated")
            if kind is None:
                return await handler(request)
            taken = self._limits.take(kind)
            answer = throttled(taken.retry_after_s) if taken.retry_after_s else await handler(request)
            answer.headers.update(taken.headers())
            return answer

        return guarded


def _has_token(request: Request) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme in ("Bearer", "Token") and bool(token.strip())
