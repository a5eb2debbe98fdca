"""Keeps originals by their content and finished files by their name, each whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from asset_pipeline.errors import ImageError
from asset_pipeline.folders import FolderFile, PartFile, sweep
from asset_pipeline.paths import Paths
from asset_pipeline.specs import WantedImage


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


class FileStore:
    """Originals by content, and finished files by name.

    Args:
        paths: The places of the project.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._images = paths.folder(paths.images)
        self._originals = paths.folder(paths.originals)

    def begin(self) -> None:
        """See before anything is paid for that there is a place for it, and remove what killed processes have left.

        Raises:
            PathError: The images or the originals are on a disk that is not there.
        """
        for folder in (self._images, self._originals):
            folder.require_target()
        paths = self._paths
        written = (paths.reports, paths.prompts, paths.prompt_backups)
        sweep(self._images, self._originals, *(paths.folder(place) for place in written))

    def part(self) -> PartFile:
        """Return a file for what a provider is about to deliver."""
        return PartFile(self._originals)

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
        name = f"{part.sha256[:2]}/{part.sha256}.{format}"
        part.move_to(name)
        return StoredFile(self._paths.stored(self._paths.originals / name), part.sha256, part.bytes)

    def read(self, stored: str, *, sha256: str) -> bytes:
        """Return a kept file.

        Args:
            stored: Its path relative to the data directory.
            sha256: What it must hash to.

        Raises:
            ImageError: It is gone, or not what was kept.
        """
        shown = self._paths.shown(self._paths.data / stored)
        try:
            data = self._paths.file(stored).read()
        except OSError as error:
            raise ImageError(f"{shown} was paid for and is gone: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ImageError(f"{shown} is not the file that was paid for: its content has changed")
        return data

    def deliver_rendition(self, wanted: WantedImage, name: str, data: bytes) -> StoredFile:
        """Put a further file of an image beside its own.

        Raises:
            PathError: The place would lie outside the folder of images.
            OSError: It cannot be written.
        """
        return self._write(f"{wanted.folder_name}/{name}", data)

    def remove(self, stored: Iterable[str]) -> None:
        """Remove delivered files that nobody wants any more."""
        for path in stored:
            self._paths.file(path).remove()

    def is_there(self, stored: str) -> bool:
        """Say whether a kept file is on the disk."""
        return self._paths.find_file(stored) is not None

    def deliver(self, wanted: WantedImage, data: bytes) -> StoredFile:
        """Put a finished file in its place; one of the same image in another format gives way to it.

        Raises:
            PathError: The place would lie outside the folder of images.
            OSError: It cannot be written.
        """
        stored = self._write(wanted.file_name, data)
        keep = {PurePosixPath(wanted.file_name).name, *(one.name for one in wanted.renditions)}
        for other in self._images.names(wanted.folder_name):
            if other not in keep and PurePosixPath(other).stem == wanted.slug:
                self._images.remove(f"{wanted.folder_name}/{other}")
        return stored

    def _write(self, name: str, data: bytes) -> StoredFile:
        FolderFile(self._images, name).write(data)
        return StoredFile(self._paths.stored(self._paths.images / name), hashlib.sha256(data).hexdigest(), len(data))
