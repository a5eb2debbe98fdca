"""What a person wants to see of a collection, as it stands in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

SORTS = {
    "position": "as in the spec",
    "newest": "newest first",
    "doubts": "most failed checks first",
    "score": "best prompt first",
    "score_up": "weakest prompt first",
    "cost": "dearest first",
    "title": "by title",
}
DECISIONS = {
    "waiting": "waits for you",
    "undecided": "not decided",
    "approved": "approved",
    "rejected": "rejected",
    "sent_back": "sent back",
}
CHECKS = {"failed": "failed a check", "passed": "passed all checks"}
STATES = ("done", "missing", "held", "failed", "lost", "rejected")
MAX_TEXT = 100
MAX_PAGE = 100_000


@dataclass(frozen=True)
class Filters:
    """Which images, in which order, and which page of them; what is left out is not looked at.

    Args:
        state: Of the image.
        type: Of the image.
        decision: A key of `DECISIONS`.
        checks: A key of `CHECKS`.
        score_from: Least score of its prompt.
        score_to: Highest score of its prompt.
        cost_from: Least cost, in USD.
        cost_to: Highest cost, in USD.
        sample: Only those of the sample.
        favourite: Only favourites.
        text: What title, description or key hold.
        sort: A key of `SORTS`.
        page: From 1.
    """

    state: str | None = None
    type: str | None = None
    decision: str | None = None
    checks: str | None = None
    score_from: Decimal | None = None
    score_to: Decimal | None = None
    cost_from: Decimal | None = None
    cost_to: Decimal | None = None
    sample: bool = False
    favourite: bool = False
    text: str | None = None
    sort: str = "position"
    page: int = 1

    @property
    def query(self) -> str:
        """These, as they stand in an address; empty where all is as usual."""
        given = {
            one.name: "1" if getattr(self, one.name) is True else str(getattr(self, one.name))
            for one in fields(self)
            if getattr(self, one.name) != one.default
        }
        return urlencode(given)

    @property
    def is_narrow(self) -> bool:
        """Whether some images are left out."""
        return replace(self, sort="position", page=1) != Filters()

    def at(self, page: int) -> Filters:
        """Return the same for another page."""
        return replace(self, page=page)


def read_filters(given: Mapping[str, str]) -> Filters:
    """Return what an address asks for; what makes no sense in it is left out."""
    return Filters(
        state=_one_of(given.get("state"), STATES),
        type=_word(given.get("type")),
        decision=_one_of(given.get("decision"), DECISIONS),
        checks=_one_of(given.get("checks"), CHECKS),
        score_from=_amount(given.get("score_from")),
        score_to=_amount(given.get("score_to")),
        cost_from=_amount(given.get("cost_from")),
        cost_to=_amount(given.get("cost_to")),
        sample=given.get("sample") == "1",
        favourite=given.get("favourite") == "1",
        text=given.get("text", "").strip()[:MAX_TEXT] or None,
        sort=_one_of(given.get("sort"), SORTS) or "position",
        page=_page(given.get("page")),
    )


def _one_of(value: str | None, allowed: Mapping[str, str] | tuple[str, ...]) -> str | None:
    return value if value in allowed else None


def _word(value: str | None) -> str | None:
    return value if value and value.replace("_", "").isalnum() and len(value) <= MAX_TEXT else None


def _amount(value: str | None) -> Decimal | None:
    try:
        amount = Decimal((value or "").strip().replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 1000 else None


def _page(value: str | None) -> int:
    is_number = value is not None and value.isascii() and value.isdigit() and len(value) <= 6
    return min(MAX_PAGE, max(1, int(value or "1"))) if is_number else 1
