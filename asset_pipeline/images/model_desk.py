"""Asks Replicate about models before anything is paid: whether they are there, and whether they take the input."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.model_pages import ModelPage, page_of, read_pages, save_pages
from asset_pipeline.images.models import built_in, built_in_facts
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.model_names import DEPLOYMENTS, OPENROUTER, provider_of
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.results import Failed

FRESH = timedelta(hours=24)

log = structlog.get_logger(__name__)


class ModelDesk:
    """Looks models up, each once a day, and keeps what was found.

    Args:
        database: Where pages are kept.
        client: Replicate.
        book: Is told what was found.
        mode: `sandbox` or `live`.
    """

    def __init__(self, database: Database, client: ReplicateClient, book: ModelBook, *, mode: str) -> None:
        self._mode = mode
        self._database = database
        self._client = client
        self.book = book
        self._looks: dict[str, asyncio.Task[Failed | None]] = {}
        self._not_by_name: set[str] = set()

    async def learn(self, models: Iterable[str]) -> None:
        """Look up those models that an input cannot be chosen for without; what fails is said where it is needed."""
        kept = await self._database.arun(lambda connection: read_pages(connection, self._mode))
        for page in kept.values():
            self.book.put(page)
        await asyncio.gather(*(self.look_up(model) for model in sorted(set(models)) if not self.book.knows(model)))

    async def look_up(self, model: str) -> Failed | None:
        """Look a model up unless that was done today; say why it cannot be asked, where that is certain."""
        if provider_of(model) == OPENROUTER or model.startswith(DEPLOYMENTS):
            return None
        if model not in self._looks:
            self._looks[model] = asyncio.create_task(self._look_up(model))
        return await asyncio.shield(self._looks[model])

    async def check(self, model: str, values: Mapping[str, Any]) -> Failed | None:
        """Say why a model would refuse an input; nothing has been paid yet."""
        missing = await self.look_up(model)
        if missing:
            return missing
        problems = self.book.problems(model, values)
        if not problems:
            return None
        said = f"{model} does not take its input: {'; '.join(problems)}. Nothing was spent"
        page = self.book.page(model)
        if page and page.chosen != page.current and built_in(model) is None:
            await self._take_in(replace(page, chosen=page.current))
            said += "; its new schema is known now: run again"
        return Failed(said, may_fall_back=True)

    def version(self, model: str) -> str | None:
        """Return the version by which a model is called; None where its name is enough, as far as anybody knows."""
        page, facts = self.book.page(model), built_in_facts(model)
        is_official = facts.is_official if facts else page.is_official if page else None
        by_version = is_official is False or model in self._not_by_name
        return page.version if page and by_version else None

    def is_not_found(self, model: str) -> bool:
        """Take note that a model is not known by its name alone; say whether it can be called by its version."""
        page, facts = self.book.page(model), built_in_facts(model)
        if page is None or page.version is None or model in self._not_by_name or (facts and facts.is_official):
            return False
        self._not_by_name.add(model)
        return True

    async def _look_up(self, model: str) -> Failed | None:
        known = self.book.page(model)
        now = utc_now()
        if known and now - known.fetched_at < FRESH:
            return None
        name, _, version = model.partition(":")
        try:
            body = await (self._client.version(name, version) if version else self._client.model(name))
        except GetError as error:
            log.warning("model page could not be read; going on with what is known", model=model, reason=error.what)
            return None
        if body is None:
            return Failed(f"Replicate has no model {model}; nothing was spent", may_fall_back=True)
        await self._keep(page_of(model, body, mode=self._mode, now=now), known)
        return None

    async def _keep(self, page: ModelPage, known: ModelPage | None) -> None:
        """Keep a page; inputs go on being chosen by the schema that was first seen, as images were bought by it."""
        if known and known.chosen:
            page = replace(page, chosen=known.chosen)
        await self._take_in(page)

    async def _take_in(self, page: ModelPage) -> None:
        self.book.put(page)
        await self._database.asubmit(save_pages, page)
