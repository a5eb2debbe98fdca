"""Writes files: each appears whole or not at all, and is on the disk before anybody says so."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from typing import BinaryIO

from asset_pipeline.folders.folder import Folder
from asset_pipeline.processes import is_running

_HALF = ".part"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class PartFile:
    """A file that comes piece by piece: hashed on the way, and without a name of its own until it is whole.

    It must end in `move_to` or `discard`; `sweep` removes those of processes that came to neither.

    Args:
        folder: Where it lies meanwhile, and where it is to stay.
        within: Which folder in it; the same disk as its place.

    Raises:
        PathError: The folder would be reached by a link.
        OSError: It cannot be made.
    """

    def __init__(self, folder: Folder, within: str = "") -> None:
        self._folder = folder
        self.name = f".{os.getpid()}-{secrets.token_hex(8)}{_HALF}"
        self.bytes = 0
        self._digest = hashlib.sha256()
        with folder.directory(within, create=True) as handle:
            self._handle: int | None = os.dup(handle)
        try:
            descriptor = os.open(self.name, _NEW, 0o600, dir_fd=self._handle)
        except BaseException:
            self._let_go()
            raise
        try:
            self._file = os.fdopen(descriptor, "wb")
        except BaseException:
            os.close(descriptor)
            os.unlink(self.name, dir_fd=self._handle)
            self._let_go()
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
        os.fchmod(self._file.fileno(), 0o644)
        os.fsync(self._file.fileno())
        self._file.close()

    def open(self) -> BinaryIO:
        """Open it to be read, once it is closed and before it is moved."""
        return os.fdopen(os.open(self.name, _OLD, dir_fd=self._handle), "rb")

    def move_to(self, name: str) -> None:
        """Put it in its place, closed; what is there gives way, and this is on the disk too when it returns.

        Raises:
            PathError: The place would be reached by a link, or its name is none.
        """
        with self._folder.directory_of(name, create=True) as (place, last):
            os.replace(self.name, last, src_dir_fd=self._handle, dst_dir_fd=place)
            os.fsync(place)
        self._let_go()

    def discard(self) -> None:
        """Remove it, in whatever state it is; harmless after `move_to`."""
        with contextlib.suppress(OSError):
            self._file.close()
        if self._handle is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.name, dir_fd=self._handle)
            self._let_go()

    def _let_go(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def is_half(name: str) -> bool:
    """Say whether a file, by its path or name, is one that is being written or was left half written."""
    last = name.rpartition("/")[2]
    return last.startswith(".") and last.endswith(_HALF)


def sweep(*folders: Folder) -> None:
    """Remove the halves of files that processes have left that were killed in the middle of writing."""
    for folder in folders:
        for name in folder.walk():
            if is_half(name) and not _is_written(name.rpartition("/")[2]):
                folder.remove(name)


def _is_written(half: str) -> bool:
    writer = half[1:].partition("-")[0]
    return writer.isdigit() and is_running(int(writer))
