"""Asks both providers what can be asked for free: who we are, what is left to spend, models, prices, and the time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from asset_pipeline.connect import base_urls, connect_openrouter, connect_replicate
from asset_pipeline.doctor.asking import Asker
from asset_pipeline.doctor.clock import Clocks
from asset_pipeline.doctor.finding import Finding
from asset_pipeline.doctor.openrouter import openrouter_findings
from asset_pipeline.doctor.replicate import replicate_findings
from asset_pipeline.model_names import PREFIX
from asset_pipeline.project import Project
from asset_pipeline.settings.types import Mode, is_loopback
from asset_pipeline.specs import Collection
from asset_pipeline.used_models import UsedModels, used_models


async def provider_findings(project: Project, collections: Iterable[Collection]) -> list[Finding]:
    """Return what the providers say, within a minute or so; nothing is spent.

    Args:
        project: Where a key is missing, its provider is not asked.
        collections: Whose models are looked for.
    """
    used = used_models(project.settings, collections)
    clocks = Clocks()
    said = await asyncio.gather(_replicate(project, used, clocks), _openrouter(project, used, clocks))
    return [*_addresses(project), *(finding for findings in said for finding in findings), *clocks.findings()]


async def _replicate(project: Project, used: UsedModels, clocks: Clocks) -> list[Finding]:
    if not _may_ask(project, "replicate"):
        return []
    models = {model: places for model, places in used.images.items() if not model.startswith(PREFIX)}
    async with connect_replicate(project, through=clocks.through) as replicate:
        return await replicate_findings(replicate, Asker(), models)


async def _openrouter(project: Project, used: UsedModels, clocks: Clocks) -> list[Finding]:
    if not _may_ask(project, "openrouter"):
        return []
    images = {model.removeprefix(PREFIX): at for model, at in used.images.items() if model.startswith(PREFIX)}
    async with connect_openrouter(project, through=clocks.through) as openrouter:
        return await openrouter_findings(openrouter, Asker(), project.settings, language=used.language, images=images)


def _may_ask(project: Project, provider: str) -> bool:
    """Say whether there is a key to ask with: a made-up one would only be refused."""
    return project.settings.mode is not Mode.LIVE or bool(vars(project.secrets)[provider])


def _addresses(project: Project) -> Iterator[Finding]:
    """Yield who is asked, and whether the keys are safe on their way there."""
    settings = project.settings
    if settings.mode is not Mode.LIVE:
        where = f"at {settings.sandbox.url}" if settings.sandbox.url else "in this process"
        yield Finding("asked", good=True, message=f"the sandbox {where}, as mode is sandbox; no real provider")
        return
    for name, url in zip(("replicate", "openrouter"), base_urls(project), strict=True):
        if not _may_ask(project, name):
            yield Finding("asked", good=False, message=f"{name} was not asked: there is no key for it", fix="see keys")
            continue
        safe = url.startswith("https://") or is_loopback(url)
        fix = f"give {name}.base_url an https:// address"
        yield Finding("asked", safe, f"{name} at {url}{'' if safe else '; anybody on the way can read the key'}", fix)
