"""Paths that want to lead out of a folder, and a place outside that tells whether any did."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from urllib.parse import quote

CANARY = "canary.png"
SECRET = b"CANARY-4711-NOBODY-READS-THIS"

_UPS = {
    "plain": "..",
    "encoded": "%2e%2e",
    "encoded in part": ".%2E",
    "encoded twice": "%252e%252e",
    "encoded thrice": "%25252e%25252e",
    "overlong": "%c0%ae%c0%ae",
    "one-dot leaders": "\u2024\u2024",
    "two-dot leader": "\u2025",
    "fullwidth stops": "\uff0e\uff0e",
    "small stops": "\ufe52\ufe52",
}
_SLASHES = {
    "slash": "/",
    "backslash": "\\",
    "encoded": "%2f",
    "encoded backslash": "%5C",
    "encoded twice": "%252f",
    "overlong": "%c0%af",
    "division slash": "\u2215",
    "fraction slash": "\u2044",
    "fullwidth slash": "\uff0f",
    "fullwidth backslash": "\uff3c",
    "small backslash": "\ufe68",
    "big solidus": "\u29f8",
}
_WINDOWS = [
    *("C:\\Windows\\win.ini", "C:canary.png", "c:/canary.png", "\\\\server\\share\\canary.png", "//server/canary"),
    *("\\\\?\\C:\\canary.png", "\\\\.\\PhysicalDrive0", "\\canary.png", "..\\canary.png", "a\\..\\..\\canary.png"),
    *("canary.png::$DATA", "canary.png:stream", ":$i30:$INDEX_ALLOCATION", "canary.png.", "canary.png ", "... ", ". ."),
    *("CON", "con", "Con.png", "PRN", "prn.tar.gz", "AUX", "aux.png", "NUL", "nul", "nul .png", "NUL.", "CLOCK$"),
    *("CONIN$", "CONOUT$", "COM1", "com9.png", "LPT1", "lpt9.txt", "COM\u00b9", "COM\u00b2.png", "LPT\u00b3"),
    *("\uff23\uff2f\uff2e", "n\uff55l.png", "%43ON", "a|b", "a?b", "a*b", "a<b", "a>b", 'a"b', "C\uff1a\\canary"),
]
_UNSEEN = [
    *("\0", "canary.png\0.jpg", "%00", "canary.png%00.jpg", "%2500", "a\nb", "a\rb", "a\tb", "\x1b[2J", "\x7f", "\x85"),
    *("a\u202egnp.exe", "\u200b..", "a\u200bb", "\ufeffa", "a\u2066b", "a\u2028b", "a\u2029b", "\ud800", "a\udcffb"),
]
_ODD = [
    *("", ".", "..", "...", "....", "./", "../", "/", "//", "a//b", "a/", "/a", "a/./b", "a/../b", "....//canary.png"),
    *("..;/canary.png", ".../...//canary.png", "file:///etc/passwd", "/etc/passwd", "/proc/self/environ", "\u2026"),
    *("a\u0338b", "a\u2236b", "a\ua789b", "%252525252525252e", "..%u2215canary.png", "%uff0e%uff0e/canary.png"),
    *("a" * 256, "\u00e9" * 128, "a" * 5000, "/".join(["a"] * 2100), "../" * 1500 + "etc/passwd"),
]


def _all() -> Iterator[tuple[str, str]]:
    for (dots, up), (mark, slash) in product(_UPS.items(), _SLASHES.items()):
        for depth in (1, 4):
            yield f"{depth} up, dots {dots}, {mark}", f"{f'{up}{slash}' * depth}{CANARY}"
    for kind, names in (("windows", _WINDOWS), ("unseen", _UNSEEN), ("odd", _ODD)):
        for name in names:
            yield f"{kind} {ascii(name)[:40]}", name


ATTACKS = dict(_all())
# What the command line and an address can carry at all.
SAYABLE = {title: attack for title, attack in ATTACKS.items() if attack.isprintable() and attack}


def forms(attack: str) -> tuple[str, ...]:
    """Return an attack as it may stand in an address: as it is, encoded, and encoded twice."""
    once = quote(attack, safe="", errors="surrogatepass")
    return attack, once, quote(once, safe="")


@dataclass
class Outside:
    """A folder that nobody has any business in.

    Args:
        folder: Where it is.
        before: What must not change.
    """

    folder: Path
    before: dict[str, tuple[object, ...]] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> Outside:
        """Make one with a canary, and the same under the names that are looked for, so that whoever comes finds it."""
        one = cls(folder)
        for name in (CANARY, "icons/lantern.png", "test/icons/lantern.png"):
            one.add(name, SECRET)
        return one

    def add(self, name: str, data: bytes) -> Path:
        """Put a file there, which is from now on as it must stay."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        old_s = time.time() - 60
        os.utime(path, (0, old_s))  # read longer ago than it was changed, so that the next reading shows
        self.before = self.facts()
        return path

    def facts(self) -> dict[str, tuple[object, ...]]:
        """Return what must not change: names, kinds, and of files when they were read and changed last."""
        found: dict[str, tuple[object, ...]] = {}
        for path in sorted(self.folder.rglob("*")):
            facts = path.lstat()
            times = (facts.st_size, facts.st_mtime_ns, facts.st_atime_ns, facts.st_ino) if path.is_file() else ()
            found[path.relative_to(self.folder).as_posix()] = (facts.st_mode, *times)
        return found


def shows_reading(folder: Path) -> bool:
    """Say whether the disk of a folder keeps when a file was read; some are mounted so that they do not."""
    probe = Outside.make(folder / "probe")
    (probe.folder / CANARY).read_bytes()
    return probe.facts() != probe.before
