"""Starts the runs that decisions ask for, as processes of their own, which go on when the page is closed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.processes import this_process
from asset_pipeline.project import Project
from asset_pipeline.rollout.wishes import RunWish, close_wishes, open_wishes

EVERY_S = 1.0
PROGRAM = (sys.executable, "-c", "from asset_pipeline.cli import main; main()")

log = structlog.get_logger(__name__)


class RunStarter:
    """Starts runs: of each collection one at a time, and all that was asked for meanwhile in the next one.

    Args:
        project: The project.
        database: Where decisions ask for runs.
    """

    def __init__(self, project: Project, database: Database) -> None:
        self._project = project
        self._database = database
        self._mode = str(project.settings.mode)
        self._running: dict[str, asyncio.subprocess.Process] = {}

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Look for wishes as long as the context lasts; runs that were started go on after it."""
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _look_on(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # the edge of one look: the next one finds the same wishes again
                log.exception("runs that decisions ask for could not be started")
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Start what is wished for and is not under way."""
        for name, process in list(self._running.items()):
            if process.returncode is not None:
                del self._running[name]
        if not self._database.exists:
            return
        wishes = await self._database.arun(lambda connection: open_wishes(connection, mode=self._mode))
        for collection in dict.fromkeys(wish.collection for wish in wishes):
            if collection not in self._running:
                await self._start(collection, [wish for wish in wishes if wish.collection == collection])

    async def _start(self, collection: str, wishes: Sequence[RunWish]) -> None:
        spec = self._project.root / wishes[0].spec_file
        if wishes[0].spec_file and spec.is_file():
            self._running[collection] = await self._run(collection, spec, wishes)
        else:
            log.warning("there is no spec any more, so nothing is started", collection=collection, spec=str(spec))
        ids = [wish.wish_id for wish in wishes]
        await self._database.arun(lambda connection: close_wishes(connection, ids, taker=this_process(), now=utc_now()))

    async def _run(self, collection: str, spec: Path, wishes: Sequence[RunWish]) -> asyncio.subprocess.Process:
        is_all = any(not wish.image_keys for wish in wishes)
        keys = [] if is_all else sorted({key for wish in wishes for key in wish.image_keys})
        only = [part for key in keys for part in ("--only", key)]
        paths = self._project.paths
        with paths.folder(paths.run_logs).open(f"{collection}.log", "ab") as output:
            process = await asyncio.create_subprocess_exec(
                *PROGRAM,
                "run",
                str(spec),
                *only,
                cwd=self._project.root,
                env=os.environ | {"ASSET_PIPELINE_ROOT": str(self._project.root)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C at the page must not stop what was paid for
            )
        log.info("a run was started", collection=collection, pid=process.pid, images=len(keys) or "all")
        return process
