"""Moments as Replicate writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def as_text(moment: float) -> str:
    """Return a Unix time as ISO 8601 with milliseconds, in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_moment(text: str) -> float:
    """Return the Unix time of ISO 8601; without a zone it is UTC.

    Raises:
        ValueError: It is no time.
    """
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
