"""The old folder: which files are in it, and what kind each is. Links are never followed, and nothing is written."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from asset_pipeline.errors import LegacyFileError, SetupError

MAX_FILES = 50_000
MAX_TEXT_BYTES = 20_000_000
PAGES_FOLDER = "split_yaml"
# Programs and their caches; nothing in them is anybody's work.
_PASSED_BY = frozenset({".git", "__pycache__", "node_modules", ".venv", "venv", ".mypy_cache", ".pytest_cache"})
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".svg", ".bmp", ".ico"})
_STORES = frozenset({".db", ".sqlite", ".sqlite3"})
# Bytes that are no UTF-8, as Python keeps them, and the characters that Windows meant by them.
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_WINDOWS = {0xDC00 + byte: bytes([byte]).decode("cp1252", errors="replace") for byte in range(0x80, 0x100)}
_MARKERS = frozenset({"APPROVED.txt", "REJECTED.txt", "PRODUCTION_APPROVED.txt"})


class Kind(StrEnum):
    """What a file is, by its name and place."""

    CONFIG = "settings"
    THEME = "theme"
    PAGES = "pages"
    TONES = "tones"
    MASTER_PROMPT = "master prompt"
    MARKER = "approval marker"
    JSON = "JSON"
    JSON_LINES = "JSON lines"
    STORE = "database"
    STORE_PART = "part of a database"
    PICTURE = "image"
    SECRETS = "secrets"
    LINK = "link"
    FOLDER = "folder"
    SPECIAL = "pipe or device"
    OTHER_YAML = "other YAML"
    OTHER = "other"


@dataclass(frozen=True)
class SourceFile:
    """A file of the old folder.

    Args:
        name: Relative to the folder, with `/`.
        path: Where it is.
        kind: What it is, by its name.
        bytes: Its size.
    """

    name: str
    path: Path
    kind: Kind
    bytes: int

    @property
    def pure(self) -> PurePosixPath:
        """Its name, to be taken apart."""
        return PurePosixPath(self.name)


def source_files(folder: Path) -> list[SourceFile]:
    """Return all files below a folder by name, and the folders and links that are passed by.

    Raises:
        SetupError: There is no such folder, or it has more files than an old tool's can have.
    """
    if not folder.is_dir():
        raise SetupError(f"{folder} is no folder", fix="give the folder that has the old tool's config.json")
    found: list[SourceFile] = []
    for name, path, is_folder in sorted(_walk(folder), key=lambda one: one[0]):
        if len(found) >= MAX_FILES:
            raise SetupError(
                f"{folder} has more than {MAX_FILES:,} files",
                fix="give the folder that has the old tool's config.json, without what does not belong to it",
            )
        if path.is_symlink():
            found.append(SourceFile(name, path, Kind.LINK, 0))
        elif is_folder:
            found.append(SourceFile(name, path, Kind.FOLDER, 0))
        else:
            facts = path.stat()  # whoever opens a pipe waits for what comes out of it
            kind = kind_of(PurePosixPath(name)) if stat.S_ISREG(facts.st_mode) else Kind.SPECIAL
            found.append(SourceFile(name, path, kind, facts.st_size))
    return _the_one_config(found)


def _walk(folder: Path) -> Iterator[tuple[str, Path, bool]]:
    for place, folders, files in os.walk(folder):
        here = Path(place)
        for name in [*folders, *files]:
            path = here / name
            is_folder = name in folders
            if not is_folder or path.is_symlink() or name in _PASSED_BY or not os.access(path, os.R_OK | os.X_OK):
                # A name that is no UTF-8 could not be printed; two of them stay two.
                shown = path.relative_to(folder).as_posix().encode(errors="backslashreplace").decode()
                yield shown, path, is_folder
        folders[:] = [name for name in folders if name not in _PASSED_BY]


def kind_of(name: PurePosixPath) -> Kind:
    """Return what a file is, by its name and its folder."""
    base, suffix = name.name, name.suffix.lower()
    exact = {"config.json": Kind.CONFIG, "theme_config.json": Kind.THEME} | dict.fromkeys(_MARKERS, Kind.MARKER)
    if base in exact:
        return exact[base]
    if base.startswith(".env"):
        return Kind.SECRETS
    if suffix == ".yaml":
        return Kind.TONES if base.startswith("emotional_") else Kind.PAGES
    if base.startswith("master_prompt") and suffix == ".txt":
        return Kind.MASTER_PROMPT
    if ".json" in name.suffixes and not base.startswith("."):
        return Kind.JSON
    if base.endswith(("-wal", "-shm", "-journal")) and PurePosixPath(base.rpartition("-")[0]).suffix in _STORES:
        return Kind.STORE_PART
    by_suffix = (
        {".jsonl": Kind.JSON_LINES} | dict.fromkeys(_STORES, Kind.STORE) | dict.fromkeys(_PICTURES, Kind.PICTURE)
    )
    return by_suffix.get(suffix, Kind.OTHER)


def _the_one_config(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Leave one config.json, the highest, and the pages of the highest split_yaml; without one, those at the top.

    The old tool read one folder of pages; one that is deeper is a copy that somebody has put aside.
    """
    configs = [file for file in files if file.kind is Kind.CONFIG]
    first = min(configs, key=lambda file: (file.name.startswith("."), len(file.pure.parts), file.name), default=None)
    depths = [len(file.pure.parts) for file in files if file.kind is Kind.PAGES and _is_in_folder(file)]
    depth = min(depths, default=1)

    def kind(file: SourceFile) -> Kind:
        if file.kind is Kind.CONFIG and file is not first:
            return Kind.JSON
        is_in_place = len(file.pure.parts) == depth and (not depths or _is_in_folder(file))
        return Kind.OTHER_YAML if file.kind is Kind.PAGES and not is_in_place else file.kind

    return [SourceFile(file.name, file.path, kind(file), file.bytes) for file in files]


def _is_in_folder(file: SourceFile) -> bool:
    return file.pure.parent.name == PAGES_FOLDER


def read_bytes(file: SourceFile) -> bytes:
    """Return what a file holds.

    Raises:
        LegacyFileError: It cannot be read, or is far too large.
    """
    if file.bytes > MAX_TEXT_BYTES:
        raise LegacyFileError(f"it has {file.bytes:,} bytes; at most {MAX_TEXT_BYTES:,} are read")
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise LegacyFileError(f"it cannot be read: {error.strerror}") from error


def read_text(file: SourceFile) -> tuple[str, int]:
    """Return what a text file says, and on which line the first byte is that is no UTF-8; 0 where all are.

    Each such byte is read as Windows wrote it, and only those: one of them makes no other character a wrong one.

    Raises:
        LegacyFileError: It cannot be read, or is far too large.
    """
    raw = read_bytes(file)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), 0
    text = raw.decode("utf-8-sig", errors="surrogateescape")
    first = _NO_UTF8.search(text)
    if first is None:
        return text, 0
    return text.translate(_WINDOWS), text.count("\n", 0, first.start()) + 1
