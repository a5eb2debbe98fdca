"""Removes what killed processes have left half written; its names hold the process that wrote it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from asset_pipeline.processes import is_running


def remove_leftovers(folder: Path, prefix: str, suffix: str = "") -> None:
    """Remove files and folders called `<prefix><process>-<anything><suffix>` whose process is gone.

    Args:
        folder: Where they lie; nothing below it is looked at.
        prefix: What stands before the number of the process.
        suffix: What their names end with.
    """
    for path in folder.glob(f"{prefix}*{suffix}"):
        named = re.match(rf"{re.escape(prefix)}(\d+)-", path.name)
        if named is None or is_running(int(named[1])):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
