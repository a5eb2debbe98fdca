"""Lets a run obey what is changed in its settings while it goes on, from its next call on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from asset_pipeline.errors import LedgerError
from asset_pipeline.ledger import Ledger, Tally
from asset_pipeline.logs import set_level
from asset_pipeline.project import Project
from asset_pipeline.providers.flow import ProviderFlow
from asset_pipeline.settings import BudgetSettings, Settings
from asset_pipeline.settings.flow import FlowSettings
from asset_pipeline.settings.types import Mode
from asset_pipeline.settings_watch import SettingsWatch

log = structlog.get_logger(__name__)

EVERY_S = 0.5
# Calls that begin together need not each ask the file system; nobody saves a file faster than that.
GLANCE_S = 0.02
LIMITS = frozenset(
    f"budget.{name}"
    for name in BudgetSettings.model_fields
    if name.endswith("_usd") or name in ("safety_margin", "providers", "collections")
)
FOLLOWED = frozenset(
    {
        *LIMITS,
        *(f"flow.{name}" for name in FlowSettings.model_fields),
        "images.in_flight",
        "log_level",
        "replicate.creates_per_minute",
        "openrouter.requests_per_minute",
    }
)


def flows_of(settings: Settings) -> dict[str, ProviderFlow]:
    """Return the flow of requests to each provider."""
    return {
        provider: ProviderFlow(provider, settings.flow, per_minute=per_minute, window=window)
        for provider, (per_minute, window) in _pace(settings).items()
    }


def _pace(settings: Settings) -> dict[str, tuple[int, int]]:
    """Return how many requests each provider is sent in a minute and at once: several writers of an image ask at once.

    How many are allowed in a minute is a matter of real providers; the sandbox takes whatever comes.
    """
    live, window = settings.mode is Mode.LIVE, settings.images.in_flight
    return {
        "replicate": (settings.replicate.creates_per_minute if live else 0, window),
        "openrouter": (
            settings.openrouter.requests_per_minute if live else 0,
            window * len(settings.prompts.writers),
        ),
    }


class RunSettings:
    """The settings of a run, as far as they may change while it goes on.

    Args:
        project: As the run has opened it.
        ledger: Has the limits.
        flows: How fast requests go to each provider.
        tally: When too many of them have failed.
    """

    def __init__(self, project: Project, ledger: Ledger, *, flows: Mapping[str, ProviderFlow], tally: Tally) -> None:
        self._watch = SettingsWatch(project, follows=FOLLOWED.__contains__)
        self._ledger = ledger
        self._flows = flows
        self._tally = tally
        self._one_at_a_time = asyncio.Lock()
        self._owes_limits = False
        self._glanced_at = float("-inf")
        self._on_change: Callable[[], None] = lambda: None
        self._tell: Callable[[str], None] = lambda _warning: None

    @property
    def in_flight(self) -> int:
        """Images that wait for a provider at the same time."""
        return self._watch.project.settings.images.in_flight

    @asynccontextmanager
    async def at_work(self, *, on_change: Callable[[], None], tell: Callable[[str], None]) -> AsyncIterator[None]:
        """Look again and again, for as long as the context lasts.

        Args:
            on_change: Called when other settings hold.
            tell: Is told what a person should know.
        """
        self._on_change, self._tell = on_change, tell
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def obey(self) -> None:
        """Take over what has changed; whoever is about to hold money waits for it."""
        if not (self._is_due() or self._owes_limits or self._one_at_a_time.locked()):
            return
        async with self._one_at_a_time:
            news = await asyncio.to_thread(self._watch.look)
            settings = self._watch.project.settings
            for warning in news.warnings:
                self._tell(warning)
            if news.taken:
                self._adopt(settings)
            if "log_level" in news.taken:
                set_level(settings.log_level)
            self._owes_limits |= bool(LIMITS.intersection(news.taken))
            if self._owes_limits:
                await asyncio.to_thread(self._ledger.adopt_settings, settings.budget)
                self._owes_limits = False
            elif not news.taken:
                return
            self._on_change()

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now < self._glanced_at + GLANCE_S:
            return False
        self._glanced_at = now
        return self._watch.is_due()

    def _adopt(self, settings: Settings) -> None:
        self._tally.share, self._tally.after = settings.flow.abort_share, settings.flow.abort_after
        for provider, (per_minute, window) in _pace(settings).items():
            self._flows[provider].adopt(settings.flow, per_minute=per_minute, window=window)

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.obey()
            except LedgerError as error:  # the next look tries again, and until then the old limits hold
                log.warning("changed limits cannot be taken over", reason=error.what)
