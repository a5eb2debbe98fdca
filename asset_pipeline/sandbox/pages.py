"""Pages of a list, newest first, with cursors as Replicate has them: opaque, and full addresses.

Its cursors are base64 of `p=<position>`, with `r=1` before it on the way back; recorded ones begin like that.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request

PAGE = 100


class Numbered(Protocol):
    """Something with a place in the order of creation."""

    @property
    def number(self) -> int:
        """Its place."""


Item = TypeVar("Item", bound=Numbered)


@dataclass(frozen=True)
class Place:
    """Where a page begins.

    Args:
        number: Of the item next to the page, which is not on it.
        backwards: Whether the page has what is newer than that item.
    """

    number: int
    backwards: bool = False

    def cursor(self) -> str:
        """Return it as it goes into an address."""
        text = f"r=1&p={self.number}" if self.backwards else f"p={self.number}"
        return base64.urlsafe_b64encode(text.encode()).decode()

    def sql(self) -> tuple[str, str]:
        """Return the condition and the direction by which rows with a `number` are read from here."""
        sign, order = (">", "ASC") if self.backwards else ("<", "DESC")
        return f"number {sign} {self.number}", order


def place_of(request: Request) -> Place | None:
    """Return where a request wants its page to begin, or None for the newest items.

    Raises:
        ValueError: Its cursor was never given out.
    """
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return None
    text = base64.urlsafe_b64decode(cursor.encode()).decode()
    found = re.fullmatch(r"(r=1&)?p=(\d{1,18})", text)
    if not found:
        raise ValueError("Invalid cursor")
    return Place(int(found[2]), backwards=bool(found[1]))


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page.

    Args:
        items: What is on it, newest first.
        following: Address of the page with older items.
        previous: Address of the page with newer ones.
    """

    items: Sequence[Item]
    following: str | None
    previous: str | None


def page_of(request: Request, fetch: Callable[[Place | None, int], Sequence[Item]]) -> Page[Item]:
    """Return the page that a request asks for.

    Args:
        request: The request; its other parameters stay in the addresses.
        fetch: Returns so many items from a place on, in the direction of the place.

    Raises:
        ValueError: Its cursor was never given out.
    """
    place = place_of(request)
    found = fetch(place, PAGE + 1)
    backwards = place is not None and place.backwards
    items = list(found[:PAGE])
    if backwards:
        items.reverse()
    has_more = len(found) > PAGE
    has_older, has_newer = (True, has_more) if backwards else (has_more, place is not None)

    def address(to: Place) -> str:
        return str(request.url.include_query_params(cursor=to.cursor()))

    return Page(
        items,
        following=address(Place(items[-1].number)) if items and has_older else None,
        previous=address(Place(items[0].number, backwards=True)) if items and has_newer else None,
    )
