"""Takes over into the catalog what specs want now; only what differs is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asset_pipeline.ledger.approvals import end_approvals
from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.rows import insert, upsert
from asset_pipeline.specs.sample import choose_sample
from asset_pipeline.specs.states import MISSING, RETIRED
from asset_pipeline.specs.wanted import Collection, WantedImage


@dataclass(frozen=True)
class CollectionChange:
    """What a sync changed in one collection.

    Args:
        collection: Its name.
        file: Its spec.
        revision: Goes up with every change.
        added: Keys of images that are new, or wanted again.
        changed: Keys of images that are wanted differently.
        retired: Keys of images that are not wanted any more.
        unchanged: How many stay as they are.
    """

    collection: str
    file: str
    revision: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]
    unchanged: int

    @property
    def is_change(self) -> bool:
        """Whether anything differs from before."""
        return bool(self.added or self.changed or self.retired)


@dataclass(frozen=True)
class SyncReport:
    """What a sync did."""

    changes: tuple[CollectionChange, ...]


def sync_collections(connection: Connection, collections: Sequence[Collection], *, now: datetime) -> SyncReport:
    """Take over collections as their specs have them; see `Catalog.sync`."""
    return SyncReport(tuple(_sync_one(connection, collection, now) for collection in collections))


def known_images(connection: Connection, collection: str) -> dict[str, tuple[str, bool]]:
    """Return hash and retirement of a collection's images, by key, in their order."""
    rows = connection.execute(
        "SELECT image_key, wanted_sha256, retired_at IS NOT NULL FROM store.images"
        " WHERE collection = $1 ORDER BY position",
        [collection],
    ).fetchall()
    return {key: (sha256, retired) for key, sha256, retired in rows}


def _sync_one(connection: Connection, collection: Collection, now: datetime) -> CollectionChange:
    known = known_images(connection, collection.name)
    wanted = {image.key: image for image in collection.images}
    added = [key for key in wanted if key not in known or known[key][1]]
    changed = [key for key, image in wanted.items() if key not in added and known[key][0] != image.sha256]
    retired = [key for key, (_, is_retired) in known.items() if key not in wanted and not is_retired]
    positions = {key: position for position, key in enumerate(wanted)}
    new = [wanted[key] for key in added if key not in known]
    insert(
        connection,
        "store.images",
        [_row(image, positions[image.key], now) for image in new],
    )
    back = [key for key in added if key in known]
    _update(connection, [wanted[key] for key in (*changed, *back)], now)
    _reject_again(connection, [*changed, *back])
    _place(connection, positions)
    retire_images(connection, retired, now)
    is_resampled = mark_sample(connection, collection.name, choose_sample(collection.images, collection.sample))
    change = CollectionChange(
        collection=collection.name,
        file=collection.file,
        revision=0,
        added=tuple(added),
        changed=tuple(changed),
        retired=tuple(retired),
        unchanged=len(wanted) - len(added) - len(changed),
    )
    revision = _record(connection, collection, changed=change.is_change, now=now)
    if change.is_change or is_resampled:
        because = "its spec has changed" if change.is_change else "the sample changed"
        end_approvals(connection, collection=collection.name, because=because, now=now)
    return CollectionChange(**vars(change) | {"revision": revision})


def mark_sample(connection: Connection, collection: str, keys: Sequence[str]) -> bool:
    """Record which images of a collection are its sample, and say whether it was another one."""
    connection.memory.clear()
    changed = connection.execute(
        "UPDATE store.images SET is_sample = NOT is_sample WHERE collection = $1"
        " AND is_sample <> (image_key IN (SELECT unnest($2::VARCHAR[]))) RETURNING image_key",
        [collection, list(keys)],
    ).fetchall()
    return bool(changed)


def _reject_again(connection: Connection, keys: Sequence[str]) -> None:
    """Keep rejected what a person has rejected, where exactly that is wanted again, and was not wanted anew since."""
    connection.execute(
        "UPDATE store.images SET state = 'rejected', reason = 'rejected before, when its spec wanted the same'"
        " WHERE image_key IN (SELECT image_key FROM (SELECT image_key, decision FROM store.reviews r"
        "  JOIN store.images i USING (image_key) WHERE image_key IN (SELECT unnest($1::VARCHAR[]))"
        "  AND r.undone_at IS NULL AND (r.decision IN ('regenerate', 'edit', 'pick')"
        "   OR (r.decision NOT IN ('favourite', 'unfavourite') AND r.details->>'$.before.wanted' = i.wanted_sha256))"
        "  QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY r.created_at DESC, review_id DESC) = 1)"
        "  WHERE decision = 'reject')",
        [list(keys)],
    )


def _row(image: WantedImage, position: int, now: datetime) -> tuple[object, ...]:
    return (
        image.key,
        image.collection,
        position,
        image.model_dump_json(),
        image.sha256,
        MISSING,
        None,
        now,
        now,
        None,
        False,
    )


def _update(connection: Connection, images: Sequence[WantedImage], now: datetime) -> None:
    if not images:
        return
    connection.execute(
        "UPDATE store.images SET wanted = n.wanted, wanted_sha256 = n.sha256, state = $4, reason = NULL,"
        " updated_at = $5, retired_at = NULL"
        " FROM (SELECT unnest($1) AS key, unnest($2) AS wanted, unnest($3) AS sha256) n WHERE image_key = n.key",
        [
            [image.key for image in images],
            [image.model_dump_json() for image in images],
            [image.sha256 for image in images],
            MISSING,
            now,
        ],
    )


def _place(connection: Connection, positions: Mapping[str, int]) -> None:
    connection.execute(
        "UPDATE store.images SET position = n.position"
        " FROM (SELECT unnest($1) AS key, unnest($2) AS position) n WHERE image_key = n.key"
        " AND store.images.position <> n.position",
        [list(positions), list(positions.values())],
    )


def retire_images(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    """Retire images; their rows and files stay."""
    connection.execute(
        "UPDATE store.images SET state = $2, reason = NULL, updated_at = $3, retired_at = $3"
        " WHERE image_key IN (SELECT unnest($1::VARCHAR[]))",
        [list(keys), RETIRED, now],
    )


def _record(connection: Connection, collection: Collection, *, changed: bool, now: datetime) -> int:
    row = connection.execute(
        "SELECT revision FROM store.collections WHERE collection = $1", [collection.name]
    ).fetchone()
    revision = (row[0] if row else 0) + (1 if changed else 0)
    upsert(
        connection,
        "store.collections (collection, title, spec_file, spec_sha256, revision, synced_at, sample)",
        [
            (
                *(collection.name, collection.title, collection.file, collection.sha256, revision, now),
                collection.sample,
            )
        ],
        key=1,
    )
    return revision


def bump(connection: Connection, name: str, now: datetime) -> int:
    """Count one more change of a collection, and return how many that makes."""
    row = connection.execute(
        "UPDATE store.collections SET revision = revision + 1, synced_at = $2 WHERE collection = $1 RETURNING revision",
        [name, now],
    ).fetchone()
    return int(row[0]) if row else 0
