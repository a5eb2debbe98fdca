"""Slugs for what the old tool named: valid, one for each, and the same whatever else is imported with it later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count

from asset_pipeline.errors import PathError
from asset_pipeline.folders import check_name
from asset_pipeline.redaction import holds_key
from asset_pipeline.specs.fields import MAX_SLUG, slugify

NAMELESS = "page"
_DIGITS = 6


def slug_of(text: str) -> str:
    """Return the slug that a text gives; empty where it gives none that a spec may have, as `Aux` or a key does."""
    slug = slugify(text)[:MAX_SLUG].strip("-")
    try:
        return "" if not slug or holds_key(slug) else check_name(slug)
    except PathError:
        return ""


class Slugs:
    """The slugs of one kind of images."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def take(self, title: str, *, own: str | None = None) -> tuple[str, str]:
        """Return a slug that nobody else has, and a remark where it is not the one that was wished for.

        Where two want the same, the first has it, and the other one's ends in a few digits of its title's hash: they
        do not change with what comes before or after it.

        Args:
            title: What it is made from.
            own: The slug that the old tool's file names, which wins.
        """
        wishes = [slug for slug in (slug_of(own or ""), slug_of(title)) if slug]
        slug = next(one for one in _candidates(wishes, title) if one not in self._taken)
        remark = ""
        if not wishes:
            remark = f"{title!r} gives no slug of its own"
        elif slug != wishes[0]:
            remark = f"the slug {wishes[0]} is that of {self._taken[wishes[0]]!r}"
        elif own and slug != own:
            remark = f"the slug {own!r} cannot be part of a file's name"
        self._taken[slug] = title
        return slug, remark


def _candidates(wishes: list[str], title: str) -> Iterator[str]:
    """Yield slugs, the best first, without end."""
    yield from wishes
    digits = hashlib.sha256(title.encode(errors="replace")).hexdigest()[:_DIGITS]
    stem = wishes[0] if wishes else NAMELESS
    for number in count(1):
        end = f"-{digits}" if number == 1 else f"-{digits}-{number}"
        yield stem[: MAX_SLUG - len(end)].strip("-") + end
