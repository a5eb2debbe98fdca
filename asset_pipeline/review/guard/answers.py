"""Short answers of the guards: a status, and a sentence on what is wrong and what to do."""

from __future__ import annotations

from starlette.responses import PlainTextResponse


def refuse(status: int, what: str, **headers: str) -> PlainTextResponse:
    """Return an answer that refuses a request; header names are written with underscores."""
    return PlainTextResponse(
        what + "\n", status_code=status, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
