"""What somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(word: str, allowed: Iterable[str]) -> str:
    """Return the end of a sentence about a word that is not allowed: the closest one that is, and all of them."""
    names = [str(name) for name in allowed]
    close = get_close_matches(word, names, n=1)
    return (f"; did you mean {close[0]!r}?" if close else ";") + f" Allowed: {', '.join(names)}"
