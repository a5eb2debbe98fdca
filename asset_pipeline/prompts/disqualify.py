"""Which answers of writers do not compete, and by which name: what is no prompt for an image must not win by luck."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from asset_pipeline.results import Failed

MIN_PROMPT, MAX_PROMPT = 40, 2500
RUN = 3
# Shares of a prompt's runs of three words. A good prompt keeps the draft's subject, palette and exclusions to the word,
# so only one that adds next to nothing is a copy; of its own instructions no prompt says more than a phrase.
COPY_SHARE, ECHO_SHARE = 0.9, 0.4


class Fault(StrEnum):
    """Why an answer does not compete; recorded with it."""

    ERROR = "error"  # the provider ended it with an error
    REFUSAL = "refusal"  # it does not want to
    CUT_OFF = "cut_off"  # it ended before it was complete
    EMPTY = "empty"  # it says nothing
    MALFORMED = "malformed"  # it is not the JSON that was asked for
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COPY = "copy"  # the draft again, or next to it
    ECHO = "echo"  # the instructions or the brief again
    APOLOGY = "apology"
    QUESTION = "question"  # asks back
    CODE = "code"  # a program, markup or JSON
    LIST = "list"  # headings or items, and no description
    CHATTER = "chatter"  # speaks to whoever asked


@dataclass(frozen=True)
class Disqualified(Failed):
    """An answer that is of no use, with the name of what is wrong with it."""

    fault: Fault = Fault.MALFORMED


_ASKS = r"(would you|could you|can you|do you|shall i|should i|may i|what|which|how|who|where)\b"
_PATTERNS: Sequence[tuple[Fault, re.Pattern[str]]] = (
    (
        Fault.REFUSAL,
        re.compile(
            r"^\W*((i('m| am)? (sorry|afraid)|sorry|unfortunately|apologies)\b.{0,40})?"
            r"\b(i (can ?not|can't|won't|will not|must decline|must refuse)|i('m| am) (unable|not able|not allowed)"
            r"|as an? (ai|language model))\b"
        ),
    ),
    (Fault.APOLOGY, re.compile(r"^\W*(i('m| am) (so |very |truly )?sorry|sorry[,.!]|(my )?apologies|i apologi[sz]e)")),
    (Fault.CODE, re.compile(r"```|</?[a-z][\w-]*(\s[^<>]*)?/?>|^[{\[]\s*[\"{\[]|\bdef \w+\(|\w\(\) *[{;]")),
    (Fault.ECHO, re.compile(r"prompts? for text-to-image models|answer with json|in json format|one better prompt")),
    (Fault.QUESTION, re.compile(rf"\?\W*$|(^|[.!] ){_ASKS}[^.!]*\?|please (provide|clarify|confirm|share|specify)\b")),
    (
        Fault.CHATTER,
        re.compile(
            r"^\W*(sure|certainly|of course|absolutely|great)[,!.]|\blet me know\b|\bi hope this\b"
            r"|^\W*here('s| is|s) (the|your|an?|my) ([\w-]+ ){0,4}prompt\b"
        ),
    ),
)
_ITEM = re.compile(r"(?m)^\s*([-*•+]|\d{1,2}[.)]|#{1,6})\s+\S")


def fault_in(text: str, *, draft: str, instructions: str) -> Disqualified | None:
    """Return what is wrong with a prompt, or None for one that competes.

    Args:
        text: The prompt as the writer gave it, line breaks included.
        draft: What it was to better.
        instructions: All else that the writer was told.
    """
    line = " ".join(text.split())
    if not line:
        return Disqualified("the prompt is empty", fault=Fault.EMPTY)
    plain, wanted = _plain(line), _plain(draft)
    for fault, pattern in _PATTERNS:
        # What the draft says itself, such as a title that is a question, is no fault of the writer.
        found = next((one[0] for one in pattern.finditer(plain) if one[0] not in wanted), None)
        if found:
            return Disqualified(f"the prompt describes no image: {found.strip()!r}", fault=fault)
    if len(_ITEM.findall(text)) >= 2:
        return Disqualified("the prompt describes no image: it is a list", fault=Fault.LIST)
    if not MIN_PROMPT <= len(line) <= MAX_PROMPT:
        fault = Fault.TOO_SHORT if len(line) < MIN_PROMPT else Fault.TOO_LONG
        reason = f"the prompt has {len(line)} characters; {MIN_PROMPT} to {MAX_PROMPT} are of use"
        return Disqualified(reason, fault=fault)
    copied = share_from(line, draft)
    if copied >= COPY_SHARE:
        return Disqualified(f"{copied:.0%} of the prompt is the draft, unchanged", fault=Fault.COPY)
    echoed = share_from(line, instructions)
    if echoed >= ECHO_SHARE:
        return Disqualified(f"{echoed:.0%} of the prompt is what the writer was told", fault=Fault.ECHO)
    return None


def share_from(text: str, source: str) -> float:
    """Return how much of a text is found in another one, by runs of three words, whatever case and punctuation."""
    words = len(_words(text))
    if not words:
        return 0.0
    runs = _runs(text, min(RUN, words))
    return len(runs & _runs(source, min(RUN, words))) / len(runs)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().replace("\u2019", "'")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


@lru_cache(maxsize=256)  # every writer of an image gets the same draft, and all images the same instructions
def _runs(text: str, length: int) -> frozenset[tuple[str, ...]]:
    words = _words(text)
    return frozenset(tuple(words[n : n + length]) for n in range(len(words) - length + 1))
