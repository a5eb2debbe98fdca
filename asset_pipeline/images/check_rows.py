"""Keeps what was measured of images and what else was made of them, for people and for later commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asset_pipeline.images.checks import Bound, Check
from asset_pipeline.images.files import StoredFile
from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.rows import upsert
from asset_pipeline.settings.checks import Policy

_COLUMNS = "image_key, name, content_key, value, unit, bound, threshold, passed, policy, text, created_at"


@dataclass(frozen=True)
class Looked:
    """What was seen of a finished file.

    Args:
        image_key: The image.
        content_key: Of the original that it was made of.
        checks: All that were made.
        hash: Perceptual hash of the file.
        renditions: Further files of the image.
    """

    image_key: str
    content_key: str
    checks: tuple[Check, ...]
    hash: int
    renditions: tuple[StoredFile, ...] = ()


def save_looks(connection: Connection, looks: Sequence[Looked]) -> list[tuple[str, ...]]:
    """Keep what was seen, in place of what was seen of the same images before; a handler for many at once.

    Returns:
        For each, the files that were made of its image before, and are none of it any more.
    """
    last = {one.image_key: one for one in looks}
    left_over = _left_over(connection, last)
    for table in ("checks", "renditions"):
        connection.execute(f"DELETE FROM store.{table} WHERE image_key IN (SELECT unnest($1))", [list(last)])  # noqa: S608 - our own names
    _save(connection, {key: one.checks for key, one in last.items()}, {k: one.content_key for k, one in last.items()})
    rows = [(one.image_key, one.content_key, one.hash) for one in last.values()]
    upsert(connection, "store.looks (image_key, content_key, hash)", rows, key=1)
    further = [(one.image_key, file.path, file.sha256, file.bytes) for one in last.values() for file in one.renditions]
    upsert(connection, "store.renditions (image_key, path, sha256, bytes)", further, key=2)
    return [left_over.pop(one.image_key, ()) for one in looks]


def _left_over(connection: Connection, looks: Mapping[str, Looked]) -> dict[str, tuple[str, ...]]:
    """Return the files that were further ones of images, and are none of any image now."""
    found: dict[str, tuple[str, ...]] = {}
    for key, path in connection.execute(
        "SELECT r.image_key, r.path FROM store.renditions r WHERE r.image_key IN (SELECT unnest($1))"
        " AND NOT EXISTS (SELECT 1 FROM store.renditions o WHERE o.path = r.path AND o.image_key <> r.image_key)"
        " AND NOT EXISTS (SELECT 1 FROM main.images i WHERE i.path = r.path AND i.retired_at IS NULL)",
        [list(looks)],
    ).fetchall():
        if path not in {file.path for file in looks[key].renditions}:
            found[key] = (*found.get(key, ()), path)
    return found


def save_duplicates(connection: Connection, checks: Mapping[str, Check]) -> None:
    """Keep what a look at a whole collection has found, by image."""
    keys = dict(
        connection.execute(
            "SELECT image_key, content_key FROM store.looks WHERE image_key IN (SELECT unnest($1))", [list(checks)]
        ).fetchall()
    )
    _save(connection, {key: (check,) for key, check in checks.items() if key in keys}, keys)


def read_checks(connection: Connection, image_keys: Sequence[str]) -> dict[str, tuple[Check, ...]]:
    """Return what was measured of images, by key; those of which nothing was are not in it."""
    found: dict[str, tuple[Check, ...]] = {}
    for key, name, value, unit, threshold, bound, passed, policy, text in connection.execute(
        "SELECT image_key, name, value, unit, threshold, bound, passed, policy, text FROM store.checks"
        " WHERE image_key IN (SELECT unnest($1::VARCHAR[])) ORDER BY image_key, name",
        [list(image_keys)],
    ).fetchall():
        check = Check(name, value, unit, threshold, Bound(bound), passed, Policy(policy), text)
        found[key] = (*found.get(key, ()), check)
    return found


def read_hashes(connection: Connection, collection: str) -> dict[str, tuple[int, str]]:
    """Return hash and file of each finished image of a collection, by key; the file is relative to the data folder."""
    rows = connection.execute(
        "SELECT l.image_key, l.hash, i.path FROM store.looks l JOIN main.images i USING (image_key)"
        " WHERE i.collection = $1 AND i.retired_at IS NULL AND i.state = 'done' AND i.path IS NOT NULL"
        " ORDER BY i.position",
        [collection],
    ).fetchall()
    return {key: (hash_, path) for key, hash_, path in rows}


def _save(connection: Connection, checks: Mapping[str, Sequence[Check]], content_keys: Mapping[str, str]) -> None:
    now = utc_now()
    rows = [
        (
            key,
            check.name,
            content_keys[key],
            check.value,
            check.unit,
            str(check.bound),
            check.threshold,
            check.passed,
            str(check.policy),
            check.text,
            now,
        )
        for key, of_one in checks.items()
        for check in of_one
    ]
    upsert(connection, f"store.checks ({_COLUMNS})", rows, key=2)
