"""One file in a folder, reached as the folder reaches what is in it."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from asset_pipeline.folders.folder import Folder
from asset_pipeline.folders.names import split_name
from asset_pipeline.folders.part import PartFile


@dataclass(frozen=True)
class FolderFile:
    """A file, whether it is there or not.

    Args:
        folder: The folder.
        name: Its path below the folder.

    Raises:
        PathError: The name is none.
    """

    folder: Folder
    name: str

    def __post_init__(self) -> None:
        """Refuse a name that is none while it is known where it came from."""
        split_name(self.name)

    @property
    def path(self) -> Path:
        """Where it is, for people and for links in pages; whoever reads or writes it lets the folder do so."""
        return self.folder.path / self.name

    def is_file(self) -> bool:
        """Say whether it is there."""
        return self.folder.stat(self.name) is not None

    def open(self, way: Literal["rb", "ab", "xb"] = "rb", *, permissions: int = 0o644) -> BinaryIO:
        """Open it; see `Folder.open`."""
        return self.folder.open(self.name, way, permissions=permissions)

    def read(self, at_most: int = -1) -> bytes:
        """Return what is in it; see `Folder.read`."""
        return self.folder.read(self.name, at_most)

    def write(self, data: bytes) -> None:
        """Write it so that a crash at any moment leaves the old one or the new one, and nothing in between.

        Raises:
            PathError: It would be reached by a link.
            OSError: It cannot be written.
        """
        part = PartFile(self.folder, self.name.rpartition("/")[0])
        try:
            part.write(data)
            part.close()
            part.move_to(self.name)
        except OSError as error:
            part.discard()
            # Below a handle, the system names only the end of a path.
            error.filename, error.filename2 = self.folder.shown(self.name), None
            raise
        except BaseException:
            part.discard()
            raise

    def move(self, to: FolderFile) -> None:
        """Move it, to another disk too; what is there gives way.

        Raises:
            PathError: One of the two would be reached by a link.
            OSError: It is not there, or cannot be moved.
        """
        with (
            self.folder.directory_of(self.name) as (here, name),
            to.folder.directory_of(to.name, create=True) as (there, new_name),
        ):
            try:
                os.replace(name, new_name, src_dir_fd=here, dst_dir_fd=there)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                to.write(self.read())
                self.remove()

    def remove(self) -> None:
        """Remove it; harmless where it is not there."""
        self.folder.remove(self.name)
