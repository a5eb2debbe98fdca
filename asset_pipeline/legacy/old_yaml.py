"""Reads the old YAML files with their lines; of one that is no YAML, at least the titles are found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.yamlfile import KeyPath, YamlDocument, parse_yaml

_SEPARATOR = re.compile(r"^---[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_TITLE = re.compile(r"^[ \t-]*(?:title|Title|Page)[ \t]*:[ \t]*(?P<title>[^\r\n]+?)[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True)
class YamlPart:
    """One document of a file.

    Args:
        document: What it says, and where in itself.
        before: How many lines of the file come before it.
    """

    document: YamlDocument
    before: int

    @property
    def file(self) -> str:
        """The file's name."""
        return self.document.file

    @property
    def data(self) -> Any:  # noqa: ANN401 - YAML holds anything
        """What it says."""
        return self.document.data

    def at(self, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        """Return the value at a path; None where there is none."""
        value = self.data
        part: Any
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def line(self, path: KeyPath) -> int:
        """Return the line of the value at a path."""
        return self.before + self.document.line(path)

    def text(self, path: KeyPath) -> str | None:
        """Return the scalar at a path as it was written."""
        return self.document.text(path)


def read_parts(text: str, file: str, findings: Findings) -> list[YamlPart]:
    """Return the documents of a file that can be read; everything that is wrong is noted, and nothing is guessed."""
    parts = []
    noted = len(findings.all)
    for part, piece in _parts(text, file):
        problems = part.document.problems
        if part.data is not None:
            parts.append(part)
            for problem in problems:
                findings.add(file, part.before + problem.line, "remark", problem.key, Fate.LEFT_OUT, problem.message)
        elif not _is_empty(part.document):
            _note_unreadable(part, piece, findings)
    if not parts and len(findings.all) == noted:
        findings.add(file, 0, "file", file, Fate.LEFT_OUT, "it is empty")
    return parts


def _parts(text: str, file: str) -> Iterator[tuple[YamlPart, str]]:
    """Yield the documents of a text, each with its own text."""
    whole = parse_yaml(text, shown=file)
    if not any("single document" in problem.message for problem in whole.problems):
        yield YamlPart(whole, 0), text
        return
    before = 0
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = _SEPARATOR.sub("", text[start:end])
        yield YamlPart(parse_yaml(piece, shown=file), before), piece
        before += piece.count("\n")


def _is_empty(document: YamlDocument) -> bool:
    return all(problem.message == "the file is empty" for problem in document.problems)


def _note_unreadable(part: YamlPart, text: str, findings: Findings) -> None:
    for problem in part.document.problems:
        line = part.before + problem.line if problem.line else 0
        findings.add(part.file, line, "file", part.file, Fate.UNREADABLE, problem.message)
    said = "its file is no valid YAML; put that right, and import again"
    line, counted = part.before + 1, 0
    for match in _TITLE.finditer(text):
        line += text.count("\n", counted, match.start("title"))
        counted = match.start("title")
        findings.add(part.file, line, "title", match["title"].strip("\"'"), Fate.UNREADABLE, said)
