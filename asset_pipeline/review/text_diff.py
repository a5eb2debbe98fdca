"""How two texts differ: lines as in a unified diff, or the words that one has and the other has not."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import islice

# A page need not show more; the files themselves are there.
MOST_LINES = 1000


@dataclass(frozen=True)
class DiffLine:
    """A line of a unified diff.

    Args:
        kind: `added`, `removed`, `same`, or `place` for a head.
        text: The line with its sign, without its end.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Words:
    """Words in a row.

    Args:
        text: The words.
        is_new: Whether the other text has them not.
    """

    text: str
    is_new: bool


def diff_lines(before: str, after: str, *, names: tuple[str, str]) -> tuple[DiffLine, ...]:
    """Return how a text has changed; nothing where it has not.

    Args:
        before: The text.
        after: What it has become.
        names: What both are called.
    """
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    found = [DiffLine(_kind(line, number), line) for number, line in enumerate(islice(lines, MOST_LINES + 1))]
    if len(found) > MOST_LINES:
        found[-1] = DiffLine("place", f"… and more; these are the first {MOST_LINES} lines")
    return tuple(found)


def mark_words(text: str, *, against: str) -> tuple[Words, ...]:
    """Return a text, with the words marked that another text has not."""
    new, old = text.split(), against.split()
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    return tuple(
        Words(" ".join(new[begin:end]), is_new=tag != "equal")
        for tag, _, _, begin, end in matcher.get_opcodes()
        if end > begin
    )


def _kind(line: str, number: int) -> str:
    if number < 2 or line.startswith("@@"):
        return "place"
    return {"+": "added", "-": "removed"}.get(line[:1], "same")
