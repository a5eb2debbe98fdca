"""The catalog: which images the specs want, and what has become of each. A removed one is retired, never deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asset_pipeline.ledger.database import Connection, Database, utc_now
from asset_pipeline.ledger.rows import insert, upsert
from asset_pipeline.specs.takes import with_takes
from asset_pipeline.specs.wanted import Collection, WantedImage

MISSING, DONE, FAILED, LOST, HELD, RETIRED = "missing", "done", "failed", "lost", "held", "retired"
STATES = (DONE, MISSING, HELD, FAILED, LOST, RETIRED)


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


@dataclass(frozen=True)
class ImageRow:
    """An image of the catalog.

    Args:
        wanted: What the spec wants.
        state: `missing`, `done`, `failed`, `lost` or `held`.
        reason: Why it is failed or held.
    """

    wanted: WantedImage
    state: str
    reason: str | None


class Catalog:
    """The wanted images of all collections.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, collections: Sequence[Collection]) -> SyncReport:
        """Take over what specs want now; only what differs is touched."""
        return self._database.run(lambda connection: _sync(connection, collections, now=utc_now()))

    def retire_collections(self, names: Sequence[str]) -> SyncReport:
        """Retire all images of collections whose specs are gone."""

        def retire(connection: Connection) -> SyncReport:
            now = utc_now()
            changes = []
            for name in names:
                known = _known(connection, name)
                retired = [key for key, (_, is_retired) in known.items() if not is_retired]
                _retire(connection, retired, now)
                revision = _bump(connection, name, now)
                changes.append(CollectionChange(name, "", revision, (), (), tuple(retired), 0))
            return SyncReport(tuple(changes))

        return self._database.run(retire)

    def collection_files(self) -> dict[str, str]:
        """Return the spec file of each collection that has images."""
        rows = self._database.run(
            lambda connection: connection.execute(
                "SELECT collection, spec_file FROM store.collections"
                " WHERE collection IN (SELECT collection FROM store.images WHERE retired_at IS NULL)"
            ).fetchall()
        )
        return dict(rows)

    def collections_gone(self, folder: Path, *, root: Path) -> list[str]:
        """Return the collections whose spec was in a folder and is there no more; none while the folder is away."""
        files = {name: (root / file).resolve() for name, file in self.collection_files().items()}
        is_there = folder.is_dir()
        return [name for name, file in files.items() if is_there and file.is_relative_to(folder) and not file.exists()]

    def images(self, keys: Iterable[str] | None = None, *, collection: str | None = None) -> dict[str, ImageRow]:
        """Return images that are wanted now, by key, in the order of their specs.

        Args:
            keys: Only these; all if left out.
            collection: Only of this one.
        """
        chosen = None if keys is None else list(keys)

        def read(connection: Connection) -> dict[str, ImageRow]:
            rows = connection.execute(
                "SELECT wanted, state, reason FROM store.images WHERE retired_at IS NULL"
                " AND ($1 IS NULL OR image_key IN (SELECT unnest($1::VARCHAR[])))"
                " AND ($2 IS NULL OR collection = $2) ORDER BY collection, position",
                [chosen, collection],
            ).fetchall()
            images = with_takes(connection, [WantedImage.model_validate_json(wanted) for wanted, _, _ in rows])
            return {image.key: ImageRow(image, *row[1:]) for image, row in zip(images, rows, strict=True)}

        return self._database.run(read)

    def keys(self) -> tuple[list[str], list[str]]:
        """Return the keys that are wanted, in the order of their specs, and those that are retired."""
        rows = self._database.run(
            lambda connection: connection.execute(
                "SELECT image_key, retired_at IS NULL FROM store.images ORDER BY collection, position"
            ).fetchall()
        )
        return [key for key, active in rows if active], [key for key, active in rows if not active]

    def revisions(self) -> dict[str, tuple[str, int]]:
        """Return spec hash and revision of each collection."""
        rows = self._database.run(
            lambda connection: connection.execute(
                "SELECT collection, spec_sha256, revision FROM store.collections"
            ).fetchall()
        )
        return {name: (sha256, revision) for name, sha256, revision in rows}

    def count_by_state(self) -> dict[str, int]:
        """Return how many images are in each state."""
        rows = self._database.run(
            lambda connection: connection.execute("SELECT state, count(*) FROM store.images GROUP BY state").fetchall()
        )
        counts = Counter(dict(rows))
        return {state: counts[state] for state in STATES}

    async def mark(self, reasons: Mapping[str, tuple[str, str]]) -> None:
        """Set the state of images that are not done, with the reason.

        Args:
            reasons: State and reason by key.
        """
        await self._database.arun(lambda connection: _mark(connection, reasons))


def _mark(connection: Connection, reasons: Mapping[str, tuple[str, str]]) -> None:
    connection.execute(
        "UPDATE store.images SET state = n.state, reason = n.reason, updated_at = $4"
        " FROM (SELECT unnest($1) AS key, unnest($2) AS state, unnest($3) AS reason) n"
        " WHERE image_key = n.key AND retired_at IS NULL",
        [
            list(reasons),
            [state for state, _ in reasons.values()],
            [why for _, why in reasons.values()],
            utc_now(),
        ],
    )


def _sync(connection: Connection, collections: Sequence[Collection], *, now: datetime) -> SyncReport:
    return SyncReport(tuple(_sync_one(connection, collection, now) for collection in collections))


def _known(connection: Connection, collection: str) -> dict[str, tuple[str, bool]]:
    rows = connection.execute(
        "SELECT image_key, wanted_sha256, retired_at IS NOT NULL FROM store.images"
        " WHERE collection = $1 ORDER BY position",
        [collection],
    ).fetchall()
    return {key: (sha256, retired) for key, sha256, retired in rows}


def _sync_one(connection: Connection, collection: Collection, now: datetime) -> CollectionChange:
    known = _known(connection, collection.name)
    wanted = {image.key: image for image in collection.images}
    added = [key for key in wanted if key not in known or known[key][1]]
    changed = [key for key, image in wanted.items() if key not in added and known[key][0] != image.sha256]
    retired = [key for key, (_, is_retired) in known.items() if key not in wanted and not is_retired]
    positions = {key: position for position, key in enumerate(wanted)}
    new = [wanted[key] for key in added if key not in known]
    insert(
        connection,
        "store.images (image_key, collection, position, wanted, wanted_sha256, state, reason, created_at, updated_at,"
        " retired_at)",
        [_row(image, positions[image.key], now) for image in new],
    )
    _update(connection, [wanted[key] for key in (*changed, *(key for key in added if key in known))], now)
    _place(connection, positions)
    _retire(connection, retired, now)
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
    return CollectionChange(**vars(change) | {"revision": revision})


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


def _retire(connection: Connection, keys: Sequence[str], now: datetime) -> None:
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
        "store.collections (collection, title, spec_file, spec_sha256, revision, synced_at)",
        [(collection.name, collection.title, collection.file, collection.sha256, revision, now)],
        key=1,
    )
    return revision


def _bump(connection: Connection, name: str, now: datetime) -> int:
    row = connection.execute(
        "UPDATE store.collections SET revision = revision + 1, synced_at = $2 WHERE collection = $1 RETURNING revision",
        [name, now],
    ).fetchone()
    return int(row[0]) if row else 0
