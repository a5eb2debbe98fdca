"""The façade: makes a set of images, stage by stage, and streams what happens as it happens.

Dagster's op, the command line and the review page call this and nothing deeper. It knows nothing of any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import nullcontext
from typing import TypeAlias

import structlog

from asset_pipeline.admission import Admission
from asset_pipeline.alarm import Alarm
from asset_pipeline.audit import Audited, Auditor
from asset_pipeline.collection_reports import CollectionReports
from asset_pipeline.crew import Crew
from asset_pipeline.errors import LedgerError
from asset_pipeline.image_work import Asset, ImageWork, StageResult
from asset_pipeline.images import ImageMaker
from asset_pipeline.images.check_rows import read_checks
from asset_pipeline.images.model_desk import ModelDesk
from asset_pipeline.images.shop import Shop
from asset_pipeline.images.store import read_deliveries
from asset_pipeline.ledger import Alert, Database, Door, Ledger
from asset_pipeline.logs import bound
from asset_pipeline.loop_monitor import LoopMonitor
from asset_pipeline.prompts import Competition
from asset_pipeline.prompts.store import save_drafts
from asset_pipeline.recipes import Recipe, RecipeBook
from asset_pipeline.reconciliation import Reconciled, Reconciler
from asset_pipeline.results import Failed, Gated, LeftOut, Notice, Waiting, left_out
from asset_pipeline.review.contact_sheet import ContactSheet
from asset_pipeline.rollout.gate import Gate
from asset_pipeline.rollout.waiting import read_waiting
from asset_pipeline.rollout.watch import Watch
from asset_pipeline.run_settings import RunSettings
from asset_pipeline.settings import BudgetSettings
from asset_pipeline.slots import Places
from asset_pipeline.specs import Catalog, WantedImage
from asset_pipeline.specs.states import DONE, FAILED, HELD, LOST, REJECTED
from asset_pipeline.ways import Ladder

# While some wait for a provider, others are prepared, finished and booked.
ROOM = 2

Item: TypeAlias = StageResult | Alert | Notice | LeftOut

log = structlog.get_logger(__name__)


class Pipeline:
    """Makes images.

    Args:
        database: The shared database.
        catalog: What the specs want.
        recipes: How each image is made.
        competition: Finds prompts.
        maker: Makes files.
        shop: Where originals come from.
        desk: Asks about models whose inputs it does not know.
        auditor: Compares files and ledger.
        ledger: The budgets.
        door: Through which all money goes.
        reconciler: Closes what earlier runs left open.
        reports: Written about whole collections.
        alarm: Says when a budget goes down.
        budget: What may be left out where money is short.
        gate: Says which images people let pass, and by which budget.
        watch: Sees what people pause and stop.
        settings: What may change while a run goes on.
        monitor: Measures the event loop of each run; None where nobody wants to know.
    """

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        recipes: RecipeBook,
        competition: Competition,
        maker: ImageMaker,
        shop: Shop,
        desk: ModelDesk,
        auditor: Auditor,
        ledger: Ledger,
        door: Door,
        reconciler: Reconciler,
        reports: CollectionReports,
        alarm: Alarm,
        budget: BudgetSettings,
        gate: Gate,
        watch: Watch,
        settings: RunSettings,
        monitor: LoopMonitor | None,
    ) -> None:
        self.catalog = catalog
        self.ledger = ledger
        self._database = database
        self._recipes = recipes
        self._competition = competition
        self._maker = maker
        self._shop = shop
        self._desk = desk
        self._auditor = auditor
        self._door = door
        self._reconciler = reconciler
        self._reports = reports
        self._alarm = alarm
        self._budget = budget
        self._gate = gate
        self._watch = watch
        self._settings = settings
        self._monitor = monitor

    def stop(self) -> None:
        """Make no new call; those under way land, and what is left stays as it is."""
        self._door.stop()

    async def reconcile(self) -> list[Reconciled]:
        """Close the calls that earlier runs left open."""
        return await self._reconciler.run()

    async def waiting(self) -> dict[str, int]:
        """Return how many finished images of each collection wait for a person's word."""
        ledger = self.ledger
        return await self._database.arun(
            lambda connection: read_waiting(connection, mode=ledger.mode, gated=ledger.gated)
        )

    async def contact_sheets(self, collections: Iterable[str]) -> list[ContactSheet]:
        """Write the contact sheets of collections, and what else is reported of them."""
        return [await asyncio.to_thread(self._reports.write, name) for name in sorted(set(collections))]

    async def audit(self, keys: Sequence[str]) -> list[Audited]:
        """Compare those of some images that are finished with what is booked of them; makes nothing."""
        rows = await asyncio.to_thread(self.catalog.images, keys)
        wanted = [row.wanted for row in rows.values() if row.state == DONE]
        checks = await self._database.arun(lambda connection: read_checks(connection, [one.key for one in wanted]))
        audits = await asyncio.gather(*(self._auditor.audit(one) for one in wanted))
        return [Audited(one, audit, checks.get(one.key, ())) for one, audit in zip(wanted, audits, strict=True)]

    async def run(
        self, keys: Sequence[str], assets: Iterable[Asset], *, run_id: str | None = None
    ) -> AsyncGenerator[Item, None]:
        """Make images, many at a time; one image's failure never touches another.

        Whoever may stop before the end closes it (`contextlib.aclosing`): work goes on until then.

        Args:
            keys: Which images.
            assets: Which of their stages.
            run_id: Recorded with every call and file.

        Yields:
            One result per image and stage as each ends; after one that brought nothing, none for that image. Among
            them each alert, as it fires, what is to be said of changed settings, and which images nobody works on.
        """
        work = ImageWork(
            ladder=Ladder(self._competition, self._shop, self._budget),
            maker=self._maker,
            shop=self._shop,
            auditor=self._auditor,
            admission=Admission(self.ledger, before_look=self._settings.obey),
            places=Places(self._settings.in_flight),
            gate=self._gate,
            assets=frozenset(assets),
            run_id=run_id,
        )
        results: asyncio.Queue[Item | None] = asyncio.Queue()
        task = asyncio.create_task(self._work_on_all(keys, work, results))
        try:
            while (result := await results.get()) is not None:
                yield result
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _work_on_all(self, keys: Sequence[str], work: ImageWork, results: asyncio.Queue[Item | None]) -> None:
        """Work on all images, a bounded number at a time, and end the queue with None."""
        try:
            measured = self._monitor.watch(work.run_id) if self._monitor else nullcontext()
            async with self._watch.open(), measured:
                await self._work_on_these(await self._gate.open(keys), work, results)
        finally:
            results.put_nowait(None)

    async def _work_on_these(self, keys: Sequence[str], work: ImageWork, results: asyncio.Queue[Item | None]) -> None:
        recipes = await self._recipes_of(keys, work.ladder)
        for left in await self._left_out(set(keys) - {image.key for image, _ in recipes}):
            await self._gate.left(left.key)  # nobody works on these, so nobody waits for them
            results.put_nowait(left)
        gated: dict[str, str] = {}
        if Asset.PROMPTS in work.assets:
            rows = [(image.key, recipe.draft) for image, recipe in recipes if isinstance(recipe, Recipe)]
            await self._database.arun(lambda connection: save_drafts(connection, rows))

        async def work_on(item: tuple[WantedImage, Recipe | Failed]) -> None:
            image, recipe = item
            with bound(run_id=work.run_id, collection=image.collection, image_key=image.key):
                last = await self._work_on(image, recipe, work, results)
            if last and isinstance(last.payload, Gated):
                gated[image.key] = last.payload.reason
            for alert in await self._alarm.look():
                results.put_nowait(alert)

        crew = Crew(recipes, work_on)

        def change() -> None:
            work.admission.look_again()
            work.places.resize(self._settings.in_flight)
            crew.grow(self._settings.in_flight * ROOM)

        def tell(warning: str) -> None:
            results.put_nowait(Notice(warning))

        try:
            async with self._settings.at_work(on_change=change, tell=tell):
                await crew.run(self._settings.in_flight * ROOM)
        finally:
            await self.catalog.note_waiting(gated)
        for alert in await self._alarm.last_look():
            results.put_nowait(alert)

    async def _recipes_of(self, keys: Sequence[str], ladder: Ladder) -> list[tuple[WantedImage, Recipe | Failed]]:
        """Return images and recipes, with all that was bought before looked up in a few queries."""
        found = await asyncio.to_thread(self.catalog.images, keys)
        rows = {key: found[key] for key in keys if key in found and found[key].state != REJECTED}
        await self._desk.learn(model for row in rows.values() for model in row.wanted.models)
        # Hundreds of templates are rendered, which would stop all that is under way.
        recipes = await asyncio.to_thread(
            lambda: [(row.wanted, self._recipes.recipe(row.wanted)) for row in rows.values()]
        )
        good = [recipe for _, recipe in recipes if isinstance(recipe, Recipe)]
        delivered = await self._database.arun(lambda connection: read_deliveries(connection, keys))
        await ladder.load(good, {key: one.recipe_key for key, one in delivered.items()})
        return recipes

    async def _left_out(self, keys: set[str]) -> list[LeftOut]:
        """Return why nobody works on images: what the catalog knows of them is rejected."""
        known = await asyncio.to_thread(self.catalog.images, keys) if keys else {}
        return [left_out(key, is_rejected=key in known) for key in sorted(keys)]

    async def _work_on(
        self,
        wanted: WantedImage,
        recipe: Recipe | Failed,
        work: ImageWork,
        results: asyncio.Queue[Item | None],
    ) -> StageResult | None:
        """Work on one image, and return the last that came of it."""
        last: StageResult | None = None
        try:
            async for last in work.stages(wanted, recipe):
                results.put_nowait(last)
        except Exception as error:  # the edge of one image: what nobody foresaw must not touch the others
            log.exception("image broke off")
            last = work.failure(wanted, f"unexpected {type(error).__name__}: {error}")
            results.put_nowait(last)
        if last and isinstance(last.payload, Failed | Waiting) and not isinstance(last.payload, Gated):
            await self._mark(wanted, last.payload, results)
        await self._gate.left(wanted.key)
        return last

    async def _mark(self, wanted: WantedImage, payload: Failed | Waiting, results: asyncio.Queue[Item | None]) -> None:
        """Note what became of an image; where that cannot be done, its state stays as it was, and that is said."""
        try:
            await self.catalog.mark({wanted.key: (_state_after(payload), payload.reason)})
        except LedgerError as error:  # of this image alone; its money is booked elsewhere, and the next run tries again
            log.warning("what became of an image could not be noted", image_key=wanted.key, reason=error.what)
            said = f"what became of {wanted.key} could not be noted, so its state is the one it had before: {error}"
            results.put_nowait(Notice(said))


def _state_after(payload: Failed | Waiting) -> str:
    """Return the state of an image that was not finished."""
    if isinstance(payload, Failed):
        return LOST if payload.is_lost else FAILED
    return HELD


__all__ = ["Asset", "Pipeline", "StageResult"]
