"""Keeps files: each appears whole or not at all, and is on the disk before anybody says so."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.errors import ImageError
from asset_pipeline.paths import Paths, is_inside
from asset_pipeline.processes import is_running
from asset_pipeline.specs import WantedImage

HALF = ".part"


@dataclass(frozen=True)
class StoredFile:
    """A file on the disk.

    Args:
        path: Relative to the data directory.
        sha256: Of its bytes.
        bytes: Its size.
    """

    path: str
    sha256: str
    bytes: int


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, and nothing in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{os.getpid()}-", suffix=HALF)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep(*folders: Path) -> None:
    """Remove the halves of files that processes have left that were killed in the middle of writing."""
    for folder in folders:
        for half in folder.rglob(f".*{HALF}"):
            writer = half.name[1:].partition("-")[0]
            if not (writer.isdigit() and is_running(int(writer))):
                half.unlink(missing_ok=True)


class FileStore:
    """Originals by content, and finished files by name.

    Args:
        paths: The places of the project.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def sweep(self) -> None:
        """Remove what killed processes have left half written."""
        sweep(self._paths.images, self._paths.originals)

    def keep_original(self, data: bytes, *, format: str) -> StoredFile:  # noqa: A002 - the spec's word
        """Keep what a provider delivered, under its own hash; the same bytes are kept once."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._paths.originals / digest[:2] / f"{digest}.{format}"
        if not path.is_file():
            write_atomically(path, data)
        return StoredFile(self._paths.stored(path), digest, len(data))

    def read(self, stored: str, *, sha256: str) -> bytes:
        """Return a kept file.

        Args:
            stored: Its path relative to the data directory.
            sha256: What it must hash to.

        Raises:
            ImageError: It is gone, or not what was kept.
        """
        path = self._paths.data / stored
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ImageError(f"{self._paths.shown(path)} was paid for and is gone: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ImageError(f"{self._paths.shown(path)} is not the file that was paid for: its content has changed")
        return data

    def is_there(self, stored: str) -> bool:
        """Say whether a kept file is on the disk."""
        return (self._paths.data / stored).is_file()

    def deliver(self, wanted: WantedImage, data: bytes) -> StoredFile:
        """Put a finished file in its place; one of the same image in another format gives way to it.

        Raises:
            ImageError: The place would lie outside the folder of images.
        """
        path = self._paths.images / wanted.file_name
        if not is_inside(path, self._paths.images):
            raise ImageError(f"{path} lies outside {self._paths.images}")
        write_atomically(path, data)
        for other in path.parent.glob(f"{wanted.slug}.*"):
            if other != path and other.stem == wanted.slug:
                other.unlink(missing_ok=True)
        return StoredFile(self._paths.stored(path), hashlib.sha256(data).hexdigest(), len(data))
