"""Keeps what was bought and what was delivered, so that an equal wish costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asset_pipeline.images.files import StoredFile
from asset_pipeline.images.inspect import Inspected
from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.calls import OPEN, PAID_AND_LOST
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.rows import insert


@dataclass(frozen=True)
class Original:
    """A picture that was paid for.

    Args:
        content_key: Hash over everything that decided it.
        call_id: The call that paid for it.
        path: Relative to the data directory.
        sha256: Of its bytes.
        model: Who made it, as the provider says; None for one from before this was recorded.
        model_version: Of the model, as the provider says; None where it does not.
    """

    content_key: str
    call_id: str
    path: str
    sha256: str
    model: str | None = None
    model_version: str | None = None


@dataclass(frozen=True)
class Delivery:
    """A finished file, as it was delivered.

    Args:
        image_key: The image.
        recipe_key: Hash over all that was known before anything was paid.
        prompt_key: Of the competition.
        content_key: Of the original.
        file: The finished file.
        run_id: The Dagster run, if any.
    """

    image_key: str
    recipe_key: str
    prompt_key: str
    content_key: str
    file: StoredFile
    run_id: str | None


@dataclass(frozen=True)
class KeptOriginal:
    """A picture that lies on the disk and is not recorded yet.

    Args:
        original: What is recorded of it.
        file: Where it lies.
        seen: What it is.
    """

    original: Original
    file: StoredFile
    seen: Inspected


def save_originals(connection: Connection, kept: Sequence[KeptOriginal]) -> list[None]:
    """Record pictures; the first one of a content key stays. A handler for many at once."""
    first = {one.original.content_key: one for one in reversed(kept)}
    now = utc_now()
    insert(
        connection,
        "store.originals (content_key, call_id, path, sha256, bytes, width, height, format, model, model_version,"
        " created_at)",
        [
            (
                key,
                one.original.call_id,
                one.file.path,
                one.file.sha256,
                one.file.bytes,
                one.seen.width,
                one.seen.height,
                one.seen.format,
                one.original.model,
                one.original.model_version,
                now,
            )
            for key, one in first.items()
        ],
        keep_first=True,
    )
    return [None] * len(kept)


def read_originals(connection: Connection, content_keys: Sequence[str]) -> dict[str, Original]:
    """Return those pictures that have been bought."""
    rows = connection.execute(
        "SELECT content_key, call_id, path, sha256, model, model_version FROM store.originals"
        " WHERE content_key IN (SELECT unnest($1))",
        [list(content_keys)],
    ).fetchall()
    return {row[0]: Original(*row) for row in rows}


def read_lost(connection: Connection, content_keys: Sequence[str]) -> set[str]:
    """Return those that were paid and cannot be had; no money is needed for them, as they are not bought again."""
    rows = connection.execute(
        "SELECT content_key FROM store.calls WHERE content_key IN (SELECT unnest($1))"
        " AND outcome IN (SELECT unnest($2))",
        [list(content_keys), [str(outcome) for outcome in PAID_AND_LOST]],
    ).fetchall()
    return {key for (key,) in rows}


def is_open(connection: Connection, content_key: str) -> bool:
    """Say whether a call for a picture is not resolved."""
    row = connection.execute(
        "SELECT 1 FROM store.calls WHERE content_key = $1 AND state IN (SELECT unnest($2)) LIMIT 1",
        [content_key, [str(state) for state in OPEN]],
    ).fetchone()
    return row is not None


def save_deliveries(connection: Connection, deliveries: Sequence[Delivery]) -> list[bool]:
    """Record finished files; a handler for many at once.

    Returns:
        For each, whether it is delivered: what a person has rejected in the meantime is not.
    """
    now = utc_now()
    rejected = {
        key
        for (key,) in connection.execute(
            "SELECT image_key FROM store.images WHERE image_key IN (SELECT unnest($1)) AND state = 'rejected'",
            [[d.image_key for d in deliveries]],
        ).fetchall()
    }
    taken = [d for d in deliveries if d.image_key not in rejected]
    insert(
        connection,
        "store.deliveries (image_key, recipe_key, prompt_key, content_key, path, sha256, bytes, run_id, created_at)",
        [
            (
                d.image_key,
                d.recipe_key,
                d.prompt_key,
                d.content_key,
                d.file.path,
                d.file.sha256,
                d.file.bytes,
                d.run_id,
                now,
            )
            for d in taken
        ],
    )
    connection.execute(
        "UPDATE store.images SET state = 'done', reason = NULL, updated_at = $2"
        " WHERE image_key IN (SELECT unnest($1)) AND retired_at IS NULL",
        [[d.image_key for d in taken], now],
    )
    return [d.image_key not in rejected for d in deliveries]


def read_deliveries(connection: Connection, image_keys: Sequence[str]) -> dict[str, Delivery]:
    """Return the last delivery of each of those images that have one."""
    rows = connection.execute(
        "SELECT image_key, recipe_key, prompt_key, content_key, path, sha256, bytes, run_id FROM store.deliveries"
        " WHERE image_key IN (SELECT unnest($1))"
        " QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1",
        [list(image_keys)],
    ).fetchall()
    return {r[0]: Delivery(r[0], r[1], r[2], r[3], StoredFile(r[4], r[5], r[6]), r[7]) for r in rows}
