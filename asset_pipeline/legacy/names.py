"""Names of files that are kept: their own, where a file may have it here and on any disk that it may be copied to."""

from __future__ import annotations

from pathlib import PurePosixPath

from asset_pipeline.errors import PathError
from asset_pipeline.folders import split_name
from asset_pipeline.specs.fields import MAX_SLUG, slugify


def kept_name(name: str, *, sha256: str, suffix: str) -> str:
    """Return the name an old file is kept by: its own, or one made from its hash where no file may have that.

    Args:
        name: Its path in the old folder.
        sha256: Of its bytes.
        suffix: What it is, such as `webp`.
    """
    try:
        split_name(name)
    except PathError:
        parts = (sha256[:12], slugify(PurePosixPath(name).name.partition(".")[0])[:MAX_SLUG].strip("-"))
        return f"{'-'.join(part for part in parts if part)}.{suffix}"
    return name
