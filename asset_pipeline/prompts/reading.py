"""Reads what a model says: its JSON, alone, in a code fence, or with words around it, never repaired; and its texts."""

from __future__ import annotations

import json
import re
from typing import Any

_FENCE = re.compile(r"```\w*(.*?)```", re.DOTALL)
# An object begins with a brace and a key; a brace in prose rarely does.
_OBJECT = re.compile(r'\{\s*["}]')


def json_in(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON in an answer, or None.

    What is cut off stays unread, even where a part of it would be whole: half an answer is another answer.
    """
    for candidate in (text, *_FENCE.findall(text)[:1]):
        found = _strict(candidate)
        if found is not None:
            return found
    start = _OBJECT.search(text)
    if start is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, start.start())[0]
    except (ValueError, RecursionError):
        return None


def _strict(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # the latter where a model has got stuck in opening brackets
        return None


def one_line(value: Any) -> str:  # noqa: ANN401 - a model's JSON
    """Return text in one line, without halves of characters, which neither database nor provider takes."""
    return " ".join(str(value or "").split()).encode(errors="ignore").decode()
