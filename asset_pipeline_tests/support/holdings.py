"""What a process holds: open files and sockets, threads, and files that were meant to be gone."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fd")


@dataclass(frozen=True)
class Holdings:
    """What is held at one moment.

    Args:
        descriptors: What each open descriptor leads to; empty where the system does not tell.
        threads: Names of the living threads.
        files: Half-written and temporary files.
    """

    descriptors: Counter[str]
    threads: Counter[str]
    files: frozenset[Path]

    def beyond(self, before: Holdings) -> list[str]:
        """Return what is held now and was not before."""
        more = [*(self.descriptors - before.descriptors), *(self.threads - before.threads)]
        return sorted([*more, *(str(path) for path in self.files - before.files)])


def holdings(root: Path) -> Holdings:
    """Return what this process holds, and what lies about in a project and in the folder for temporary files.

    Args:
        root: Of the project.
    """
    halves = {path for path in root.rglob("*") if path.name.endswith((".part", ".tmp"))}
    temporary = set(Path(tempfile.gettempdir()).iterdir())
    return Holdings(_descriptors(), Counter(one.name for one in threading.enumerate()), frozenset(halves | temporary))


def _descriptors() -> Counter[str]:
    found: Counter[str] = Counter()
    for one in list(DESCRIPTORS.iterdir()) if DESCRIPTORS.is_dir() else []:
        try:
            target = str(one.readlink())
        except OSError:  # it was the one that listed them
            continue
        found[target.partition(":[")[0]] += 1  # a socket's number says nothing
    return found
