"""Copies a database file that nobody has open, so that the copy is there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from asset_pipeline.errors import LedgerBusyError

_BUFFER_BYTES = 8 * 1024 * 1024
_PART = ".part"


def copy_closed(path: Path, target: Path) -> None:
    """Copy a file whose turn the caller has, and which it has closed; the copy is on the disk when this returns.

    Args:
        path: The database file; it must not be open in this process, as closing it here would drop DuckDB's lock.
        target: The copy; what is there gives way.

    Raises:
        LedgerBusyError: A program that does not know our lock has the file open.
        OSError: The disk does not take it; nothing is left of it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{os.getpid()}-", suffix=_PART)
    part = Path(name)
    try:
        with path.open("rb") as source, os.fdopen(descriptor, "wb") as copy:
            try:
                fcntl.lockf(source, fcntl.LOCK_SH | fcntl.LOCK_NB)  # DuckDB's own kind of lock: nobody writes meanwhile
            except OSError:
                raise LedgerBusyError(f"another program keeps {path} open", fix="close it, and try again") from None
            shutil.copyfileobj(source, copy, _BUFFER_BYTES)
            copy.flush()
            os.fsync(copy.fileno())
        part.chmod(0o644)
        put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, target: Path) -> None:
    """Give a finished file its name; at any moment the old one is there or the new one."""
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
