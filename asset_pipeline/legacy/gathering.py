"""Makes one list of pages and one of letters out of what all old files name: merged, with slugs, each accounted for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from asset_pipeline.legacy.findings import Fate, Findings, Include
from asset_pipeline.legacy.items import Item, ItemKind
from asset_pipeline.legacy.slugs import Slugs
from asset_pipeline.specs.fields import MAX_LINE

MAX_DESCRIPTION = 4000
_HOLE = re.compile(r"\{\{.*?\}\}|\$\{.*?\}|\[insert ")
_LETTER = re.compile(r"^letter\s*[-:\u2013\u2014]\s*", re.IGNORECASE)
# Dashes, curly quotes and the sign for "and".
_UNIFIED = str.maketrans(
    {
        "\u2011": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "&": " and ",
    }
)


@dataclass
class Entry:
    """A page or a letter of the new spec.

    Args:
        title: Its title.
        slug: Last part of its keys.
        place: Where it was found first.
        role: Whom it is for.
        description: What it is about.
        is_hub: Whether it is a hub.
        described_in: Where its description is from.
        files: Paths of its own images in the old folder, with the type of each.
    """

    title: str
    slug: str
    place: str
    role: str = ""
    description: str = ""
    is_hub: bool = False
    described_in: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Gathered:
    """What the new spec has.

    Args:
        pages: Each gives an icon and a cover.
        letters: Each gives a letter header.
    """

    pages: tuple[Entry, ...]
    letters: tuple[Entry, ...]


def gather(items: Sequence[Item], include: Set[Include], findings: Findings) -> Gathered:
    """Return pages and letters, in the order in which they are named first; every item is noted once.

    Args:
        items: Of all files, in the files' order.
        include: What is not left out.
        findings: Where each is noted.
    """
    gathering = _Gathering(include, findings)
    for item in items:
        if item.kind is not ItemKind.ROW:
            gathering.add(item)
    for item in items:  # rows come last: they are left out where any file names their page
        if item.kind is ItemKind.ROW:
            gathering.add_row(item)
    return Gathered(tuple(gathering.pages.values()), tuple(gathering.letters.values()))


class _Gathering:
    def __init__(self, include: Set[Include], findings: Findings) -> None:
        self._include = include
        self._findings = findings
        self.pages: dict[str, Entry] = {}
        self.letters: dict[str, Entry] = {}
        self._page_slugs, self._letter_slugs = Slugs(), Slugs()
        self._variants: dict[tuple[bool, str], Entry] = {}

    def add(self, item: Item) -> None:
        """Take in a page or a letter."""
        is_letter = item.kind is ItemKind.LETTER
        if item.is_fixture and Include.TESTS not in self._include:
            self._note(item, Fate.LEFT_OUT, "its file was made for tests; --include tests takes it")
            return
        entries = self.letters if is_letter else self.pages
        if item.title in entries:
            self._merge(entries[item.title], item)
            return
        other = self._variant_of(item.title, is_letter=is_letter)
        if other and Include.VARIANTS not in self._include:
            said = f"it is {other.title!r} of {other.place} in other words; --include variants takes it"
            self._note(item, Fate.LEFT_OUT, said)
            return
        self._enter(item, entries, self._letter_slugs if is_letter else self._page_slugs)

    def add_row(self, item: Item) -> None:
        """Take in a row of an acceptance list, where it names a page that nobody else names and that is wanted."""
        known = self.pages.get(item.title) or self.letters.get(item.title)
        other = self._variant_of(item.title, is_letter=False)
        if item.is_task:
            self._note(item, Fate.LEFT_OUT, "it is a task and names no page")
        elif known:
            self._note(item, Fate.LEFT_OUT, f"it is a task about the page of {known.place}, which has its images")
        elif other and Include.VARIANTS not in self._include:
            said = f"it means {other.title!r} of {other.place}; --include variants takes it"
            self._note(item, Fate.LEFT_OUT, said)
        elif Include.ACCEPTANCE not in self._include:
            self._note(item, Fate.LEFT_OUT, "no file has its page; --include acceptance takes it")
        else:
            self.add(item)

    def _enter(self, item: Item, entries: dict[str, Entry], slugs: Slugs) -> None:
        slug, remark = slugs.take(item.title, own=item.slug)
        title, description = cut(item.title, MAX_LINE), cut(item.description, MAX_DESCRIPTION)
        entry = Entry(title, slug, item.place, cut(item.role, MAX_LINE), description, item.is_hub, item.place)
        entry.files += item.files
        entries[item.title] = entry
        self._variants.setdefault((item.kind is ItemKind.LETTER, plain(item.title)), entry)
        parts = [f"slug {slug}" + (f" ({remark})" if remark else ""), *_remarks(item)]
        self._note(item, Fate.IMPORTED, "; ".join(parts))

    def _merge(self, entry: Entry, item: Item) -> None:
        """Take what a later file says of a page: its description counts, and what the page does not have yet."""
        parts = [f"into the one of {entry.place}"]
        if item.description and item.description != entry.description:
            if entry.description:
                parts.append(f"its description replaces that of {entry.described_in}")
            entry.description, entry.described_in = cut(item.description, MAX_DESCRIPTION), item.place
        if item.role and not entry.role:
            entry.role = cut(item.role, MAX_LINE)
            parts.append("its role is taken")
        elif item.role and item.role != entry.role:
            parts.append(f"its role {item.role!r} is not taken: {entry.role!r} was there first")
        if item.slug and item.slug != entry.slug:
            parts.append(f"its slug {item.slug!r} is not taken")
        entry.is_hub |= item.is_hub
        entry.files += [file for file in item.files if file not in entry.files]
        self._note(item, Fate.MERGED, "; ".join([*parts, *_hidden(item), *_not_taken(item)]))

    def _variant_of(self, title: str, *, is_letter: bool) -> Entry | None:
        """Return what has the same title in other words: with another dash, or as a page about a letter."""
        as_letter = plain(_LETTER.sub("", title)) if _LETTER.match(title) else None
        same = self._variants.get((is_letter, plain(title)))
        return same or (self._variants.get((True, as_letter)) if as_letter and not is_letter else None)

    def _note(self, item: Item, fate: Fate, detail: str) -> None:
        self._findings.add(item.file, item.line, item.kind, item.title, fate, detail)


def plain(title: str) -> str:
    """Return a title without case, dashes, quotes and spaces; emoji and signs stay, as they tell titles apart."""
    text = unicodedata.normalize("NFKC", title).translate(_UNIFIED).casefold()
    return re.sub(r"[\s\-'\".,:;]+", "", text) or title


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, cut between words."""
    return text if len(text) <= most else text[: most + 1].rsplit(" ", 1)[0][:most]


def _remarks(item: Item) -> Iterable[str]:
    return [*_odd(item), *_shortened(item), *_hidden(item), *_not_taken(item)]


def _odd(item: Item) -> Iterable[str]:
    return ["its description has placeholders, which a picture cannot fill"] if _HOLE.search(item.description) else []


def _shortened(item: Item) -> Iterable[str]:
    sides = {
        "title": (item.title, MAX_LINE),
        "role": (item.role, MAX_LINE),
        "description": (item.description, MAX_DESCRIPTION),
    }
    return [f"its {name} is cut to {most} characters" for name, (text, most) in sides.items() if len(text) > most]


def _hidden(item: Item) -> Iterable[str]:
    return [f"there was a key in its {name}, which is taken out: have it replaced by a new one" for name in item.hidden]


def _not_taken(item: Item) -> Iterable[str]:
    return [f"not taken: {', '.join(item.others)}"] if item.others else []
