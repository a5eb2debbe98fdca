"""The gate before the paid stages of a run: the sample passes, and the rest once a person has approved it.

It spares images the way to the ledger, which refuses by itself whatever is not allowed; see `ledger.guard`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from asset_pipeline.ledger import Connection, Database, Stage
from asset_pipeline.ledger.approvals import (
    Approval,
    caps,
    end_approval,
    read_approval,
    read_controls,
)
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.results import Gated
from asset_pipeline.rollout.basis import BasisBook
from asset_pipeline.rollout.lane import Lane, Pass, beyond_sample, collection_of
from asset_pipeline.rollout.watch import Watch
from asset_pipeline.settings import RolloutSettings
from asset_pipeline.specs import Catalog, WantedImage


def current_approval(
    database: Database, catalog: Catalog, book: BasisBook, *, mode: str, collection: str
) -> Approval | None:
    """Return the approval of a collection that counts now; one that was given for something else ends here."""
    approval = database.run(lambda connection: read_approval(connection, mode=mode, collection=collection))
    if approval is None or approval.ended_at:
        return None
    images = [row.wanted for row in catalog.images(collection=collection).values()]
    sample, limits = database.run(
        lambda connection: (
            read_sample(connection, collection),
            caps(connection, mode=mode, collection=collection),
        )
    )
    changes = book.basis(images, sample, limits).changes_since(approval.basis)
    if not changes:
        return approval
    database.run(lambda connection: end_approval(connection, approval, because=changes, now=utc_now()))
    return None


def waiting_keys(
    database: Database, catalog: Catalog, book: BasisBook, *, mode: str, keys: Sequence[str]
) -> dict[str, str]:
    """Return which of some images may not be paid for before a person has decided, and what they wait for."""
    controls = database.run(lambda connection: read_controls(connection, mode=mode))
    waiting: dict[str, str] = {}
    for collection in dict.fromkeys(collection_of(key) for key in keys):
        mine = [key for key in keys if collection_of(key) == collection]
        if collection in controls:
            waiting |= dict.fromkeys(mine, controls[collection].reason(collection))
        elif current_approval(database, catalog, book, mode=mode, collection=collection) is None:
            sample = _sample(database, collection)
            waiting |= {key: beyond_sample(collection) for key in mine if key not in sample}
    return waiting


def _sample(database: Database, collection: str) -> frozenset[str]:
    return frozenset(database.run(lambda connection: read_sample(connection, collection)))


def read_sample(connection: Connection, collection: str) -> tuple[str, ...]:
    """Return the keys of a collection's sample, in the spec's order."""
    rows = connection.execute(
        "SELECT image_key FROM store.images WHERE collection = $1 AND is_sample AND retired_at IS NULL"
        " ORDER BY position",
        [collection],
    ).fetchall()
    return tuple(key for (key,) in rows)


class Gate:
    """The gate of one run.

    Args:
        database: Where approvals are.
        catalog: What the specs want.
        book: Finds out what approvals are bound to.
        watch: Sees what is paused and stopped.
        settings: Whether there is a gate, and how large its canary is.
        mode: `sandbox` or `live`.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        book: BasisBook,
        *,
        watch: Watch,
        settings: RolloutSettings,
        mode: str,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._book = book
        self._watch = watch
        self._settings = settings
        self._mode = mode
        self._lanes: dict[str, Lane] = {}

    async def open(self, keys: Sequence[str]) -> list[str]:
        """Look at the collections of a run, and return its images with those first that others wait for."""
        self._lanes = {}
        if not self._settings.require_approval:
            return list(keys)
        for collection in {collection_of(key) for key in keys}:
            approval = await asyncio.to_thread(
                current_approval, self._database, self._catalog, self._book, mode=self._mode, collection=collection
            )
            images = await asyncio.to_thread(self._catalog.images, collection=collection)
            sample = await asyncio.to_thread(_sample, self._database, collection)
            self._lanes[collection] = Lane(
                self._database, self._settings, images=frozenset(images), sample=sample, approval=approval
            )
            await self._lanes[collection].begin(keys)
        first = {key for lane in self._lanes.values() for key in lane.canary}
        return sorted(keys, key=lambda key: key not in first)

    async def enter(self, wanted: WantedImage, *, is_free: bool) -> Pass | Gated:
        """Return by which budget an image may be made, or what a person has to decide first.

        Args:
            wanted: The image.
            is_free: Whether all of it was bought before; that needs nobody's word.
        """
        halted = None if is_free else self.halted(wanted)
        if halted:
            return halted
        lane = self._lanes.get(wanted.collection)
        passed = await lane.enter(wanted.key, is_free=is_free) if lane else Pass(Stage.PRODUCTION)
        halted = None if is_free else self.halted(wanted)  # it may have waited for the canary
        return halted or passed

    def halted(self, wanted: WantedImage) -> Gated | None:
        """Return why an image is not begun now, where somebody has paused or stopped its collection."""
        halted = self._watch.halted(wanted.collection)
        return Gated(halted) if halted else None

    async def left(self, key: str) -> None:
        """Take note that an image of this run has come to its end, and that the catalog knows how."""
        lane = self._lanes.get(collection_of(key))
        if lane:
            await lane.left(key)
