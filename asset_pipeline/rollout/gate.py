"""The gate before the paid stages of a run: the sample passes, and the rest once a person has approved it.

It spares images the way to the ledger, which refuses by itself whatever is not allowed; see `ledger.guard`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asset_pipeline.ledger import Connection, Database, Stage
from asset_pipeline.ledger.approvals import (
    Approval,
    caps,
    claim_canary,
    end_approvals,
    pass_canary,
    read_approval,
    read_controls,
)
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.results import Gated
from asset_pipeline.rollout.basis import BasisBook
from asset_pipeline.rollout.canary import Verdict, judge_canary
from asset_pipeline.rollout.watch import Watch
from asset_pipeline.settings import RolloutSettings
from asset_pipeline.specs import Catalog, WantedImage


@dataclass(frozen=True)
class Pass:
    """An image may be paid for.

    Args:
        stage: Which budget pays.
        approval: Id of the approval that it is made under, if it is.
    """

    stage: Stage
    approval: str | None = None


def collection_of(key: str) -> str:
    """Return the collection of an image key."""
    return key.partition(".")[0]


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
    database.run(
        lambda connection: end_approvals(connection, mode=mode, collection=collection, because=changes, now=utc_now())
    )
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


def beyond_sample(collection: str) -> str:
    """Return what an image waits for whose collection is not approved."""
    return (
        f"it is beyond the sample of {collection}, which nobody has approved: look at the sample with"
        f" `asset-pipeline review`, then `asset-pipeline approve {collection} --amount USD`"
    )


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
        self._lanes: dict[str, _Lane] = {}

    async def open(self, keys: Sequence[str]) -> list[str]:
        """Look at the collections of a run, and return its images with those first that others wait for."""
        self._lanes = {}
        if not self._settings.require_approval:
            return list(keys)
        for collection in {collection_of(key) for key in keys}:
            approval = await asyncio.to_thread(
                current_approval, self._database, self._catalog, self._book, mode=self._mode, collection=collection
            )
            sample = await asyncio.to_thread(_sample, self._database, collection)
            self._lanes[collection] = _Lane(self._database, self._settings, sample=sample, approval=approval)
            await self._lanes[collection].begin(keys)
        first = {key for lane in self._lanes.values() for key in lane.canary}
        return sorted(keys, key=lambda key: key not in first)

    async def enter(self, wanted: WantedImage, *, is_free: bool) -> Pass | Gated:
        """Return by which budget an image may be made, or what a person has to decide first.

        Args:
            wanted: The image.
            is_free: Whether all of it was bought before; that needs nobody's word.
        """
        halted = self._watch.halted(wanted.collection)
        if halted:
            return Gated(halted)
        lane = self._lanes.get(wanted.collection)
        return await lane.enter(wanted.key, is_free=is_free) if lane else Pass(Stage.PRODUCTION)

    async def left(self, key: str) -> None:
        """Take note that an image of this run has come to its end, and that the catalog knows how."""
        lane = self._lanes.get(collection_of(key))
        if lane:
            await lane.left(key)


class _Lane:
    """One collection at the gate."""

    def __init__(
        self, database: Database, settings: RolloutSettings, *, sample: frozenset[str], approval: Approval | None
    ) -> None:
        self._database = database
        self._settings = settings
        self._sample = sample
        self._approval = approval
        self.canary = frozenset(approval.canary if approval else ())
        self._to_come: set[str] = set()
        self._is_open = approval is not None and approval.canary_passed_at is not None
        self._decided = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._closed = ""

    async def begin(self, keys: Iterable[str]) -> None:
        """See how the canary of an earlier run stands."""
        self._to_come = set(self.canary.intersection(keys))
        if self._approval is None or self._is_open:
            return
        if self._settings.canary == 0:
            await self._pass()
        elif self._is_complete:
            await self._judge()

    @property
    def _is_complete(self) -> bool:
        return len(self.canary) >= self._settings.canary

    async def enter(self, key: str, *, is_free: bool) -> Pass | Gated:
        """Let an image pass, wait with it for the canary, or say what it waits for."""
        if self._approval is None:
            if is_free or key in self._sample:
                return Pass(Stage.SAMPLE)
            return Gated(beyond_sample(collection_of(key)))
        passed = Pass(Stage.PRODUCTION, self._approval.approval_id)
        if is_free or self._is_open or key in self._sample or await self._claim(key):
            return passed
        await self._decided.wait()
        return passed if self._is_open else Gated(self._closed)

    async def left(self, key: str) -> None:
        """Judge the canary once enough of it has come to its end."""
        if key not in self._to_come:
            return
        self._to_come.discard(key)
        if not self._decided.is_set() and self._is_complete:
            await self._judge()

    async def _claim(self, key: str) -> bool:
        """Let an image be one of the first, if there is room among them."""
        approval, size = self._approval, self._settings.canary
        async with self._claiming:
            if approval and key not in self.canary and not self._is_complete and not self._decided.is_set():
                claimed = await self._database.arun(
                    lambda connection: claim_canary(
                        connection, approval_id=approval.approval_id, image_key=key, size=size
                    )
                )
                self.canary = frozenset(claimed)
                self._to_come |= {key} & self.canary
                if key not in self.canary and not self._to_come:  # another process has them all
                    await self._judge()
        return key in self.canary

    async def _judge(self) -> None:
        judged = await self._database.arun(
            lambda connection: judge_canary(
                connection, sorted(self.canary), pass_share=self._settings.canary_pass_share
            )
        )
        if judged.verdict is Verdict.PASSED:
            await self._pass()
        elif judged.verdict is Verdict.FAILED:
            await self._end(judged.text)
        elif not self._to_come:
            self._closed = f"it waits for the first images after the approval: {judged.text}"
            self._decided.set()

    async def _pass(self) -> None:
        approval = self._approval
        if approval:
            await self._database.arun(
                lambda connection: pass_canary(connection, approval_id=approval.approval_id, now=utc_now())
            )
        self._is_open = True
        self._decided.set()

    async def _end(self, text: str) -> None:
        approval = self._approval
        if approval:
            await self._database.arun(
                lambda connection: end_approvals(
                    connection, mode=approval.mode, collection=approval.collection, because=text, now=utc_now()
                )
            )
            self._closed = f"the approval of {approval.collection} has ended: {text}"
        self._decided.set()
