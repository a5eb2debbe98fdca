"""What can be wrong with delivered files, each with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_AGAIN = "dagster asset materialize -m asset_pipeline.definitions --select generated_images --partition"


class Kind(StrEnum):
    """The kinds of findings."""

    MISSING = "missing"  # a delivered file is not there
    CHANGED = "changed"  # a file is not the one that was delivered
    EXTRA = "extra"  # a file that nobody has delivered
    LEFT_OVER = "left over"  # a file of an image that is not wanted any more, or that another file has replaced
    METADATA = "metadata"  # a file names another image or original than the manifest does
    NO_MANIFEST = "no manifest"
    UNREADABLE = "unreadable"  # a manifest that is none, or a file that cannot be read
    SUMS = "sums"  # a manifest does not add up
    OLDER = "older"  # a manifest is older than the ledger
    DISAGREES = "disagrees"  # a manifest says something else than the ledger


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        kind: What sort of thing.
        file: The file or folder, relative to the folder that was verified; `.` is that folder.
        message: What is wrong, in a sentence.
        fix: What to do.
    """

    kind: Kind
    file: str
    message: str
    fix: str


@dataclass(frozen=True)
class Report:
    """What came of verifying a folder.

    Args:
        files: How many delivered files were looked for.
        collections: The collections that were verified.
        with_ledger: Whether the ledger was asked too, or only the manifests.
        findings: What is wrong, by file.
    """

    files: int
    collections: tuple[str, ...]
    with_ledger: bool
    findings: tuple[Finding, ...]


def make_again(image_key: str, *, with_ledger: bool) -> str:
    """Say how one comes by the delivered file again."""
    if with_ledger:
        return f"{_AGAIN} {image_key} makes it again, at no cost while its original is kept"
    return "copy it again from the project"


def write_again(collection: str, *, with_ledger: bool) -> str:
    """Say how one comes by the manifest again."""
    if with_ledger:
        return f"`asset-pipeline run` with the spec of {collection} writes it; what is there is not paid for again"
    return "copy it again from the project"
