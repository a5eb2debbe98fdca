"""The manifest of a collection: what was delivered, where each file comes from, and what it cost.

It lies beside the files and goes where they go. All of it is read from the ledger, but for the pixels of each file; it
says nothing of when it was written, so it is the same to the byte as long as nothing has happened.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from asset_pipeline.ledger.money import plain

MANIFEST = "manifest.json"


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise ValueError("must be a path below the folder of the manifest")
    return path


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset():
        raise ValueError("must be in UTC")
    return moment.replace(tzinfo=None)


def _moment_text(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"


# A manifest may come from anywhere: no amount in it is too long to be written out.
_MOST = 10**9
Usd = Annotated[
    Decimal,
    Field(ge=-_MOST, le=_MOST, decimal_places=9, allow_inf_nan=False),
    PlainSerializer(plain, return_type=str),
]
Moment = Annotated[datetime, AfterValidator(_utc), PlainSerializer(_moment_text, return_type=str)]
PathInside = Annotated[str, AfterValidator(_inside)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OriginalPart(_Part):
    """What a provider delivered.

    Args:
        path: Relative to the data directory, which the manifest may have left.
        sha256: Of its bytes.
        call_id: The call that paid for it.
    """

    path: str
    sha256: str
    call_id: str


class CallPart(_Part):
    """A call that was made for an image.

    Args:
        call_id: Our id of it.
        kind: `writer`, `judge` or `image`.
        provider: Who was asked.
        model: Which model.
        prediction_id: The provider's id of it.
        state: Where it stands.
        outcome: What it brought, if it is settled.
        cost_usd: What it cost.
        held_usd: What is still set aside for it.
    """

    call_id: str
    kind: str
    provider: str
    model: str
    prediction_id: str | None
    state: str
    outcome: str | None
    cost_usd: Usd
    held_usd: Usd


class PromptPart(_Part):
    """Where a prompt comes from; its calls may have been paid for another image that wanted the same.

    Args:
        prompt_key: Content key of the competition, or of the template's prompt.
        writer: Model that wrote it; None where a template did.
        writer_call_id: The call that wrote it.
        judge: Model that chose it; None where nobody had to.
        judge_call_id: The call that chose it.
    """

    prompt_key: str
    writer: str | None
    writer_call_id: str | None
    judge: str | None
    judge_call_id: str | None


class RenditionPart(_Part):
    """A further file of an image: another size or format.

    Args:
        path: Relative to the manifest's folder.
        sha256: Of its bytes, as they were delivered.
        bytes: Its size, as it was delivered.
    """

    path: PathInside
    sha256: str
    bytes: int


class FilePart(_Part):
    """A delivered file.

    Args:
        path: Relative to the manifest's folder.
        sha256: Of its bytes, as they were delivered.
        bytes: Its size, as it was delivered.
        width: In pixels; None where the file could not be read when the manifest was written.
        height: In pixels; None as above.
        format: `png`, `webp`, `jpg` or `avif`.
        image_key: The image.
        type: Its type.
        title: What it stands for.
        model: Who made it, as it was asked; None where the ledger does not know any more.
        model_version: Of the model, as the provider says.
        prediction_id: The provider's id of the call that made it.
        content_key: Of its original.
        renditions: Further files of the image.
        original: What it was made from.
        prompt: Where its prompt comes from.
        calls: All calls that were made for the image, oldest first.
        cost_usd: What they cost.
        held_usd: What is still set aside for them.
        created_at: When the call was made that made it, UTC.
    """

    path: PathInside
    sha256: str
    bytes: int
    width: int | None
    height: int | None
    format: str
    image_key: str
    type: str
    title: str
    model: str | None
    model_version: str | None
    prediction_id: str | None
    content_key: str
    renditions: tuple[RenditionPart, ...] = ()
    original: OriginalPart | None
    prompt: PromptPart
    calls: tuple[CallPart, ...]
    cost_usd: Usd
    held_usd: Usd
    created_at: Moment | None


class Totals(_Part):
    """Sums of a collection.

    Args:
        files: Number of delivered files.
        bytes: Their size.
        cost_usd: What their images cost.
        unfinished_usd: What was spent on images of the collection that have no file here, retired ones included.
        held_usd: What is still set aside, for all its images.
    """

    files: int
    bytes: int
    cost_usd: Usd
    unfinished_usd: Usd
    held_usd: Usd


class Manifest(_Part):
    """The manifest of a collection.

    Args:
        manifest_version: Of this form.
        collection: Its name.
        title: For people.
        as_of: The last thing in the ledger that it knows of, UTC.
        totals: Its sums.
        files: All delivered files of images that are wanted, by path.
    """

    manifest_version: Literal[1] = 1
    collection: str
    title: str
    as_of: Moment
    totals: Totals
    files: tuple[FilePart, ...]

    def encoded(self) -> bytes:
        """Return the file."""
        return (json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()


def sums(files: tuple[FilePart, ...]) -> tuple[int, int, Decimal]:
    """Return number, bytes and cost of files."""
    return len(files), sum(one.bytes for one in files), sum((one.cost_usd for one in files), Decimal(0))
