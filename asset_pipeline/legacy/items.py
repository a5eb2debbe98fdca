"""What the old YAML files name: pages, child pages, letters, the admin page and rows of acceptance lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.legacy.old_yaml import YamlPart
from asset_pipeline.redaction import without_keys
from asset_pipeline.yamlfile import KeyPath

TITLES = ("title", "Title", "Page", "name", "Name")
ROWS = ("seed_rows", "rows", "entries", "database_entries", "items")
LISTED = (*ROWS, "databases", "schemas")
_FILES = {"icon_png": "icons", "icon_file": "icons", "cover_png": "covers", "cover_file": "covers"}
_TAKEN = frozenset({*TITLES[:3], "role", "Role", "description", "slug", "hub", "children", "Audience", "Category"})
# What no title may hold, as no line may.
_CONTROL = dict.fromkeys([*range(32), *range(127, 160)], " ")


class ItemKind(StrEnum):
    """What an item is in its file."""

    PAGE = "page"
    CHILD = "child page"
    LETTER = "letter"
    ADMIN = "admin page"
    ROW = "acceptance row"


@dataclass(frozen=True)
class Item:
    """Something that a file names.

    Args:
        kind: What it is.
        title: Its title, with single spaces.
        file: In which file.
        line: On which line.
        role: Whom it is for.
        description: What it is about.
        slug: The slug that the file says.
        is_hub: Whether the file says that it is a hub.
        files: Paths of its own images, with the type of each.
        others: Its keys that mean nothing here.
        hidden: Which of its texts had a key of a provider in it, which is taken out.
        is_task: For a row: whether it is a task and names no page.
    """

    kind: ItemKind
    title: str
    file: str
    line: int
    role: str = ""
    description: str = ""
    slug: str | None = None
    is_hub: bool = False
    files: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    is_task: bool = False

    @property
    def place(self) -> str:
        """File and line as people write them."""
        return f"{self.file}:{self.line}"

    @property
    def is_fixture(self) -> bool:
        """Whether its file was made for tests."""
        return self.file.rpartition("/")[2].startswith("test_")


def read_items(part: YamlPart, findings: Findings) -> list[Item]:
    """Return what a file names, in its order; what makes no image is noted."""
    data = part.data
    if not isinstance(data, dict):
        said = "it has no keys with values, and so no pages"
        findings.add(part.file, part.line(()), "file", part.file, Fate.LEFT_OUT, said)
        return []
    reader = _Reader(part, findings)
    items = [item for path in reader.entries(("pages",)) for item in reader.pages(path, ItemKind.PAGE)]
    items += [item for path in reader.entries(("letters",)) if (item := reader.item(path, ItemKind.LETTER))]
    if "admin_page" in data:
        items += reader.pages(("admin_page",), ItemKind.ADMIN)
    rows = ("acceptance", "rows") if isinstance(data.get("acceptance"), dict) else ("acceptance",)
    items += [item for path in reader.entries(rows) if (item := reader.item(path, ItemKind.ROW))]
    reader.rest(data)
    return items


class _Reader:
    """Reads one file."""

    def __init__(self, part: YamlPart, findings: Findings) -> None:
        self._part = part
        self._findings = findings

    def entries(self, path: KeyPath) -> list[KeyPath]:
        """Return the paths of a list's entries; of keys with values, each is an entry."""
        value = self._part.at(path)
        if isinstance(value, list):
            return [(*path, index) for index in range(len(value))]
        if isinstance(value, dict):
            return [path] if any(key in value for key in TITLES[:3]) else [(*path, key) for key in value]
        if value is not None:
            self._leave_out(path, "list", str(path[-1]), f"it is {_shape(value)} where a list belongs")
        return []

    def pages(self, path: KeyPath, kind: ItemKind) -> list[Item]:
        """Return a page and the pages below it."""
        own = self.item(path, kind)
        items = [own] if own else []
        value = self._part.at(path)
        if isinstance(value, dict) and value.get("children"):
            items += [item for child in self.entries((*path, "children")) for item in self.pages(child, ItemKind.CHILD)]
        return items

    def item(self, path: KeyPath, kind: ItemKind) -> Item | None:
        """Return one item; None where it has no title."""
        entry = self._part.at(path)
        if not isinstance(entry, dict):
            self._leave_out(path, kind, str(entry), f"it is {_shape(entry)}, and has no title")
            return None
        keys = ("Page", "Title", "title") if kind is ItemKind.ROW else ("title", "Title")
        key = next((key for key in keys if key in entry), None)
        title = self._text(path, entry, key) if key else ""
        if not title:
            why = f"its title is {_shape(entry[key])}" if key and entry[key] is not None else "it has no title"
            self._leave_out(path, kind, str(path[-1]), why)
            return None
        texts = {
            "title": title,
            "role": self._text(path, entry, "role", "Role", "Audience"),
            "description": self._text(path, entry, "description", "Category"),
            "slug": self._text(path, entry, "slug"),
        }
        clean = {name: without_keys(text) for name, text in texts.items()}
        return Item(
            kind=kind,
            title=clean["title"],
            file=self._part.file,
            line=self._part.line(path),
            role=clean["role"],
            description=clean["description"],
            slug=clean["slug"] or None,
            is_hub=entry.get("hub") is True,
            files=tuple((self._text(path, entry, name), kind) for name, kind in _FILES.items() if entry.get(name)),
            others=tuple(name for name in entry if name not in _TAKEN),
            hidden=tuple(name for name, text in texts.items() if clean[name] != text),
            is_task=kind is ItemKind.ROW and key != "Page",
        )

    def rest(self, data: Mapping[str, Any]) -> None:
        """Note what else a file has: the old tool made no images of it either."""
        for name, value in data.items():
            if name in ("pages", "letters", "admin_page"):
                continue
            inner = value if name != "acceptance" else _without_rows(value)
            if name == "acceptance" and not inner:
                continue
            self._leave_out((name,), "section", name, "no images come of it, and none did before")
            for path in self._listed((name,), inner):
                self._leave_out(path, "row" if path[-2] in ROWS else "entry", _name(self._part.at(path), path), "")

    def _listed(self, path: KeyPath, value: object) -> Iterator[KeyPath]:
        """Yield the entries of a section, and the entries and rows of the lists in them."""
        for key, entry in _pairs(value):
            if key in LISTED and isinstance(entry, list | dict):
                yield from self._listed((*path, key), entry)
                continue
            if isinstance(value, list) or isinstance(entry, dict | list):
                yield (*path, key)
            for name in LISTED:
                if isinstance(entry, dict) and isinstance(entry.get(name), list | dict):
                    yield from self._listed((*path, key, name), entry[name])

    def _text(self, path: KeyPath, entry: Mapping[str, Any], *keys: str) -> str:
        """Return the first value that is a text, as it was written and on one line; empty where none is."""
        for key in keys:
            value = entry.get(key)
            if value is not None and not isinstance(value, dict | list):
                return " ".join((self._part.text((*path, key)) or str(value)).translate(_CONTROL).split())
        return ""

    def _leave_out(self, path: KeyPath, kind: str, name: str, detail: str) -> None:
        self._findings.add(self._part.file, self._part.line(path), kind, name, Fate.LEFT_OUT, detail)


def _without_rows(value: object) -> object:
    return {key: one for key, one in value.items() if key != "rows"} if isinstance(value, dict) else None


def _pairs(value: object) -> Sequence[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _name(entry: object, path: KeyPath) -> str:
    """Return how people would call an entry: by its title, its own key, or the first key in it."""
    if isinstance(entry, dict):
        named = next((entry[key] for key in TITLES if isinstance(entry.get(key), str | int | float)), None)
        first = path[-1] if isinstance(path[-1], str) else next(iter(entry), path[-1])
        return str(first if named is None else named)
    return str(path[-1]) if isinstance(entry, list) or isinstance(path[-1], str) else str(entry)


def _shape(value: object) -> str:
    names = {dict: "keys with values", list: "a list", str: "a text", type(None): "nothing"}
    return names.get(type(value), f"{value!r}")
