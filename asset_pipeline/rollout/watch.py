"""Sees, while a run goes on, what people pause and stop in other processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from asset_pipeline.errors import LedgerError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.approvals import Control, Controlled, read_controls

EVERY_S = 0.5

log = structlog.get_logger(__name__)


class Watch:
    """What is paused and stopped just now, at most half a second old while it is open.

    The ledger's own guard needs none of it; this is for what waits between a hold and its request, and for not
    beginning what would be refused.

    Args:
        database: Where it is recorded.
        mode: `sandbox` or `live`.
    """

    def __init__(self, database: Database, *, mode: str) -> None:
        self._database = database
        self._mode = mode
        self._controls: dict[str, Controlled] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Look again and again, for as long as the context lasts."""
        await self._look()
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def halted(self, collection: str) -> str | None:
        """Return why no image of a collection is begun; None while they are."""
        controlled = self._controls.get(collection)
        return controlled.reason(collection) if controlled else None

    def stopped(self, collection: str) -> str | None:
        """Return why no call for a collection is made; None while they are."""
        controlled = self._controls.get(collection)
        is_stopped = controlled and controlled.state is Control.STOPPED
        return controlled.reason(collection) if controlled and is_stopped else None

    async def _look(self) -> None:
        self._controls = await self._database.arun(lambda connection: read_controls(connection, mode=self._mode))

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self._look()
            except LedgerError as error:  # the next look may succeed, and the ledger refuses by itself what is stopped
                log.warning("nobody can see whether something is stopped", reason=error.what)
