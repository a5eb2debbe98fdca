"""Reads the old YAML files with their lines; of one that is no YAML, at least the titles are found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from asset_pipeline.errors import Problem
from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.yamlfile import KeyPath, YamlDocument, parse_yaml

_SEPARATOR = re.compile(r"^---[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_TITLE = re.compile(r"^[ \t-]*(?:title|Title|Page)[ \t]*:[ \t]*(?P<title>[^\r\n]+?)[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True)
class YamlPart:
    """One document of a file.

    Args:
        document: What it says, and where.
    """

    document: YamlDocument

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
        return self.document.line(path)

    def text(self, path: KeyPath) -> str | None:
        """Return the scalar at a path as it was written."""
        return self.document.text(path)


def read_parts(text: str, file: str, findings: Findings) -> list[YamlPart]:
    """Return the documents of a file that can be read; everything that is wrong is noted, and nothing is guessed."""
    parts = []
    noted = len(findings.all)
    for document, piece in _documents(text, file):
        if document.data is not None:
            parts.append(YamlPart(document))
            for problem in document.problems:
                findings.add(file, problem.line, "remark", problem.key, Fate.LEFT_OUT, problem.message)
        elif not _is_empty(document):
            _note_unreadable(piece, document.problems, findings)
    if not parts and len(findings.all) == noted:
        findings.add(file, 0, "file", file, Fate.LEFT_OUT, "it is empty")
    return parts


def _documents(text: str, file: str) -> Iterator[tuple[YamlDocument, str]]:
    """Yield the documents of a text with what each says, each with its lines where they are in the file."""
    whole = parse_yaml(text, shown=file)
    if not any("single document" in problem.message for problem in whole.problems):
        yield whole, text
        return
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = "\n" * text.count("\n", 0, start) + _SEPARATOR.sub("", text[start:end])
        yield parse_yaml(piece, shown=file), piece


def _is_empty(document: YamlDocument) -> bool:
    return all(problem.message == "the file is empty" for problem in document.problems)


def _note_unreadable(text: str, problems: Sequence[Problem], findings: Findings) -> None:
    for problem in problems:
        findings.add(problem.file, problem.line, "file", problem.file, Fate.UNREADABLE, problem.message)
    said = "its file is no valid YAML; put that right, and import again"
    for match in _TITLE.finditer(text):
        line = text.count("\n", 0, match.start("title")) + 1
        findings.add(problems[0].file, line, "title", match["title"].strip("\"'"), Fate.UNREADABLE, said)
