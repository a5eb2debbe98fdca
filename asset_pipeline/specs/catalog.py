"""The catalog: which images the specs want, and what has become of each. A removed one is retired, never deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.ledger.approvals import end_approvals
from asset_pipeline.ledger.database import Connection, Database, utc_now
from asset_pipeline.specs.states import DONE, FAILED, HELD, LOST, MISSING, REJECTED, RETIRED
from asset_pipeline.specs.syncing import (
    CollectionChange,
    SyncReport,
    bump,
    known_images,
    retire_images,
    sync_collections,
)
from asset_pipeline.specs.takes import with_takes
from asset_pipeline.specs.wanted import Collection, WantedImage

STATES = (DONE, MISSING, HELD, FAILED, LOST, REJECTED, RETIRED)


@dataclass(frozen=True)
class ImageRow:
    """An image of the catalog.

    Args:
        wanted: What the spec wants.
        state: `missing`, `done`, `failed`, `lost`, `held` or `rejected`.
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
        return self._database.run(lambda connection: sync_collections(connection, collections, now=utc_now()))

    def retire_collections(self, names: Sequence[str]) -> SyncReport:
        """Retire all images of collections whose specs are gone."""

        def retire(connection: Connection) -> SyncReport:
            now = utc_now()
            changes = []
            for name in names:
                known = known_images(connection, name)
                retired = [key for key, (_, is_retired) in known.items() if not is_retired]
                retire_images(connection, retired, now)
                end_approvals(connection, collection=name, because="its spec is gone", now=now)
                revision = bump(connection, name, now)
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

    def enter_mode(self, mode: str) -> None:
        """Take for missing what was last made in another mode, and for done again what this one had made.

        A drawing of the sandbox is never the real thing. What nobody can tell the mode of stays as it is.

        Args:
            mode: In which images are made now.
        """
        self._database.run(lambda connection: _enter_mode(connection, mode))

    def count_by_state(self) -> dict[str, int]:
        """Return how many images are in each state."""
        rows = self._database.run(
            lambda connection: connection.execute("SELECT state, count(*) FROM store.images GROUP BY state").fetchall()
        )
        counts = Counter(dict(rows))
        return {state: counts[state] for state in STATES}

    async def mark(self, reasons: Mapping[str, tuple[str, str]]) -> None:
        """Set the state of images that are not done, with the reason; what a person has rejected stays so.

        Args:
            reasons: State and reason by key.
        """
        await self._database.arun(lambda connection: _mark(connection, reasons))

    async def note_waiting(self, reasons: Mapping[str, str]) -> None:
        """Note why images are not made yet that wait for a person; what has come of them before stays.

        Args:
            reasons: By key.
        """
        if reasons:
            await self._database.arun(lambda connection: _note_waiting(connection, reasons))


def _enter_mode(connection: Connection, mode: str) -> None:
    connection.execute(
        "WITH latest AS (SELECT image_key, content_key FROM store.deliveries"
        "  QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1),"
        " made AS (SELECT l.image_key, c.mode, 'its file was made in ' || c.mode || ' mode' AS reason FROM latest l"
        "  JOIN store.originals o USING (content_key) JOIN store.calls c USING (call_id))"
        " UPDATE store.images SET state = CASE WHEN m.mode = $1 THEN 'done' ELSE 'missing' END,"
        "  reason = CASE WHEN m.mode = $1 THEN NULL ELSE m.reason END, updated_at = $2"
        " FROM made m WHERE store.images.image_key = m.image_key AND store.images.retired_at IS NULL AND"
        "  ((m.mode <> $1 AND store.images.state = 'done')"
        "   OR (m.mode = $1 AND store.images.state = 'missing' AND store.images.reason = m.reason))",
        [mode, utc_now()],
    )


def _note_waiting(connection: Connection, reasons: Mapping[str, str]) -> None:
    connection.execute(
        "UPDATE store.images SET state = 'missing', reason = n.reason, updated_at = $3"
        " FROM (SELECT unnest($1) AS key, unnest($2) AS reason) n WHERE image_key = n.key AND retired_at IS NULL"
        " AND store.images.state IN ('missing', 'held')",
        [list(reasons), list(reasons.values()), utc_now()],
    )


def _mark(connection: Connection, reasons: Mapping[str, tuple[str, str]]) -> None:
    connection.execute(
        "UPDATE store.images SET state = n.state, reason = n.reason, updated_at = $4"
        " FROM (SELECT unnest($1) AS key, unnest($2) AS state, unnest($3) AS reason) n"
        " WHERE image_key = n.key AND retired_at IS NULL AND store.images.state <> 'rejected'",
        [
            list(reasons),
            [state for state, _ in reasons.values()],
            [why for _, why in reasons.values()],
            utc_now(),
        ],
    )
