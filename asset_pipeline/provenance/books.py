"""Reads from the ledger what the manifest of a collection has to say, and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from asset_pipeline.errors import SetupError
from asset_pipeline.folders import Folder, FolderFile
from asset_pipeline.images.aside import rejected_files
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.lineage import Lineage, read_lineage
from asset_pipeline.paths import Paths
from asset_pipeline.provenance.manifest import (
    MANIFEST,
    CallPart,
    FilePart,
    Manifest,
    OriginalPart,
    PromptPart,
    RenditionPart,
    Totals,
    sums,
)

# The last delivery of each wanted image. `since` is when its bytes were first delivered: the same file, made again from
# the same original, is no news.
_FILES = """
WITH latest AS (
    SELECT *, min(created_at) OVER (PARTITION BY image_key, path, sha256) AS since FROM store.deliveries
    QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1
), winners AS (
    SELECT p.content_key, p.model AS writer, p.call_id, j.model AS judge, p.judge_call_id
    FROM main.prompt_candidates p LEFT JOIN main.calls j ON j.call_id = p.judge_call_id WHERE p.won
    QUALIFY row_number() OVER (PARTITION BY p.content_key ORDER BY p.position) = 1
)
SELECT i.image_key, i.type, i.title, d.path, d.sha256, d.bytes, d.content_key, d.prompt_key, d.since,
    o.path AS original_path, o.sha256 AS original_sha256, o.call_id AS original_call_id, o.model_version,
    c.model, c.provider_call_id, c.created_at, w.writer, w.call_id AS writer_call_id, w.judge, w.judge_call_id
FROM main.images i JOIN latest d USING (image_key)
LEFT JOIN store.originals o ON o.content_key = d.content_key LEFT JOIN main.calls c ON c.call_id = o.call_id
LEFT JOIN winners w ON w.content_key = d.prompt_key
WHERE i.collection = $1 AND i.retired_at IS NULL ORDER BY d.path
"""
_MONEY = """
SELECT coalesce(sum(cost_usd), 0)::DECIMAL(18,9), coalesce(sum(held_usd), 0)::DECIMAL(18,9), max(updated_at)
FROM main.calls WHERE collection = $1
"""
_EARLIER = """
SELECT DISTINCT d.path, d.image_key FROM store.deliveries d JOIN store.images i USING (image_key)
WHERE i.collection = $1
"""
_IMAGES = "images/"


@dataclass(frozen=True)
class Books:
    """What the ledger says of a collection.

    Args:
        manifest: What its manifest has to say; without pixels.
        earlier: Every file that was ever delivered for it, with its image; paths relative to its folder.
        rejected: Files that a person has rejected, which lie elsewhere; paths likewise.
    """

    manifest: Manifest
    earlier: Mapping[str, str]
    rejected: frozenset[str]


def read_books(connection: Connection, collection: str) -> Books | None:
    """Return what the ledger says of a collection; None where it does not know it."""
    head = connection.execute(
        "SELECT title, synced_at FROM store.collections WHERE collection = $1", [collection]
    ).fetchone()
    if head is None:
        return None
    cursor = connection.execute(_FILES, [collection])
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    lineages = {one.image_key: one for one in read_lineage(connection, [row["image_key"] for row in rows])}
    further = _renditions(connection, collection)
    files = tuple(
        _file(row, lineages[row["image_key"]], collection, renditions=further.get(row["image_key"], ())) for row in rows
    )
    spent, held, booked_at = connection.execute(_MONEY, [collection]).fetchone() or (Decimal(0), Decimal(0), None)
    count, size, cost = sums(files)
    moments: list[datetime] = [*(row["since"] for row in rows), *([booked_at] if booked_at else [])]
    manifest = Manifest(
        collection=collection,
        title=head[0],
        as_of=max(moments, default=head[1]),
        totals=Totals(files=count, bytes=size, cost_usd=cost, unfinished_usd=spent - cost, held_usd=held),
        files=files,
    )
    earlier = connection.execute(_EARLIER, [collection]).fetchall()
    rejected = frozenset(_in_folder(path, collection) for path in rejected_files(connection))
    return Books(manifest, {_in_folder(path, collection): key for path, key in earlier}, rejected)


def delivered_collections(connection: Connection) -> set[str]:
    """Return the collections that have files to show."""
    rows = connection.execute(
        "SELECT DISTINCT collection FROM main.images WHERE path IS NOT NULL AND retired_at IS NULL"
    ).fetchall()
    return {name for (name,) in rows}


def write_manifest(database: Database, paths: Paths, collection: str) -> Path:
    """Write the manifest of a collection, and return where it lies.

    Raises:
        SetupError: There is no such collection.
    """
    books = database.run(lambda connection: read_books(connection, collection))
    if books is None:
        raise SetupError(f"there is no collection {collection!r}", fix="asset-pipeline sync reads the specs")
    folder = paths.folder(paths.images)
    files = tuple(one.model_copy(update=_pixels(folder, f"{collection}/{one.path}")) for one in books.manifest.files)
    target = FolderFile(folder, f"{collection}/{MANIFEST}")
    target.write(books.manifest.model_copy(update={"files": files}).encoded())
    return target.path


def _pixels(folder: Folder, name: str) -> dict[str, int]:
    """Return a file's own width and height, which a spec that has changed since cannot tell."""
    try:
        with folder.open(name) as file, Image.open(file) as picture:
            return {"width": picture.width, "height": picture.height}
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return {}


def _in_folder(stored: str, collection: str) -> str:
    return stored.removeprefix(f"{_IMAGES}{collection}/")


def _renditions(connection: Connection, collection: str) -> dict[str, tuple[RenditionPart, ...]]:
    """Return the further files of each image of a collection, by its key."""
    found: dict[str, tuple[RenditionPart, ...]] = {}
    for key, path, sha256, size in connection.execute(
        "SELECT r.image_key, r.path, r.sha256, r.bytes FROM store.renditions r JOIN store.images i USING (image_key)"
        " WHERE i.collection = $1 ORDER BY r.path",
        [collection],
    ).fetchall():
        part = RenditionPart(path=_in_folder(path, collection), sha256=sha256, bytes=size)
        found[key] = (*found.get(key, ()), part)
    return found


def _file(
    row: Mapping[str, Any], lineage: Lineage, collection: str, *, renditions: tuple[RenditionPart, ...]
) -> FilePart:
    path = _in_folder(row["path"], collection)
    original = None
    if row["original_path"]:
        original = OriginalPart(
            path=row["original_path"], sha256=row["original_sha256"], call_id=row["original_call_id"]
        )
    return FilePart(
        path=path,
        sha256=row["sha256"],
        bytes=row["bytes"],
        width=None,
        height=None,
        format=PurePosixPath(path).suffix.removeprefix("."),
        image_key=row["image_key"],
        type=row["type"],
        title=row["title"],
        model=row["model"],
        model_version=row["model_version"],
        prediction_id=row["provider_call_id"],
        content_key=row["content_key"],
        renditions=renditions,
        original=original,
        prompt=PromptPart(
            prompt_key=row["prompt_key"],
            writer=row["writer"],
            writer_call_id=row["writer_call_id"],
            judge=row["judge"],
            judge_call_id=row["judge_call_id"],
        ),
        calls=_calls(lineage),
        cost_usd=lineage.cost_usd,
        held_usd=lineage.held_usd,
        created_at=row["created_at"],
    )


def _calls(lineage: Lineage) -> tuple[CallPart, ...]:
    return tuple(
        CallPart(
            call_id=call.call_id,
            kind=call.kind,
            provider=call.provider,
            model=call.model,
            prediction_id=call.provider_call_id,
            state=call.state,
            outcome=call.outcome,
            cost_usd=call.cost_usd,
            held_usd=call.held_usd,
        )
        for call in lineage.calls
    )
