"""Tells, without reading them, whether the files with settings are as they were."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.dotenvfile import DOTENV
from asset_pipeline.paths import SETTINGS_FILE


@dataclass(frozen=True)
class FileStamp:
    """By what a file is told from what it was before, without reading it."""

    mtime_ns: int
    size: int
    inode: int


Stamp = tuple[FileStamp | None, ...]


def stamp_of(root: Path) -> Stamp:
    """Return what the files with settings are now; None for one that is not there."""
    return tuple(_stamp(root / name) for name in (SETTINGS_FILE, DOTENV))


def _stamp(path: Path) -> FileStamp | None:
    try:
        is_now = path.stat()
    except OSError:
        return None
    return FileStamp(is_now.st_mtime_ns, is_now.st_size, is_now.st_ino)
