"""Reads predictions: whatever Replicate says of one, sorted into what the pipeline decides by.

Pure. Which keys an answer has varies by model, age and endpoint, so everything but the id may be absent or odd. Facts:
Replicate's HTTP reference, and recorded answers of 2023 and 2024. Never recorded, only documented: `aborted`,
`data_removed`, `deadline`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
MAX_REASON = 500
# Where the file is, in an output that also names others (the inputs, a preview).
_FILES_FIRST = ("image", "images", "file", "files", "url", "urls", "output")
_ADDRESSES = ("http://", "https://", "data:")
# The words of refused prompts and pictures, as seen (E005, NSFW) and as providers behind Replicate put it.
_FLAGGED = re.compile(r"\bE005\b|\bNSFW\b|flagged|\bsensitive\b|\bsafety\b|content policy|moderat", re.IGNORECASE)
_CODE = re.compile(r"\b(E\d{3,4})\b|\bcode: (PA)\b")
# Replicate's page "Error codes"; the last three were only seen in use.
CODES: Mapping[str, str] = {
    "E1000": "an error that Replicate does not know",
    "E1001": "the model ran out of memory",
    "E4875": "the webhook's address is empty",
    "E6716": "the model did not start in time",
    "E8367": "the prediction was stopped",
    "E8765": "the model's health check failed",
    "E9243": "the model could not be started",
    "E9825": "the file could not be uploaded",
    "E9828": "Replicate lost the run",
    "E005": "the safety filter refused it; another prompt may pass",
    "PA": "the run was interrupted, or what was sent is too large",
}


@dataclass(frozen=True)
class Prediction:
    """A prediction, as one answer shows it.

    Args:
        id: Opaque.
        status: `starting`, `processing`, or one of `TERMINAL`; others may come, and it may be empty.
        given: Its input; empty once it has been removed. Its keys come in any order.
        output: Any JSON: text, list, mapping, nested, or None.
        error: What went wrong, as text; may be None on a failed one.
        metrics: Times and billing counters; not all are numbers, and numbers may be negative.
        model: As the answer names it; official models may answer under an internal name.
        version: 64 hex digits, `hidden`, or an internal name; not always the one that was asked for.
        data_removed: Output and input are gone, an hour after completion.
    """

    id: str
    status: str
    given: Mapping[str, Any]
    output: Any
    error: str | None
    metrics: Mapping[str, Any]
    model: str | None
    version: str | None
    data_removed: bool

    @property
    def is_terminal(self) -> bool:
        """Whether it will not change any more; an unknown status is not the end."""
        return self.status in TERMINAL

    @property
    def is_flagged(self) -> bool:
        """Whether it was refused for what it shows, so that the same prompt will not pass here."""
        return self.status == "failed" and bool(_FLAGGED.search(self.error or ""))

    @property
    def reason(self) -> str:
        """Why it brought nothing, for people, in one line."""
        said = " ".join((self.error or "no reason was given").split())[:MAX_REASON]
        if self.status == "aborted":
            return f"{said} (its deadline passed before it began)"
        code = _CODE.search(said)
        meaning = CODES.get(code[1] or code[2]) if code else None
        return f"{said} [{meaning}]" if meaning else said

    def output_urls(self) -> list[str]:
        """Return every address in the output, wherever it is, those of files first."""
        return list(_addresses(self.output))


def parse_prediction(body: Any) -> Prediction | None:  # noqa: ANN401 - any JSON
    """Return the prediction in a body, or None where there is none."""
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        return None
    return Prediction(
        id=body["id"],
        status=_text(body.get("status")) or "",
        given=_mapping(body.get("input")),
        output=body.get("output"),
        error=_error(body.get("error")),
        metrics=_mapping(body.get("metrics")),
        model=_text(body.get("model")),
        version=_text(body.get("version")),
        data_removed=bool(body.get("data_removed")),
    )


def parse_time(text: str) -> datetime:
    """Return a time with 3, 4, 6 or 9 fractional digits; all of them have been recorded.

    No two times of one prediction are comparable to the millisecond: `created_at` was recorded to drift by 34 ms.
    """
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    return datetime.fromisoformat(cut)


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) and value else None


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, dict) else {}


def _error(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return an error as text: it is one, or has one inside, or is shown as it came."""
    if value is None or isinstance(value, str):
        return value or None
    inside = _mapping(value)
    said = next((inside[name] for name in ("detail", "message", "error") if _text(inside.get(name))), None)
    return said or json.dumps(value)


def _addresses(output: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield addresses in their order; without recursion, as nobody bounds how deep an output is."""
    left = [output]
    while left:
        item = left.pop()
        if isinstance(item, str) and item.startswith(_ADDRESSES):
            yield item
        elif isinstance(item, list):
            left += reversed(item)
        elif isinstance(item, dict):
            first = [item[name] for name in _FILES_FIRST if name in item]
            left += reversed(first + [value for name, value in item.items() if name not in _FILES_FIRST])
