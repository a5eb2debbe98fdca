"""Reads the old files one by one, each by its kind; one that cannot be read is noted, and stops nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from asset_pipeline.errors import LegacyFileError
from asset_pipeline.legacy.config import OldConfig, read_config
from asset_pipeline.legacy.findings import Fate, Findings, Record
from asset_pipeline.legacy.folder import Kind, SourceFile, read_text
from asset_pipeline.legacy.history import read_history, read_lines
from asset_pipeline.legacy.items import Item, read_items
from asset_pipeline.legacy.names import kept_name
from asset_pipeline.legacy.old_yaml import read_parts
from asset_pipeline.legacy.prompt_notes import MASTER_PROMPT, convert_tones
from asset_pipeline.legacy.stores import read_store
from asset_pipeline.legacy.theme import read_theme
from asset_pipeline.prompts.tones import TONES_FILE

_PASSED_BY: Mapping[Kind, str] = {
    Kind.SECRETS: "it may hold keys, and is not opened: set REPLICATE_API_TOKEN and OPENROUTER_API_KEY in .env here",
    Kind.LINK: "a link is not followed",
    Kind.FOLDER: "it is a program's own, or cannot be read",
    Kind.OTHER_YAML: "the old tool read one folder of pages: the highest split_yaml, or the top without one",
    Kind.SPECIAL: "it is no file, and is not opened",
    Kind.OTHER: "code, text or log of the old tool, or of no kind that is known",
}
# Whatever the settings call them.
_NEVER_OPENED = (Kind.SECRETS, Kind.LINK, Kind.FOLDER, Kind.SPECIAL)
# The one that the old tool read, then the one that it reset it to.
_TONES_FIRST = ("emotional_config.yaml", "emotional_defaults.yaml")


@dataclass
class Raw:
    """What the files say, before it is put together.

    Args:
        config: The settings and the theme.
        items: Pages, letters and rows.
        notes: Prompt files to keep, by name.
        records: The past.
    """

    config: OldConfig = field(default_factory=OldConfig)
    items: list[Item] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)


def read_files(files: Sequence[SourceFile], findings: Findings) -> Raw:
    """Return what files say; the settings come first, as they name other files."""
    reader = _Reader(files, findings)
    for file in files:
        if file.kind is Kind.CONFIG:
            reader.read(file)
    named = _named_by(reader.raw.config)
    for file in files:
        if file.kind is not Kind.CONFIG:
            kind = file.kind if file.kind in _NEVER_OPENED else named.get(file.name, file.kind)
            reader.read(replace(file, kind=kind))
    return reader.raw


def _named_by(config: OldConfig) -> Mapping[str, Kind]:
    """Return the files that the settings name, with what they are."""
    keys = {
        ("review", "approval_file"): Kind.MARKER,
        ("review", "production_approval_file"): Kind.MARKER,
        ("logging", "transaction_log"): Kind.JSON,
    }
    found = {}
    for (section, key), kind in keys.items():
        inside = config.raw.get(section)
        name = inside.get(key) if isinstance(inside, dict) else None
        if isinstance(name, str):
            found[name] = kind
    return found


class _Reader:
    """Reads files of all kinds."""

    def __init__(self, files: Sequence[SourceFile], findings: Findings) -> None:
        self.raw = Raw()
        self._findings = findings
        self._odd_from = 0
        self._stores = {file.name for file in files if file.kind is Kind.STORE}
        tones = [file for file in files if file.kind is Kind.TONES]
        self._tones = min(tones, key=_rank, default=None)
        self._readers: Mapping[Kind, Callable[[SourceFile], None]] = {
            Kind.CONFIG: self._config,
            Kind.THEME: self._theme,
            Kind.PAGES: self._pages,
            Kind.TONES: self._tone_file,
            Kind.MASTER_PROMPT: self._master_prompt,
            Kind.MARKER: self._marker,
            Kind.JSON: self._json,
            Kind.JSON_LINES: self._json_lines,
            Kind.STORE: self._store,
            Kind.STORE_PART: self._store_part,
        }

    def read(self, file: SourceFile) -> None:
        """Read a file by its kind; pictures are looked at elsewhere."""
        if file.kind in _PASSED_BY:
            self._note(file, Fate.LEFT_OUT, _PASSED_BY[file.kind])
        elif file.kind in self._readers:
            before = len(self._findings.all), len(self.raw.items)
            try:
                self._readers[file.kind](file)
            except LegacyFileError as error:
                self._note(file, Fate.UNREADABLE, str(error))
            if (len(self._findings.all), len(self.raw.items)) == before:
                self._note(file, Fate.LEFT_OUT, "there is nothing in it")
            if self._odd_from:
                said = "from here on it has bytes that are no UTF-8; they are read as Windows wrote them"
                self._findings.add(file.name, self._odd_from, "remark", file.name, Fate.KEPT, said)
                self._odd_from = 0

    def _text(self, file: SourceFile) -> str:
        text, self._odd_from = read_text(file)
        return text

    def _config(self, file: SourceFile) -> None:
        self.raw.config = read_config(self._text(file), file.name, self._findings)

    def _theme(self, file: SourceFile) -> None:
        read_theme(self._text(file), file.name, self.raw.config, self._findings)

    def _pages(self, file: SourceFile) -> None:
        for part in read_parts(self._text(file), file.name, self._findings):
            self.raw.items += read_items(part, self._findings)

    def _tone_file(self, file: SourceFile) -> None:
        if self._tones and file.name != self._tones.name:
            self._note(file, Fate.LEFT_OUT, f"an earlier version; {self._tones.name} counts")
            return
        for part in read_parts(self._text(file), file.name, self._findings):
            text = convert_tones(part, self._findings)
            if text:
                self.raw.notes[TONES_FILE] = text

    def _master_prompt(self, file: SourceFile) -> None:
        text = self._text(file)
        name = kept_name(file.name, sha256=hashlib.sha256(text.encode()).hexdigest(), suffix="txt")
        self.raw.notes[name] = text
        self._note(file, Fate.KEPT, MASTER_PROMPT if name == file.name else f"{MASTER_PROMPT}; kept as {name}")

    def _marker(self, file: SourceFile) -> None:
        text = self._text(file)
        self.raw.records.append(Record("approval_marker", file.name, 0, {"text": text}))
        said = "history: it is no approval, as nobody knows what was seen; `approve` is, once you have looked"
        self._note(file, Fate.KEPT, said)

    def _json(self, file: SourceFile) -> None:
        self.raw.records += read_history(self._text(file), file.name, self._findings)

    def _json_lines(self, file: SourceFile) -> None:
        self.raw.records += read_lines(self._text(file), file.name, self._findings)

    def _store(self, file: SourceFile) -> None:
        self.raw.records += read_store(file, self._findings)

    def _store_part(self, file: SourceFile) -> None:
        store = file.name.rpartition("-")[0]
        if store in self._stores:
            self._note(file, Fate.KEPT, f"read with {store}")
        else:
            self._note(file, Fate.UNREADABLE, f"{store}, which it belongs to, is not there")

    def _note(self, file: SourceFile, fate: Fate, detail: str) -> None:
        self._findings.add(file.name, 0, str(file.kind), file.name, fate, detail)


def _rank(file: SourceFile) -> tuple[int, int, str]:
    base = file.pure.name
    order = _TONES_FIRST.index(base) if base in _TONES_FIRST else len(_TONES_FIRST)
    return order, len(file.pure.parts), file.name
