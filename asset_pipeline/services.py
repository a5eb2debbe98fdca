"""Builds the services of a project, each from the ones it needs; the only place that knows them all."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress

from asset_pipeline.alarm import Alarm
from asset_pipeline.audit import Auditor
from asset_pipeline.collection_reports import CollectionReports
from asset_pipeline.connect import connect_openrouter, connect_replicate, webhook_of
from asset_pipeline.images import ImageMaker
from asset_pipeline.images.answered import AnsweredPictures
from asset_pipeline.images.aside import rejected_files, set_aside
from asset_pipeline.images.attempts import Attempts
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.finisher import Finisher, FinishRules
from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.model_desk import ModelDesk
from asset_pipeline.images.purchase import Purchases
from asset_pipeline.images.quotes import Quotes
from asset_pipeline.images.shop import Shop
from asset_pipeline.images.spool import Spool
from asset_pipeline.images.vision import VisionJudge
from asset_pipeline.images.wakeups import Wakeups, WakeupSpool
from asset_pipeline.key_usage import KeyUsage
from asset_pipeline.ledger import Database, Door, Flow, Ledger, Tally
from asset_pipeline.logs import ContextExecutor
from asset_pipeline.loop_monitor import LoopMonitor
from asset_pipeline.pipeline import Pipeline
from asset_pipeline.project import Project, keep_logs
from asset_pipeline.prompts import Competition, PromptRenderer
from asset_pipeline.prompts.chat import ChatBuyer
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.provenance.credentials import open_credentials
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.providers.openrouter_images import OpenRouterImages
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.recipes import RecipeBook
from asset_pipeline.reconciliation import Reconciler
from asset_pipeline.rollout.basis import BasisBook
from asset_pipeline.rollout.gate import Gate
from asset_pipeline.rollout.watch import Watch
from asset_pipeline.run_settings import RunSettings, flows_of
from asset_pipeline.settings import Settings
from asset_pipeline.specs import Catalog

WORKER_NICENESS = 10


def open_ledger(project: Project, database: Database) -> Ledger:
    """Return the ledger of a project, with the limits of its settings taken over."""
    settings = project.settings
    ledger = Ledger(database, mode=str(settings.mode), gated=settings.rollout.require_approval)
    ledger.adopt_settings(settings.budget)
    return ledger


def prompt_terms(project: Project) -> Terms:
    """Return under which settings the prompts of a project are found."""
    settings = project.settings
    return Terms(settings.prompts, settings.openrouter.reasoning, str(settings.mode))


def finish_rules(settings: Settings) -> FinishRules:
    """Return what of the settings decides the bytes of finished files."""
    return FinishRules(settings.provenance.embed, settings.provenance.c2pa_certificate is not None)


def prompt_renderer(project: Project) -> PromptRenderer:
    """Return what renders the template prompts of a project; it reads each file once."""
    return PromptRenderer(project.paths.folder(project.paths.prompts))


def recipe_book(project: Project, models: ModelBook, *, renderer: PromptRenderer | None = None) -> RecipeBook:
    """Return how the images of a project are made."""
    renderer = renderer or prompt_renderer(project)
    return RecipeBook(renderer, prompt_terms(project), models=models, finish=finish_rules(project.settings))


def basis_book(project: Project, *, renderer: PromptRenderer | None = None) -> BasisBook:
    """Return what finds out what approvals are bound to."""
    renderer = renderer or prompt_renderer(project)
    return BasisBook(renderer, prompt_terms(project), PriceTable(project.settings.prices))


def vision_judge(
    settings: Settings,
    ledger: Ledger,
    openrouter: OpenRouterClient,
    flows: Mapping[str, Flow],
    workers: Executor,
    *,
    watch: Watch,
    run_settings: RunSettings,
) -> VisionJudge | None:
    """Return who looks at finished pictures, if anybody does.

    Its door shares the flows, and so closes with the other one; what fails behind it counts for itself alone.
    """
    if not settings.checks.vision.enabled:
        return None
    door = Door(ledger, flows=flows, bars=watch.stopped, before_hold=run_settings.obey)
    buyer = ChatBuyer(ledger, door, openrouter, settings.openrouter)
    tally = Tally(settings.flow.abort_share, settings.flow.abort_after)
    rebuys = settings.images.rebuys
    return VisionJudge(buyer, settings.checks.vision, workers=workers, tally=tally, rebuys=rebuys)


def image_workers(project: Project) -> Executor:
    """Return the threads that decode, crop and encode."""
    return ContextExecutor(project.settings.images.workers, thread_name_prefix="images")


@asynccontextmanager
async def open_pipeline(project: Project) -> AsyncIterator[Pipeline]:
    """Open everything that making images needs, for as long as the context lasts."""
    with keep_logs(project), Database(project.paths.database) as database:
        ledger = open_ledger(project, database)
        with ledger.telemetry as telemetry:
            async with (
                connect_replicate(project, record=telemetry.exchanged) as replicate,
                connect_openrouter(project, record=telemetry.exchanged) as openrouter,
                open_workers(project.settings) as workers,
            ):
                yield build_pipeline(project, database, ledger, replicate, openrouter, workers)


def _step_back() -> None:
    """Let the event loop go first: where all processors are busy, a picture can wait longer than an answer."""
    if sys.platform == "linux":  # elsewhere it would be said of the whole process
        with suppress(OSError):  # a kernel that does not know it loses nothing but that
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), WORKER_NICENESS)


@asynccontextmanager
async def open_workers(settings: Settings) -> AsyncIterator[Executor]:
    """Start the threads that decode, crop and encode; every task that was begun inside has ended before they end."""
    before = asyncio.all_tasks()
    with ContextExecutor(settings.images.workers, thread_name_prefix="images", initializer=_step_back) as workers:
        try:
            yield workers
        finally:
            left = asyncio.all_tasks() - before
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


def build_pipeline(
    project: Project,
    database: Database,
    ledger: Ledger,
    replicate: ReplicateClient,
    openrouter: OpenRouterClient,
    workers: Executor,
) -> Pipeline:
    """Return the façade over services that are open."""
    settings = project.settings
    tally = Tally(settings.flow.abort_share, settings.flow.abort_after)
    flows = flows_of(settings)
    watch = Watch(database, mode=ledger.mode)
    run_settings = RunSettings(project, ledger, flows=flows, tally=tally)
    door = Door(ledger, flows=flows, tally=tally, bars=watch.stopped, before_hold=run_settings.obey)
    prices = PriceTable(settings.prices)
    files = FileStore(project.paths)
    files.begin()
    set_aside(project.paths, database.run(rejected_files))
    told = WakeupSpool(project.paths.folder(project.paths.wakeups))
    told.sweep()
    purchases = Purchases(
        ledger,
        replicate,
        files,
        workers=workers,
        poll_s=settings.replicate.poll_s,
        timeout_s=settings.replicate.prediction_timeout_s,
        wakeups=Wakeups(told if settings.replicate.webhook_url else None),
    )
    catalog = Catalog(database)
    catalog.enter_mode(ledger.mode)
    renderer = prompt_renderer(project)  # one, so that what is bought is what the approval was compared with
    models = ModelBook()
    desk = ModelDesk(database, replicate, models, mode=ledger.mode)
    pictures = OpenRouterImages(openrouter.api, request_timeout_s=settings.openrouter.image_timeout_s)
    spool = Spool(project.paths.folder(project.paths.answers / ledger.mode))
    answered = AnsweredPictures(ledger, pictures, openrouter, files=files, spool=spool)
    credentials = open_credentials(settings.provenance, root=project.root)
    finisher = Finisher(files, settings.checks, finish_rules(settings), credentials)
    shop = Shop(
        database,
        door,
        replicate=replicate,
        purchases=purchases,
        answered=answered,
        desk=desk,
        quotes=Quotes(models, prices, mode=ledger.mode, rebuys=settings.images.rebuys),
    )
    vision = vision_judge(settings, ledger, openrouter, flows, workers, watch=watch, run_settings=run_settings)
    attempts = Attempts(database, shop, files, finisher, workers=workers, rebuys=settings.images.rebuys, vision=vision)
    return Pipeline(
        database=database,
        catalog=catalog,
        recipes=recipe_book(project, models, renderer=renderer),
        competition=Competition(
            database, ledger, ChatBuyer(ledger, door, openrouter, settings.openrouter), settings.prompts
        ),
        maker=ImageMaker(database, shop, files, attempts, vision=vision),
        shop=shop,
        desk=desk,
        auditor=Auditor(database, project.paths),
        ledger=ledger,
        door=door,
        reconciler=Reconciler(
            ledger,
            purchases,
            replicate,
            openrouter,
            KeyUsage(ledger, openrouter, lag_s=settings.openrouter.usage_lag_s),
            answered,
            told,
            lost_after_s=settings.replicate.lost_after_s,
        ),
        reports=CollectionReports(database, project.paths, settings.checks),
        alarm=Alarm(ledger, settings.budget.alerts, webhook=webhook_of(project)),
        budget=settings.budget,
        gate=Gate(
            database,
            catalog,
            basis_book(project, renderer=renderer),
            watch=watch,
            settings=settings.rollout,
            mode=ledger.mode,
        ),
        watch=watch,
        settings=run_settings,
        monitor=LoopMonitor(database, mode=ledger.mode) if settings.logs.loop_monitor else None,
    )
