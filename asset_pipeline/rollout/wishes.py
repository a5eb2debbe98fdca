"""Runs that decisions ask for: recorded with the decision, and started once, by whoever takes them first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.rows import insert


@dataclass(frozen=True)
class RunWish:
    """A run that somebody's decision asks for.

    Args:
        wish_id: Of the row.
        collection: Whose images.
        image_keys: Which; none for all of it.
        spec_file: Where the collection is specified, as the catalog knows it.
    """

    wish_id: int
    collection: str
    image_keys: tuple[str, ...]
    spec_file: str


def wish_run(
    connection: Connection, *, mode: str, collection: str, image_keys: Sequence[str] | None, now: datetime
) -> None:
    """Ask for a run; None as keys for all of the collection."""
    keys = list(image_keys) if image_keys is not None else None
    insert(
        connection,
        "store.run_wishes (mode, collection, image_keys, created_at)",
        [(mode, collection, keys, now)],
    )


def open_wishes(connection: Connection, *, mode: str) -> list[RunWish]:
    """Return the runs that nobody has started yet, oldest first."""
    rows = connection.execute(
        "SELECT w.wish_id, w.collection, w.image_keys, coalesce(c.spec_file, '') FROM store.run_wishes w"
        " LEFT JOIN store.collections c USING (collection) WHERE w.mode = $1 AND w.taken_at IS NULL ORDER BY w.wish_id",
        [mode],
    ).fetchall()
    return [RunWish(number, name, tuple(keys or ()), file) for number, name, keys, file in rows]


def close_wishes(connection: Connection, wishes: Sequence[int], *, taker: str, now: datetime) -> None:
    """Record that runs have been started.

    Whoever starts one does so after it is started: killed in between, the run is started again, which buys nothing.

    Args:
        connection: In its transaction.
        wishes: Which.
        taker: Who has started them.
        now: The time in UTC.
    """
    connection.execute(
        "UPDATE store.run_wishes SET taken_at = $3, taken_by = $2"
        " WHERE taken_at IS NULL AND wish_id IN (SELECT unnest($1::BIGINT[]))",
        [list(wishes), taker, now],
    )
