"""Checks names of files and folders: one part of a path at a time, the same on every system that files may go to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from asset_pipeline.errors import PathError

MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4096
# Longer than anybody encodes anything by mistake; more would be somebody hiding something.
_MAX_ENCODINGS = 4
_SCRIPTS_OWN = re.compile(r"%u([0-9a-fA-F]{4})")  # as JavaScript's escape() has it
_PLAIN = re.compile(r"[A-Za-z0-9_@~+=-][A-Za-z0-9_@~+=.-]{0,200}")
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(COM|LPT)[1-9])\s*(\..*)?", re.IGNORECASE | re.DOTALL)
# They part paths, or Windows ends names, drives and streams at them.
_MARKS = frozenset('/\\:*?"<>|')
# Slashes, backslashes and colons to the eye, which normalising leaves as they are: of mathematics, drawing, accents.
_LOOKALIKES = frozenset(
    "\u2044\u2215\u27cb\u29f8\u2571\u0337\u0338\u2216\u27cd\u29f5\u29f9\u2572\u20e5\u2236\ua789\u02d0\u0589\u05c3"
)
# Controls, formats (the marks that turn the direction of text among them), surrogates, ends of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def check_name(name: str) -> str:
    """Return a name that may be that of a file or folder, as it is.

    Refused is whatever could be more than a name, here or on Windows or macOS, as it stands, once its percent signs are
    decoded, and once look-alikes are what they look like.

    Args:
        name: One part of a path.

    Raises:
        PathError: It is no such name.
    """
    # Most names are plain, and each file that is written asks.
    problem = _problem(name) if _PLAIN.fullmatch(name) else _problem_of_any_form(name)
    if problem:
        raise _refused(name, problem)
    return name


@lru_cache(maxsize=10_000)  # asked of the same files again and again
def split_name(path: str) -> tuple[str, ...]:
    """Return the parts of a path below a folder, such as `demo/icons/lantern.png`, all of them names.

    Raises:
        PathError: It is none: empty, absolute, too long, or one of its parts is no name.
    """
    if len(path.encode(errors="surrogatepass")) >= MAX_PATH_BYTES:
        raise _refused(path, f"it is longer than {MAX_PATH_BYTES} bytes")
    return tuple(check_name(part) for part in path.split("/"))


def check_place(path: Path) -> Path:
    """Return a path that a person may set as the place of something: below the project, or anywhere by its whole path.

    Links are not looked for: where a place is one, its owner has put it there.

    Raises:
        PathError: It is no such place, or a relative one that leads up.
    """
    text = str(path)
    if len(text.encode(errors="surrogatepass")) >= MAX_PATH_BYTES:
        raise PathError(f"it is longer than {MAX_PATH_BYTES} bytes")
    if path == path.parent:
        raise PathError("it is a folder as a whole", fix="name one of its own, such as data")
    if text.startswith("~"):
        raise PathError("~ is not known here", fix="write the whole path, from /")
    if not path.is_absolute():
        for part in path.parts:
            if part == "..":
                raise PathError(
                    "it leads up", fix="a relative path stays inside the project; write one elsewhere in full, from /"
                )
            check_name(part)
        return path
    for part in path.parts[1:]:  # somebody else has named these, so nothing is refused but what is no name anywhere
        if part == ".." or len(part.encode(errors="surrogatepass")) > MAX_NAME_BYTES or _is_unseen(part):
            raise _refused(part, "it leads up, is too long, or has characters that cannot be seen")
    return path


def check_distinct(names: Iterable[str]) -> None:
    """Refuse names that are one on a disk that minds neither case nor forms of Unicode.

    Args:
        names: Names of files, or paths below one folder; the same one twice counts as well.

    Raises:
        PathError: Two are one.
    """
    seen: dict[str, str] = {}
    for name in names:
        folded = _folded(name)
        if folded in seen:
            raise PathError(
                f"{_shown(seen[folded])} and {_shown(name)} are one name where case and forms of Unicode do not count",
                fix="give one of them another name",
            )
        seen[folded] = name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _problem_of_any_form(name: str) -> str | None:
    """Return why a name is none, as it stands or as somebody might read it; None where it is one."""
    form = name
    for _ in range(_MAX_ENCODINGS):
        problem = _problem(form) or _problem(unicodedata.normalize("NFKC", form))
        decoded = unquote(_SCRIPTS_OWN.sub(lambda found: chr(int(found[1], 16)), form), errors="surrogateescape")
        if problem or decoded == form:
            return problem
        form = decoded
    return "it is encoded again and again"


def _problem(name: str) -> str | None:
    """Return why a form of a name is none; None where it is one."""
    if not name.partition(";")[0].strip(". "):  # some servers take what follows a semicolon away
        return "it is empty, or nothing but dots and spaces"
    if len(name.encode(errors="surrogatepass")) > MAX_NAME_BYTES:
        return f"it is longer than {MAX_NAME_BYTES} bytes"
    if _is_unseen(name):
        return "it has characters that cannot be seen"
    if not _MARKS.isdisjoint(name):
        return f"it has one of {' '.join(sorted(_MARKS))}, as it stands or encoded"
    if not _LOOKALIKES.isdisjoint(name):
        return "it has a character that looks like a slash or a colon"
    if name[-1] in ". ":
        return "it ends in a dot or a space, which Windows takes away"
    if _DEVICE.fullmatch(name):
        return "it is a device of Windows"
    return None


def _is_unseen(name: str) -> bool:
    return any(unicodedata.category(character) in _UNSEEN for character in name)


def _refused(name: str, problem: str) -> PathError:
    return PathError(f"{_shown(name)} cannot be the name of a file: {problem}", fix="give it another name")


def _shown(name: str) -> str:
    """Return a name as a message can show it: nothing in it acts on a terminal, and it has an end."""
    text = ascii(name)
    return text if len(text) <= 80 else f"{text[:79]}…"
