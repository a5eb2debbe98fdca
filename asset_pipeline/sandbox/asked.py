"""What a request to create a prediction asks for: its body, checked as documented, and its headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from asset_pipeline.sandbox.checks import Problem, problems_of
from asset_pipeline.settings.types import is_loopback

EVENTS = ("start", "output", "logs", "completed")
LONGEST_WAIT_S = 60
MIN_DEADLINE_S, MAX_DEADLINE_S = 5, 24 * 3600
# No other keys are allowed, says Replicate's OpenAPI description.
_PROPERTIES: Mapping[str, Any] = {
    "input": {"type": "object"},
    "webhook": {"type": "string"},
    "webhook_events_filter": {"type": "array", "items": {"type": "string", "enum": list(EVENTS)}, "uniqueItems": True},
    "stream": {"type": "boolean"},
}
BY_NAME: Mapping[str, Any] = {
    "type": "object",
    "required": ["input"],
    "properties": _PROPERTIES,
    "additionalProperties": False,
}
BY_VERSION: Mapping[str, Any] = {
    **BY_NAME,
    "required": ["version", "input"],
    "properties": {"version": {"type": "string"}, **_PROPERTIES},
}


@dataclass(frozen=True)
class Asked:
    """A request that can be read.

    Args:
        given: The input.
        version: As it came; empty where the address names the model.
        webhook: Who is told, if anybody.
        events: What they are told.
        preference: How long the answer is waited for, as the header says it; empty if not at all.
        deadline_s: Seconds after which the prediction is ended from outside, if that was asked for.
    """

    given: Mapping[str, Any]
    version: str
    webhook: str | None
    events: tuple[str, ...]
    preference: str
    deadline_s: float | None

    @property
    def wait_s(self) -> float:
        """Seconds that the answer is waited for."""
        _, _, seconds = self.preference.partition("=")
        return 0 if not self.preference else int(seconds or LONGEST_WAIT_S)


def read_asked(body: Mapping[str, Any], headers: Headers, *, schema: Mapping[str, Any]) -> Asked | list[Problem]:
    """Return what a request asks for, or everything that is wrong with it.

    Args:
        body: Its JSON.
        headers: `Prefer` and `Cancel-After` count. How Replicate refuses a wrong one is not documented.
        schema: `BY_NAME` or `BY_VERSION`.
    """
    problems = problems_of(schema, body)
    webhook = body.get("webhook")
    if isinstance(webhook, str) and not _may_be_called(webhook):
        text = "the sandbox tells http:// and https:// addresses on this machine only"
        problems.append(Problem("format", "webhook", text))
    preference, deadline_s = _preference(headers.get("prefer", "")), _duration_s(headers.get("cancel-after"))
    if preference is None:
        problems.append(Problem("pattern", "Prefer", f"must be wait or wait=n, n from 1 to {LONGEST_WAIT_S} seconds"))
    if deadline_s is not None and not MIN_DEADLINE_S <= deadline_s <= MAX_DEADLINE_S:
        problems.append(Problem("pattern", "Cancel-After", "must be 5 seconds to 24 hours, as 90, 5m or 1h30m45s"))
    if problems or preference is None:
        return problems
    events = tuple(body.get("webhook_events_filter", EVENTS)) if webhook else ()
    return Asked(body["input"], body.get("version", ""), webhook, events, preference, deadline_s)


def _may_be_called(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") and is_loopback(url)


def _preference(header: str) -> str | None:
    """Return the part of `Prefer` that is about waiting, or None where it is wrong; others are not for the server."""
    found = [part.strip() for part in header.split(",") if part.strip().startswith("wait")]
    if not found:
        return ""
    fits = re.fullmatch(r"wait(=([1-9]|[1-5]\d|60))?", found[0])
    return found[0] if fits else None


def _duration_s(header: str | None) -> float | None:
    """Return the seconds that `Cancel-After` gives; of what is no time, none, which is below all bounds."""
    if header is None:
        return None
    found = re.fullmatch(r"(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s?)?", header.strip())
    if not found:
        return 0.0
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
