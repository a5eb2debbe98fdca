"""Takes: a person wants an image anew, and pays again on purpose; each take is another thing to buy."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from asset_pipeline.ledger.database import Connection, utc_now
from asset_pipeline.ledger.rows import insert, upsert
from asset_pipeline.specs.wanted import WantedImage

DECISION = "regenerate"


def with_takes(connection: Connection, images: Sequence[WantedImage]) -> list[WantedImage]:
    """Return images with the take that is wanted of each."""
    rows = connection.execute(
        "SELECT image_key, take FROM store.takes WHERE image_key IN (SELECT unnest($1::VARCHAR[]))",
        [[image.key for image in images]],
    ).fetchall()
    takes = dict(rows)
    return [image.model_copy(update={"take": takes[image.key]}) if image.key in takes else image for image in images]


def want_anew(connection: Connection, images: Sequence[WantedImage], *, note: str | None, reviewer: str) -> None:
    """Want another take of images; what is there stays until it has been made.

    Args:
        connection: In its transaction.
        images: Which, with their takes so far.
        note: Why, for the record.
        reviewer: Who says so.
    """
    now = utc_now()
    upsert(connection, "store.takes (image_key, take)", [(image.key, image.take + 1) for image in images], key=1)
    connection.execute(
        "UPDATE store.images SET state = 'missing', reason = 'to be made anew', updated_at = $2"
        " WHERE image_key IN (SELECT unnest($1))",
        [[image.key for image in images], now],
    )
    insert(
        connection,
        "store.reviews (review_id, collection, image_key, decision, note, reviewer, created_at)",
        [(uuid.uuid4().hex, image.collection, image.key, DECISION, note, reviewer, now) for image in images],
    )
