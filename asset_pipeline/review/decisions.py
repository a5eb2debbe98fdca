"""Reads decisions as browsers send them, and hands them to the desk in a thread of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool

from asset_pipeline.decisions import Decision, Kind, Outcome
from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline.errors import ReviewRequestError
from asset_pipeline.review.context import Context
from asset_pipeline.review.keys import is_image_key

MAX_DECISIONS = 200
MAX_TEXT = 4_000
# Made anew: these cost money, so a price is shown before they are sent.
PRICED = (Kind.REGENERATE, Kind.EDIT, Kind.PICK)
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AFTER = re.compile(r"[A-Za-z0-9:._-]{1,300}")


def read_decision_id(given: Mapping[str, Any]) -> str:
    """Return the id that a decision came with, or a new one.

    Raises:
        ReviewRequestError: It is none.
    """
    return _matching(given, "decision_id", _ID) or new_decision_id()


def read_decision(given: Mapping[str, Any]) -> Decision:
    """Return the decision that was sent.

    Raises:
        ReviewRequestError: It is malformed.
    """
    key, kind = given.get("image_key"), given.get("kind")
    if not is_image_key(key):
        raise _wrong("image_key", "is no key of an image")
    if kind not in list(Kind):
        raise _wrong("kind", f"is none of {', '.join(Kind)}")
    return Decision(
        decision_id=read_decision_id(given),
        image_key=str(key),
        kind=Kind(kind),
        note=_text(given, "note"),
        prompt=_text(given, "prompt"),
        negative_prompt=_text(given, "negative_prompt"),
        candidate=_number(given, "candidate"),
        seen_sha256=_matching(given, "seen_sha256", _SHA256),
        after=_matching(given, "after", _AFTER),
    )


def read_decisions(given: object) -> list[Decision]:
    """Return the decisions that were sent.

    Raises:
        ReviewRequestError: One is malformed, or there are too many.
    """
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise _wrong("decisions", "is no list of decisions")
    if len(given) > MAX_DECISIONS:
        raise ReviewRequestError(
            f"{len(given)} decisions at once; no more than {MAX_DECISIONS}", status=413, fix="send them in parts"
        )
    return [read_decision(one) for one in given]


def read_ids(given: object) -> list[str]:
    """Return ids of decisions that were sent.

    Raises:
        ReviewRequestError: They are none.
    """
    if not isinstance(given, list) or len(given) > MAX_DECISIONS:
        raise _wrong("decision_ids", "is no list of ids")
    if not all(isinstance(one, str) and _ID.fullmatch(one) for one in given):
        raise _wrong("decision_ids", "holds what is no id")
    return given


async def decide(context: Context, decisions: Sequence[Decision], *, reviewer: str) -> list[Outcome]:
    """Have decisions taken."""
    return await run_in_threadpool(context.desk.decide, decisions, reviewer=reviewer)


def _matching(given: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str | None:
    value = given.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _wrong(name, "is not of its form")
    return value


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _wrong(name, f"is no text of at most {MAX_TEXT:,} characters")
    return "".join(c for c in value if c.isprintable() or c in "\n\t").strip()


def _number(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 4:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000:
        return value
    raise _wrong(name, "is no number of a candidate")


def _wrong(name: str, what: str) -> ReviewRequestError:
    return ReviewRequestError(f"{name} {what}", where="the decision", fix="load the page again")
