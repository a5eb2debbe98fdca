"""A folder whose contents are reached from its own handle: no link below it is followed, whenever it came there."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from asset_pipeline.errors import PathError
from asset_pipeline.folders.names import split_name

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# What is no file of ours, a pipe for one, must not keep anybody waiting.
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_WAYS = {
    "rb": os.O_RDONLY,
    "ab": os.O_WRONLY | os.O_APPEND | os.O_CREAT,
    "xb": os.O_WRONLY | os.O_CREAT | os.O_EXCL,
}


class Folder:
    """A folder, and all that is done with what lies below it.

    The folder itself may be a link that its owner has placed; where that leads is found once, here. Names are paths
    below it, with `/` between their parts, each of which `check_name` must take; "" is the folder itself.

    Args:
        path: Where it is; it need not be there yet.
        base: A folder above it from which it is reached, so that nothing between the two is a link either, unless
            `path` leads elsewhere by a link already.
        shown: How messages name it; `path` if left out.
    """

    def __init__(self, path: Path, *, base: Path | None = None, shown: str | None = None) -> None:
        self._given = path
        self._shown = shown or str(path)
        self.path = path.resolve()
        above = base.resolve() if base else self.path
        is_below = self.path.is_relative_to(above)
        self._base = above if is_below else self.path
        self._between = self.path.relative_to(self._base).parts

    def shown(self, name: str) -> str:
        """Return how messages name a file."""
        return f"{self._shown}/{name}" if name else self._shown

    def require_target(self) -> None:
        """Refuse a link to what is not there: a disk that is not mounted must not be taken for an empty one.

        Raises:
            PathError: The folder is such a link.
        """
        if self._given.is_symlink() and not self.path.exists():
            raise PathError(
                f"it is a link to {self.path}, which is not there",
                where=self._shown,
                fix="mount the disk it leads to, or remove the link",
            )

    @contextmanager
    def directory(self, name: str = "", *, create: bool = False) -> Iterator[int]:
        """Open a folder in it, for as long as the context lasts, and give its handle.

        Args:
            name: Which; the folder itself if left out.
            create: Make what is not there, on the disk when this returns.

        Raises:
            PathError: It would be reached by a link, or by what is no name.
            OSError: It is not there, or is no folder.
        """
        parts = (*self._between, *(split_name(name) if name else ()))
        handle = self._open_base(create=create)
        try:
            for part in parts:
                inner = self._enter(handle, part, name, create=create)
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def directory_of(self, name: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """Open the folder that a file is in, and give its handle and the last part of the file's name.

        Raises:
            PathError: It would be reached by a link, or by what is no name.
            OSError: It is not there, or is no folder.
        """
        *above, last = split_name(name)
        with self.directory("/".join(above), create=create) as handle:
            yield handle, last

    def open(self, name: str, way: Literal["rb", "ab", "xb"] = "rb", *, permissions: int = 0o644) -> BinaryIO:
        """Open a file: to read it, to add to its end, or as a new one; folders are made where it is written.

        Args:
            name: Which.
            way: `rb`, `ab` or `xb`, as `open` has them.
            permissions: Of a new file.

        Raises:
            PathError: It is a link, is reached by one, or is no file, or the name is none.
            OSError: It cannot be opened.
        """
        with self.directory_of(name, create=way != "rb") as (handle, last):
            try:
                descriptor = os.open(last, _WAYS[way] | _FILE, permissions, dir_fd=handle)
            except OSError as error:
                raise self._explained(error, handle, last, name) from error
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self.shown(name))
            if not stat.S_ISREG(mode):
                raise PathError("it is no file, but a device or a pipe", where=self.shown(name), fix="move it away")
            return os.fdopen(descriptor, way)
        except BaseException:
            os.close(descriptor)
            raise

    def read(self, name: str, at_most: int = -1) -> bytes:
        """Return what is in a file, or its first `at_most` bytes.

        Raises:
            PathError: It is a link, is reached by one, or is no file, or the name is none.
            OSError: It cannot be read.
        """
        with self.open(name) as file:
            return file.read(at_most)

    def stat(self, name: str) -> os.stat_result | None:
        """Return the facts about a file; None where it is not there, is no file, or cannot be reached."""
        with contextlib.suppress(OSError), self.directory_of(name) as (handle, last):
            found = os.stat(last, dir_fd=handle, follow_symlinks=False)
            return found if stat.S_ISREG(found.st_mode) else None
        return None

    def is_file(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        return self.stat(name) is not None

    def names(self, folder: str = "") -> list[str]:
        """Return the names of the files in a folder; none where there is no such folder.

        Raises:
            PathError: It would be reached by a link, or by what is no name.
        """
        try:
            with self.directory(folder) as handle, os.scandir(handle) as entries:
                return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def walk(self, name: str = "") -> Iterator[str]:
        """Yield the names of all that is no folder, at any depth; a link is named, and so is a folder that is none.

        Raises:
            PathError: The folder itself would be reached by a link.
        """
        try:
            with self.directory(name) as handle, os.scandir(handle) as entries:
                found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        except PathError:
            if not name:
                raise
            yield name
            return
        except OSError:  # gone, or closed to us
            return
        for inner, is_folder in found:
            path = f"{name}/{inner}" if name else inner
            yield from self.walk(path) if is_folder else (path,)

    def remove(self, name: str) -> None:
        """Remove a file; harmless where there is none, and of a link only the link goes.

        Raises:
            PathError: It is reached by a link, or the name is none.
        """
        with contextlib.suppress(FileNotFoundError), self.directory_of(name) as (handle, last):
            os.unlink(last, dir_fd=handle)

    def inner(self, name: str) -> str:
        """Return the name of what a file is once all links are followed; reading that follows none.

        For files that people put there: they may link one to another, and to nothing outside.

        Raises:
            PathError: It leads out of the folder, or the name is none.
        """
        try:
            real = self.path.joinpath(*split_name(name)).resolve()
        except RuntimeError as error:  # links in a circle
            raise PathError(str(error), where=self.shown(name), fix="put the file itself there") from None
        if not real.is_relative_to(self.path):
            raise PathError(
                f"it is a link that leads out of {self._shown}",
                where=self.shown(name),
                fix="put the file itself there instead of the link",
            )
        return real.relative_to(self.path).as_posix()

    def _open_base(self, *, create: bool) -> int:
        try:
            return os.open(self._base, _DIRECTORY)
        except FileNotFoundError:
            if not create:
                raise
        except OSError as error:
            raise self._explained(error, None, str(self._base), "") from error
        self.require_target()
        self._base.mkdir(parents=True, exist_ok=True)
        return os.open(self._base, _DIRECTORY)

    def _enter(self, handle: int, part: str, name: str, *, create: bool) -> int:
        """Open one part of a path from the handle of the one before."""
        if create:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=handle)
                os.fsync(handle)
        try:
            return os.open(part, _DIRECTORY, dir_fd=handle)
        except OSError as error:
            raise self._explained(error, handle, part, name) from error

    def _explained(self, error: OSError, handle: int | None, part: str, name: str) -> OSError:
        """Return what is raised for an error: where a link was not followed, that."""
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            return error
        with contextlib.suppress(OSError):
            if not stat.S_ISLNK(os.stat(part, dir_fd=handle, follow_symlinks=False).st_mode):
                return error
        return PathError(
            f"{Path(part).name!r} is a link, and links are not followed here",
            where=self.shown(name),
            fix=f"put the folder or file itself there; only {self._shown} as a whole may be a link",
        )
