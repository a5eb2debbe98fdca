"""A project with the façade opened on it, in this process, before a sandbox that is served."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from asset_pipeline.decisions import Kind
from asset_pipeline.image_work import Asset, StageResult
from asset_pipeline.ledger import Alert, Database
from asset_pipeline.results import Failed, Notice, Waiting
from asset_pipeline.services import open_pipeline
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.support.decisions import decide
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.sandboxes import ServedSandbox

FIVE_TYPES = """
collection: house
title: The house
theme: {style: engraved, palette: {primary: "#1F3A4D", accent: "#D9A441"}, mood: [calm], avoid: [text]}
images:
  - {type: icons, title: Lantern}
  - {type: covers, title: Harbour}
  - {type: textures, title: Parchment}
  - {type: letter_headers, title: Orchard}
  - {type: database_icons, title: Ladder}
"""


@dataclass
class House:
    """A project that is worked on through the façade.

    Args:
        project: Its folder.
        sandbox: Whom it buys from.
        alerts: What was said of budgets, over all that was made.
        notices: What else was said that is no image's result.
    """

    project: FolderProject
    sandbox: ServedSandbox
    alerts: list[Alert] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def want(self, text: str) -> None:
        """Take a spec into the catalog."""
        opened = self.open()
        collections = require_specs([self.project.spec(text)], root=opened.root, max_file_mb=2)
        with Database(opened.paths.database) as database:
            Catalog(database).sync(collections)

    def want_anew(self, *keys):
        """Want another take of images, as a person does who will pay again."""
        with Database(self.open().paths.database) as database:
            decide(database, Kind.REGENERATE, *keys)

    def open(self, **settings):
        """Return the project, with settings on top."""
        base: dict[str, dict[str, object]] = {"sandbox": {"url": self.sandbox.url}, "replicate": {"poll_s": 0.02}}
        base["prompts"] = {"rejudge_margin": 0}  # judged once, so that calls can be counted
        return self.project.open(**{name: base.get(name, {}) | settings.get(name, {}) for name in base | settings})

    def make(self, keys=None, assets=tuple(Asset), **settings):
        """Make images; return what each stage brought, by image and stage."""

        async def run():
            async with open_pipeline(self.open(**settings)) as pipeline:
                chosen = list(pipeline.catalog.images()) if keys is None else keys
                items = [one async for one in pipeline.run(chosen, assets, run_id="run-1")]
            self.alerts += [one for one in items if isinstance(one, Alert)]
            self.notices += [one.message for one in items if isinstance(one, Notice)]
            return {(one.wanted.key, one.asset): one for one in items if isinstance(one, StageResult)}

        return asyncio.run(run())

    def make_all(self, **settings):
        """Make all images, and return the files that were delivered, by image; all must be."""
        results = self.make(**settings)
        wrong = [one.payload for one in results.values() if isinstance(one.payload, Failed | Waiting)]
        assert not wrong
        return {key: one.payload for (key, asset), one in results.items() if asset is Asset.GENERATED_IMAGES}

    def make_one(self, **settings):
        """Make the only image there is; return the payload of its last stage."""
        return list(self.make(**settings).values())[-1].payload

    def reconcile(self, **settings):
        """Close what is open; return what was found."""

        async def run():
            async with open_pipeline(self.open(**settings)) as pipeline:
                return await pipeline.reconcile()

        return asyncio.run(run())

    def sheets(self, *collections):
        """Write contact sheets."""

        async def run():
            async with open_pipeline(self.open()) as pipeline:
                return await pipeline.contact_sheets(collections)

        return asyncio.run(run())

    @property
    def spent(self) -> Decimal:
        """What the ledger says was spent; the sandbox's invoice must say the same."""
        ((spent,),) = self.project.rows("SELECT coalesce(sum(cost_usd), 0)::DECIMAL(18,9) FROM calls")
        assert spent == self.sandbox.total()
        return spent

    def bought(self, provider: str) -> int:
        """Return how many calls a provider has taken."""
        return sum(call["provider"] == provider for call in self.sandbox.invoice())


@pytest.fixture
def house(project, sandbox) -> House:
    """A project without a spec, and a served sandbox."""
    new_ledger(project.database)
    return House(project, sandbox)
