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


def take_wishes(
    connection: Connection, *, mode: str, taker: str, now: datetime, collections: Sequence[str] | None = None
) -> list[RunWish]:
    """Return the runs that nobody has started yet; from now on they are the taker's.

    Args:
        connection: In its transaction.
        mode: `sandbox` or `live`.
        taker: Who starts them, for the record.
        now: The time in UTC.
        collections: Only of these; of all if left out.
    """
    rows = connection.execute(
        "UPDATE store.run_wishes SET taken_at = $3, taken_by = $2 WHERE mode = $1 AND taken_at IS NULL"
        " AND ($4 IS NULL OR collection IN (SELECT unnest($4::VARCHAR[])))"
        " RETURNING wish_id, collection, image_keys",
        [mode, taker, now, None if collections is None else list(collections)],
    ).fetchall()
    files = dict(connection.execute("SELECT collection, spec_file FROM store.collections").fetchall())
    return [RunWish(number, name, tuple(keys or ()), files.get(name, "")) for number, name, keys in sorted(rows)]


def open_wishes(connection: Connection, *, mode: str, asked_before: int, now: datetime) -> list[RunWish]:
    """Return the runs that nobody has started, for a caller that is asked again and again and remembers how far it is.

    What it was given before is recorded as taken now, as it has come back: a caller that is killed is given it again.

    Args:
        connection: In its transaction.
        mode: `sandbox` or `live`.
        asked_before: The last wish that the caller has dealt with.
        now: The time in UTC.
    """
    connection.execute(
        "UPDATE store.run_wishes SET taken_at = $3, taken_by = 'dagster' WHERE mode = $1 AND taken_at IS NULL"
        " AND wish_id <= $2",
        [mode, asked_before, now],
    )
    rows = connection.execute(
        "SELECT w.wish_id, w.collection, w.image_keys, coalesce(c.spec_file, '') FROM store.run_wishes w"
        " LEFT JOIN store.collections c USING (collection) WHERE w.mode = $1 AND w.taken_at IS NULL ORDER BY w.wish_id",
        [mode],
    ).fetchall()
    return [RunWish(number, name, tuple(keys or ()), file) for number, name, keys, file in rows]
