"""What the documentation tells people to type, and the programs that it is for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asset_pipeline_tests.support.projects import REPOSITORY

DOCS = REPOSITORY / "docs"
PROGRAMS = ("asset-pipeline", "make", "dagster", "dg")
_FENCE = re.compile(r"^([ \t]*)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_SHELLS = ("sh", "console", "bash", "")
# Where a person reads `asset-pipeline`, and no command.
_PROGRAM_ALONE = 1


@dataclass(frozen=True)
class Told:
    """A command that a page tells people to type.

    Args:
        page: File name.
        line: From 1.
        words: The command.
        is_whole: Whether it stands in a block to be copied, and not in a sentence that may leave arguments out.
    """

    page: str
    line: int
    words: tuple[str, ...]
    is_whole: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {' '.join(self.words)}"


def guides() -> list[Path]:
    """Return the pages that people have written, the front door first."""
    return [REPOSITORY / "README.md", *sorted(path for path in DOCS.rglob("*.md") if "_" not in path.parts[-2][:1])]


def told(page: Path) -> Iterator[Told]:
    """Yield the commands of a page, those of its blocks and those of its sentences."""
    text = page.read_text(encoding="utf-8")
    for fence in _FENCE.finditer(text):
        if fence[2] in _SHELLS:
            begin = text.count("\n", 0, fence.start(3)) + 1
            for number, line in enumerate(fence[3].splitlines()):
                yield from _commands(page, begin + number, line, is_whole=True)
    for number, line in enumerate(_without_fences(text).splitlines(), start=1):
        for code in _INLINE.finditer(line):
            yield from _commands(page, number, code[1], is_whole=False)


def _without_fences(text: str) -> str:
    return _FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)


def _commands(page: Path, line: int, text: str, *, is_whole: bool) -> Iterator[Told]:
    text = text.strip().removeprefix("$ ")
    try:
        words = shlex.split(text, comments=True)
    except ValueError:  # a sentence, and no command
        return
    while words and (re.fullmatch(r"[A-Z_]+=\S*", words[0]) or words[0] == "export"):
        words.pop(0)
    if words:
        words[0] = words[0].removeprefix(".venv/bin/")
    if words and words[0] in PROGRAMS and len(words) > _PROGRAM_ALONE:
        yield Told(page.name, line, tuple(words), is_whole)
