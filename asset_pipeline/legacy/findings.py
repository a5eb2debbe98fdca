"""The words of an import: what was found where, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

# How the old tool marked what it had paid; most of its files do not say.
SPENT = (None, "success", "completed")


class Fate(StrEnum):
    """What became of something."""

    IMPORTED = "imported"  # it is part of the spec or of the proposed settings
    MERGED = "merged"  # it is part of something that was found before
    KEPT = "kept"  # as history or as a note; it decides nothing
    LEFT_OUT = "left out"  # on purpose, and the detail says why
    UNREADABLE = "unreadable"


class Include(StrEnum):
    """What is left out unless somebody asks for it."""

    ACCEPTANCE = "acceptance"  # rows of acceptance lists that name a page nobody else names
    TESTS = "tests"  # pages of test files
    VARIANTS = "variants"  # pages whose title is another one's, written a little differently


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Args:
        file: In which file, relative to the old folder.
        line: On which line, from 1; 0 for the file as a whole.
        kind: What it is: `page`, `letter`, `setting`, ...
        name: Its title, or its key.
        fate: What became of it.
        detail: Into what, or why not.
    """

    file: str
    line: int
    kind: str
    name: str
    fate: Fate
    detail: str = ""

    @property
    def place(self) -> str:
        """File and line as people write them."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass
class Findings:
    """Everything that was found, in the order in which it was."""

    all: list[Finding] = field(default_factory=list)

    def add(self, file: str, line: int, kind: str, name: str, fate: Fate, detail: str = "") -> None:
        """Note one thing."""
        self.all.append(Finding(file, line, kind, " ".join(name.split()) or "(no name)", fate, detail))


@dataclass(frozen=True)
class Record:
    """Something of the past that is kept as history.

    Args:
        kind: `transaction`, `evaluation`, `human_decision`, ... or `sqlite:<table>`.
        file: Where it was found.
        line: On which line, or which row of its table; 0 where it is the whole file.
        payload: What it says.
        is_trusted: False for scores that nobody ever gave.
        title: Title, or slug, of the page that it is about; None where it does not say.
        asset_type: Of what type the image is, as the old tool named it.
        status: How it ended, as the old tool named it.
        cost_usd: What it says it has cost.
        occurred_at: When, as the old tool wrote it.
    """

    kind: str
    file: str
    line: int
    payload: Mapping[str, Any]
    is_trusted: bool = True
    title: str | None = None
    asset_type: str | None = None
    status: str | None = None
    cost_usd: Decimal | None = None
    occurred_at: str | None = None

    @property
    def spent_usd(self) -> Decimal:
        """What it says was spent; nothing for what failed."""
        return self.cost_usd if self.cost_usd is not None and self.status in SPENT else Decimal(0)
