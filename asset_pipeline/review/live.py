"""Tells pages what goes on in runs of other processes, as server-sent events.

One poller per server looks at the database about once a second, and only while somebody listens. Every listener has a
queue with an end: one that does not keep up is cut off, and comes back to where it was with `Last-Event-ID`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import duckdb
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from asset_pipeline.errors import LedgerError, PipelineError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.review.live_events import HEARTBEAT, RETRY, WELL, Events, event
from asset_pipeline.review.live_feed import look
from asset_pipeline.review.live_look import Cursor, Look

PATH = "/api/live"
MOST_LISTENERS = 20
QUEUED = 32
POLL_S = 1.0
# After a look that failed: long enough for whoever has locked the ledger to be done.
PAUSE_S = 5.0
HEARTBEAT_S = 15.0
MAX_PARAMETER = 100

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Listener:
    """Somebody who listens; `None` in the queue means that it is over."""

    queue: asyncio.Queue[Look | PipelineError | None] = field(default_factory=lambda: asyncio.Queue(QUEUED))
    is_cut_off: bool = False

    def tell(self, what: Look | PipelineError | None) -> None:
        """Queue something, or cut off one that does not keep up."""
        if self.queue.full():
            self.is_cut_off = True
            while not self.queue.empty():
                self.queue.get_nowait()
            what = None
        if not self.is_cut_off or what is None:
            self.queue.put_nowait(what)


class _EventStream(StreamingResponse):
    """A stream that gives its place back however it ends, even where it never began."""

    def __init__(self, events: AsyncIterator[str], *, leave: Callable[[], None]) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            # The last one is for proxies that would collect events before they pass them on.
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


class LiveProgress:
    """Serves live progress.

    Args:
        database: Where runs write what they do.
        mode: Whose money and calls: `sandbox` or `live`.
        is_gated: Whether collections have to be approved, `rollout.require_approval` in the settings.
        poll_s: Time between two looks, in seconds.
        heartbeat_s: After so long without an event, one is sent that says nothing, in seconds.
        most_listeners: How many may listen at once.
    """

    def __init__(
        self,
        database: Database,
        *,
        mode: str,
        is_gated: bool,
        poll_s: float = POLL_S,
        heartbeat_s: float = HEARTBEAT_S,
        most_listeners: int = MOST_LISTENERS,
    ) -> None:
        self._database = database
        self._mode = mode
        self.is_gated = is_gated
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._most_listeners = most_listeners
        self._listeners: set[_Listener] = set()
        self._poller: asyncio.Task[None] | None = None
        self._joining = asyncio.Lock()
        self._has_ended = False
        self.looks = 0

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [Route(PATH, self.listen, methods=["GET"])]

    def end(self) -> None:
        """End all streams, and refuse new ones; call it when the server begins to shut down, in its event loop."""
        self._has_ended = True
        self._tell(None)
        if self._poller:
            self._poller.cancel()

    async def listen(self, request: Request) -> Response:
        """Tell what goes on until the listener goes: 503 where too many listen already."""
        if request.method == "HEAD":  # which comes with GET, and would take a place for nothing
            return Response(media_type="text/event-stream")
        if self._has_ended or len(self._listeners) >= self._most_listeners:
            said = f"{self._most_listeners} pages listen already; close some, or reload this one later"
            return JSONResponse({"error": said}, status_code=503, headers={"Retry-After": "10"})
        collection = request.query_params.get("collection", "")[:MAX_PARAMETER] or None
        # A browser that has given up connects anew without the header, and says it in the address.
        seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
        since = Cursor.parse(seen[:MAX_PARAMETER])
        listener = _Listener()
        self._listeners.add(listener)
        return _EventStream(self._events(listener, since, collection), leave=partial(self._listeners.discard, listener))

    async def _events(self, listener: _Listener, since: Cursor | None, collection: str | None) -> AsyncIterator[str]:
        yield RETRY
        try:
            first = await self._join(since)
        except PipelineError as error:
            yield _trouble(error)
            return
        events = Events(collection=collection)
        for text in events.of(first):
            yield text
        now = asyncio.get_running_loop().time
        sent_at = now()
        is_troubled = False
        while True:
            try:
                # Counted from the last text: looks that find nothing come all the time.
                async with asyncio.timeout_at(sent_at + self._heartbeat_s):
                    told = await listener.queue.get()
            except TimeoutError:
                texts: Iterable[str] = [HEARTBEAT]
            else:
                if told is None:
                    return
                if isinstance(told, PipelineError):
                    texts = [_trouble(told)]
                else:
                    texts = [*([WELL] if is_troubled else []), *events.of(told)]
                is_troubled = isinstance(told, PipelineError)
            for text in texts:
                yield text
                sent_at = now()

    async def _join(self, since: Cursor | None) -> Look:
        """Take a first look, and see that the poller goes on from there, or from before."""
        async with self._joining:
            first = await self._look(since)
            if self._poller is None or self._poller.done():
                self._poller = asyncio.create_task(self._poll(first.cursor), name="live progress")
                self._poller.add_done_callback(self._when_poller_ends)
        return first

    async def _poll(self, cursor: Cursor) -> None:
        """Look again and again, as long as anybody listens."""
        while True:
            await asyncio.sleep(self._poll_s)
            if not self._listeners:
                return
            try:
                found = await self._look(cursor)
            except PipelineError as error:
                log.warning("live progress cannot be read", reason=error.what)
                self._tell(error)
                await asyncio.sleep(PAUSE_S)
                continue
            if found.cursor.entry_id < cursor.entry_id:  # a backup was restored: everybody begins anew
                self._tell(None)
                return
            cursor = found.cursor
            self._tell(found)

    def _tell(self, what: Look | PipelineError | None) -> None:
        for listener in self._listeners:
            listener.tell(what)

    def _when_poller_ends(self, poller: asyncio.Task[None]) -> None:
        """Let nobody listen to a poller that has broken: they come back, and start another one."""
        if not poller.cancelled() and poller.exception():
            log.error("live progress has broken", exc_info=poller.exception())
            self._tell(None)

    async def _look(self, since: Cursor | None) -> Look:
        self.looks += 1
        if not self._database.exists:
            return Look(Cursor(0, utc_now()))
        try:
            return await self._database.arun(partial(look, mode=self._mode, is_gated=self.is_gated, since=since))
        except duckdb.Error as error:
            raise LedgerError(f"the ledger cannot be read: {error}", fix="asset-pipeline doctor") from error


def _trouble(error: PipelineError) -> str:
    return event("trouble", {"what": error.what, "fix": error.fix})
