"""Keeps files: each appears whole or not at all, and is on the disk before anybody says so."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable
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


class PartFile:
    """A file that comes piece by piece: hashed on the way, and without a name of its own until it is whole.

    It must end in `move_to` or `discard`; `sweep` removes those of processes that came to neither.

    Args:
        folder: Where it lies meanwhile; on the disk on which it is to stay.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{os.getpid()}-", suffix=HALF)
        self.path = Path(name)
        self.bytes = 0
        self._digest = hashlib.sha256()
        try:
            self._file = os.fdopen(descriptor, "wb")
        except BaseException:
            os.close(descriptor)
            self.path.unlink()
            raise

    @property
    def sha256(self) -> str:
        """Hash of what has been written so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Add a piece."""
        self._file.write(data)
        self._digest.update(data)
        self.bytes += len(data)

    def close(self) -> None:
        """End it: all of it is on the disk when this returns."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def move_to(self, path: Path) -> None:
        """Put it in its place, closed; what is there gives way, and this is on the disk too when it returns."""
        is_new = not path.parent.is_dir()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o644)
        self.path.replace(path)
        _sync(path.parent)
        if is_new:
            _sync(path.parent.parent)

    def discard(self) -> None:
        """Remove it, in whatever state it is; harmless after `move_to`."""
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, and nothing in between."""
    part = PartFile(path.parent)
    try:
        part.write(data)
        part.close()
        part.move_to(path)
    except BaseException:
        part.discard()
        raise


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
        paths = self._paths
        sweep(paths.images, paths.originals, paths.reports, paths.prompts, paths.prompt_backups)

    def part(self) -> PartFile:
        """Return a file for what a provider is about to deliver."""
        return PartFile(self._paths.originals)

    def part_of(self, data: bytes) -> PartFile:
        """Return a file that holds what a provider has delivered, closed."""
        part = self.part()
        try:
            part.write(data)
            part.close()
        except BaseException:
            part.discard()
            raise
        return part

    def keep_original(self, part: PartFile, *, format: str) -> StoredFile:  # noqa: A002 - the spec's word
        """Keep what a provider delivered, under its own hash; the same bytes are kept once."""
        path = self._paths.originals / part.sha256[:2] / f"{part.sha256}.{format}"
        part.move_to(path)
        return StoredFile(self._paths.stored(path), part.sha256, part.bytes)

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

    def deliver_rendition(self, wanted: WantedImage, name: str, data: bytes) -> StoredFile:
        """Put a further file of an image beside its own.

        Raises:
            ImageError: The place would lie outside the folder of images.
        """
        path = (self._paths.images / wanted.file_name).with_name(name)
        if not is_inside(path, self._paths.images):
            raise ImageError(f"{path} lies outside {self._paths.images}")
        write_atomically(path, data)
        return StoredFile(self._paths.stored(path), hashlib.sha256(data).hexdigest(), len(data))

    def remove(self, stored: Iterable[str]) -> None:
        """Remove delivered files that nobody wants any more."""
        for path in stored:
            (self._paths.data / path).unlink(missing_ok=True)

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
        keep = {path.name, *(one.name for one in wanted.renditions)}
        for other in path.parent.glob(f"{wanted.slug}.*"):
            if other.name not in keep and other.stem == wanted.slug:
                other.unlink(missing_ok=True)
        return StoredFile(self._paths.stored(path), hashlib.sha256(data).hexdigest(), len(data))
