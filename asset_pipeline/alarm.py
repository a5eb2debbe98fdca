"""The alarm of a run: looks now and then whether a share of a limit has been spent, and says so wherever it should.

Beside the money, never in its way: no hold waits for it, and no failure of a webhook reaches the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
import structlog

from asset_pipeline.errors import LedgerError, PipelineError
from asset_pipeline.ledger import Alert, Ledger
from asset_pipeline.ledger.money import plain

LOOK_EVERY_S = 0.5
WEBHOOK_TIMEOUT_S = 5.0

log = structlog.get_logger(__name__)


class Webhook:
    """An address that is told of every alert.

    Args:
        url: The address; it may hold a secret, so that only its host is ever shown.
        transport: Opens the way to it.
        timeout_s: For all of one message, in seconds.
    """

    def __init__(
        self, url: str, transport: Callable[[], httpx.AsyncBaseTransport], *, timeout_s: float = WEBHOOK_TIMEOUT_S
    ) -> None:
        self._url = url
        self._transport = transport
        self._timeout_s = timeout_s

    async def post(self, alert: Alert, *, mode: str) -> None:
        """Send an alert, once; a failure is logged, and is nobody's trouble."""
        body = {
            "text": alert.message,
            "mode": mode,
            "scope": alert.scope,
            "share": f"{alert.share.normalize():f}",
            "limit_usd": plain(alert.limit_usd),
            "spent_usd": plain(alert.spent_usd),
            "fired_at": f"{alert.fired_at.isoformat()}Z",
        }
        try:
            async with asyncio.timeout(self._timeout_s), httpx.AsyncClient(transport=self._transport()) as client:
                (await client.post(self._url, json=body, timeout=self._timeout_s)).raise_for_status()
        except httpx.HTTPStatusError as error:
            self._complain(alert, f"it answered HTTP {error.response.status_code}")
        except (httpx.HTTPError, httpx.InvalidURL, PipelineError, OSError, ValueError) as error:
            self._complain(alert, str(error) or type(error).__name__)

    def _complain(self, alert: Alert, reason: str) -> None:
        log.warning(
            "alert not delivered to the webhook", host=urlsplit(self._url).hostname, reason=reason, **_of(alert)
        )


class Alarm:
    """Looks for new alerts, and delivers each.

    Args:
        ledger: Knows what is spent, and which alerts have fired.
        shares: Of every limit; none at all for silence.
        webhook: Who is told, if anybody.
    """

    def __init__(self, ledger: Ledger, shares: Sequence[Decimal], *, webhook: Webhook | None) -> None:
        self._ledger = ledger
        self._shares = shares
        self._webhook = webhook
        self._looked_at = float("-inf")
        self._posting: set[asyncio.Task[None]] = set()

    async def look(self) -> list[Alert]:
        """Return what has fired since the last look; none where that was only just now."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < LOOK_EVERY_S:
            return []
        self._looked_at = now
        return await self._claim()

    async def last_look(self) -> list[Alert]:
        """Return what has fired since the last look, after all that is under way to the webhook has come to its end."""
        alerts = await self._claim()
        await asyncio.gather(*self._posting)
        return alerts

    async def _claim(self) -> list[Alert]:
        if not self._shares:
            return []
        try:
            alerts = await self._ledger.claim_alerts(self._shares)
        except LedgerError as error:  # what has not been claimed fires at the next look, or in the next run
            log.warning("nobody can see whether a budget goes down", reason=error.what)
            return []
        for alert in alerts:
            log.warning(alert.message, **_of(alert))
            if self._webhook:
                task = asyncio.create_task(self._webhook.post(alert, mode=self._ledger.mode))
                self._posting.add(task)
                task.add_done_callback(self._posting.discard)
        return alerts


def _of(alert: Alert) -> dict[str, str]:
    return {"scope": alert.scope, "share": str(alert.share)}
