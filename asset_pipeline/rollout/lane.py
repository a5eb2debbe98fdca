"""One collection at the gate: who may pass now, who waits for the canary, and what the canary comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from asset_pipeline.errors import LedgerError
from asset_pipeline.ledger import Connection, Database, Stage
from asset_pipeline.ledger.approvals import Approval, claim_canary, end_approval, pass_canary
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.results import Gated
from asset_pipeline.rollout.canary import Verdict, judge_canary
from asset_pipeline.rollout.wishes import wish_run
from asset_pipeline.settings import RolloutSettings

log = structlog.get_logger(__name__)


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


def beyond_sample(collection: str) -> str:
    """Return what an image waits for whose collection is not approved."""
    return (
        f"it is beyond the sample of {collection}, which nobody has approved: look at the sample with"
        f" `asset-pipeline review`, then `asset-pipeline approve {collection} --amount USD`"
    )


class Lane:
    """One collection at the gate, for one run.

    Args:
        database: Where approvals are.
        settings: How large the canary is, and how much of it must turn out well.
        images: Keys of all images of the collection.
        sample: Keys of its sample.
        approval: The approval that counts, if one does.
    """

    def __init__(
        self,
        database: Database,
        settings: RolloutSettings,
        *,
        images: frozenset[str],
        sample: frozenset[str],
        approval: Approval | None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._sample = sample
        self._all = images
        self._is_partial = False
        self._approval = approval
        self.canary = frozenset(approval.canary if approval else ())
        self._to_come: set[str] = set()
        self._is_open = approval is not None and approval.canary_passed_at is not None
        self._decided = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._closed = ""

    async def begin(self, keys: Iterable[str]) -> None:
        """See how the canary of an earlier run stands."""
        mine = set(keys)
        self._to_come = set(self.canary & mine)
        self._is_partial = not self._all <= mine
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
        if self._decided.is_set():
            return
        if not self._is_complete:
            await self._look_again(key)
        if self._is_complete:
            await self._judge_if_possible()

    async def _claim(self, key: str) -> bool:
        """Let an image be one of the first, if there is room among them."""
        async with self._claiming:
            if key not in self.canary and not self._is_complete and not self._decided.is_set():
                self.canary = await self._claimed(key)
                self._to_come |= {key} & self.canary
                if key not in self.canary and not self._to_come:  # another process has them all
                    await self._judge_if_possible()
        return key in self.canary

    async def _claimed(self, key: str) -> frozenset[str]:
        """Return who is among the first after an image has asked to be; one that is asks again for nothing."""
        approval = self._approval
        if approval is None:
            return self.canary
        claimed = await self._database.arun(
            lambda connection: claim_canary(
                connection, approval_id=approval.approval_id, image_key=key, size=self._settings.canary
            )
        )
        return frozenset(claimed)

    async def _look_again(self, key: str) -> None:
        """See whom another run has claimed since; where the ledger cannot be used, that is left to the next to end."""
        try:
            self.canary = await self._claimed(key)
        except LedgerError as error:
            log.warning("nobody can see who is in the canary", reason=error.what)

    async def _judge_if_possible(self) -> None:
        """Judge; where the ledger cannot be used, the next image to end tries again, or else the next run."""
        is_last_look = not self._to_come
        try:
            await self._judge()
        except LedgerError as error:
            log.warning("nobody can see what the canary comes to", reason=error.what)
            if is_last_look:
                self._closed = f"nobody could see what the first images after the approval come to: {error.what}"
                self._decided.set()

    async def _judge(self) -> None:
        approval = self._approval
        if approval is None:
            return
        is_last_look = not self._to_come  # before the look: whoever ends during it looks again
        judged = await self._database.arun(
            lambda connection: judge_canary(
                connection,
                sorted(self.canary),
                since=approval.created_at,
                pass_share=self._settings.canary_pass_share,
            )
        )
        if judged.verdict is Verdict.PASSED:
            await self._pass()
        elif judged.verdict is Verdict.FAILED:
            await self._end(judged.text)
        elif is_last_look:
            self._closed = f"it waits for the first images after the approval: {judged.text}"
            self._decided.set()

    async def _pass(self) -> None:
        approval = self._approval
        if approval:
            await self._database.arun(lambda connection: self._pass_in(connection, approval))
        self._is_open = True
        self._decided.set()

    def _pass_in(self, connection: Connection, approval: Approval) -> None:
        """Let the rest pass; where this run has only a part of it, ask for one with all."""
        if pass_canary(connection, approval_id=approval.approval_id, now=utc_now()) and self._is_partial:
            wish_run(connection, mode=approval.mode, collection=approval.collection, image_keys=None, now=utc_now())

    async def _end(self, text: str) -> None:
        approval = self._approval
        if approval:
            await self._database.arun(
                lambda connection: end_approval(connection, approval, because=text, now=utc_now())
            )
            self._closed = f"the approval of {approval.collection} has ended: {text}"
        self._decided.set()
