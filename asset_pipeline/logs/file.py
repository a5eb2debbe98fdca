"""The log file that all processes of a project share: appended to line by line, rotated, packed, and given up in time.

Each piece is appended under a lock by the file's name, so that nobody writes to a file that somebody else has put
aside. Where the lock does not come in time, a piece is appended without it: it may only land in the file before.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from asset_pipeline.settings.logs import LogSettings

NAME = "pipeline"
CURRENT = f"{NAME}.jsonl"
LOCK_S = 2.0
MEGABYTE = 1_000_000
_DAY_S = 86_400
_STAMPED = re.compile(rf"{NAME}-\d{{8}}T\d{{6}}-\d{{3,}}")


class LogFile:
    """A log file with its archives.

    Args:
        folder: Where they are.
        settings: When the file is rotated, and how long archives are kept.
        clock: Tells the time, in seconds since 1970.
    """

    def __init__(self, folder: Path, settings: LogSettings, *, clock: Callable[[], float] = time.time) -> None:
        self.path = folder / CURRENT
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._lock = FileLock(folder / f".{NAME}.lock")
        self._began: tuple[int, float] | None = None
        self._is_tidy = False
        self._is_torn = False

    def write(self, lines: Sequence[str]) -> None:
        """Append lines, after rotating the file where it is due.

        Raises:
            OSError: The disk is full, read-only, or gone; part of a line may be there.
        """
        data = "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with self._lock.acquire(timeout=LOCK_S):
                if self._is_due(len(data)):
                    self._rotate()
                if not self._is_tidy:
                    self._tidy()
                self._append(data)
        except Timeout:
            self._append(data)

    def _append(self, data: bytes) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            rest = memoryview(b"\n" + data if self._is_torn else data)
            self._is_torn = True
            while rest:
                rest = rest[os.write(handle, rest) :]
            self._is_torn = False
        finally:
            os.close(handle)

    def _is_due(self, more: int) -> bool:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return False
        if not found.st_size:
            return False
        if self._began is None or self._began[0] != found.st_ino:
            self._began = (found.st_ino, _first_moment(self.path, otherwise=found.st_mtime))
        age_s = self._clock() - self._began[1]
        return found.st_size + more > self._settings.max_mb * MEGABYTE or age_s >= self._settings.rotate_hours * 3600

    def _rotate(self) -> None:
        stamp = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%dT%H%M%S")
        number = 0
        while True:
            aside = self._folder / f"{NAME}-{stamp}-{number:03}.jsonl"
            if not aside.exists() and not _packed(aside).exists():
                break
            number += 1
        self.path.rename(aside)
        self._is_tidy = False

    def _tidy(self) -> None:
        """Pack what was put aside, also by a process that was killed over it, and delete what is too old."""
        for aside in self._ours(".jsonl"):
            if not _packed(aside).is_dir():
                _pack(aside)
        archives = sorted(self._ours(".jsonl.gz"), key=lambda path: path.name, reverse=True)
        oldest = self._clock() - self._settings.keep_days * _DAY_S
        for number, archive in enumerate(archives):
            if number >= self._settings.keep_files or archive.stat().st_mtime < oldest:
                archive.unlink()
        self._is_tidy = True

    def _ours(self, end: str) -> list[Path]:
        """Return what was put aside here; whatever else is called alike is somebody else's."""
        found = self._folder.glob(f"{NAME}-*{end}")
        return [path for path in found if _STAMPED.fullmatch(path.name.removesuffix(end)) and path.is_file()]


def _packed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _pack(path: Path) -> None:
    part = path.with_name(f"{path.name}.gz.part")
    with path.open("rb") as source, gzip.open(part, "wb") as target:
        shutil.copyfileobj(source, target)
    written = path.stat()
    os.utime(part, (written.st_atime, written.st_mtime))  # its age is that of its last line
    part.chmod(0o600)
    part.replace(_packed(path))
    path.unlink()


def _first_moment(path: Path, *, otherwise: float) -> float:
    """Return when a file's first line was written, in seconds since 1970."""
    with suppress(ValueError, KeyError, TypeError, AttributeError), path.open("rb") as file:
        return datetime.fromisoformat(json.loads(file.readline())["timestamp"]).timestamp()
    return otherwise
