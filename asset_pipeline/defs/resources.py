"""What the assets are given: both providers, the budget, and the database, as configuration that the UI can show.

A resource holds no secret and opens nothing until it is asked to; keys are read from the environment at that moment.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import dagster as dg
from dagster_duckdb import DuckDBResource

from asset_pipeline.connect import Record, base_urls, connect_openrouter, connect_replicate
from asset_pipeline.defs.stream import stop_all
from asset_pipeline.ledger import Database, Ledger
from asset_pipeline.pipeline import Pipeline
from asset_pipeline.project import Project, keep_logs, open_project
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.services import build_pipeline, open_ledger, open_workers


class ReplicateResource(dg.ConfigurableResource[ReplicateClient]):
    """Replicate, which makes the images."""

    root: str
    mode: str
    base_url: str

    def open(self, record: Record | None = None) -> AbstractAsyncContextManager[ReplicateClient]:
        """Open the client, for as long as the context lasts; `record` is told how each request went."""
        return connect_replicate(open_project(Path(self.root)), record=record)


class OpenRouterResource(dg.ConfigurableResource[OpenRouterClient]):
    """OpenRouter, whose models write and judge the prompts."""

    root: str
    mode: str
    base_url: str

    def open(self, record: Record | None = None) -> AbstractAsyncContextManager[OpenRouterClient]:
        """Open the client, for as long as the context lasts; `record` is told how each request went."""
        return connect_openrouter(open_project(Path(self.root)), record=record)


class BudgetResource(dg.ConfigurableResource[Ledger]):
    """The ledger and its limits; what is shown here is what the settings say, `budget show` says what holds now."""

    root: str
    total_usd: str
    daily_usd: str
    sample_usd: str
    production_usd: str
    safety_margin: str

    def open(self, database: Database) -> Ledger:
        """Return the ledger over an open database."""
        return open_ledger(open_project(Path(self.root)), database)


class PipelineResources(dg.ConfigurableResource[Pipeline]):
    """The façade, put together from the resources."""

    replicate: dg.ResourceDependency[ReplicateResource]
    openrouter: dg.ResourceDependency[OpenRouterResource]
    budget: dg.ResourceDependency[BudgetResource]
    root: str

    def project(self) -> Project:
        """Return the project, read afresh."""
        return open_project(Path(self.root))

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 - dagster's signature
        """Stop what a run that was interrupted has left at work."""
        stop_all()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Pipeline]:
        """Open everything that making images needs, for as long as the context lasts."""
        project = self.project()
        with keep_logs(project), Database(project.paths.database) as database:
            ledger = self.budget.open(database)
            with ledger.telemetry as telemetry:
                async with (
                    self.replicate.open(telemetry.exchanged) as replicate,
                    self.openrouter.open(telemetry.exchanged) as openrouter,
                    open_workers(project.settings) as workers,
                ):
                    yield build_pipeline(project, database, ledger, replicate, openrouter, workers)


@dg.definitions
def resources() -> dg.Definitions:
    """Return the resources of this project, as its settings say."""
    project = open_project()
    root, mode, budget = str(project.root), str(project.settings.mode), project.settings.budget
    replicate_url, openrouter_url = base_urls(project)
    replicate = ReplicateResource(root=root, mode=mode, base_url=replicate_url)
    openrouter = OpenRouterResource(root=root, mode=mode, base_url=openrouter_url)
    limits = BudgetResource(
        root=root,
        total_usd=str(budget.total_usd),
        daily_usd=str(budget.daily_usd),
        sample_usd=str(budget.sample_usd),
        production_usd=str(budget.production_usd),
        safety_margin=str(budget.safety_margin),
    )
    return dg.Definitions(
        resources={
            "replicate": replicate,
            "openrouter": openrouter,
            "budget": limits,
            "pipeline": PipelineResources(replicate=replicate, openrouter=openrouter, budget=limits, root=root),
            "duckdb": DuckDBResource(database=str(project.paths.database)),
        },
        # The work waits for providers; a process per step would only cost seconds.
        executor=dg.in_process_executor,
    )
