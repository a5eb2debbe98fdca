"""The jobs: making images, closing calls that were left open, backing up, and reading how all of it has gone."""

from collections.abc import AsyncGenerator

import dagster as dg

from asset_pipeline.defs.resources import PipelineResources
from asset_pipeline.defs.stream import stream
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.pipeline import Pipeline
from asset_pipeline.project import open_project
from asset_pipeline.reconciliation import Reconciled
from asset_pipeline.recovery.backup import nightly_backup

images_job = dg.define_asset_job(
    "images_job",
    selection=[str(asset) for asset in Asset],
    description="Makes images: all three stages of the selected partitions.",
)

stats_job = dg.define_asset_job(
    "stats_job", selection=["pipeline_stats"], description="Reads anew how calls and images have gone."
)


@dg.op(description="Looks at the providers what became of open calls, and books what is found.")
def reconcile_calls(context: dg.OpExecutionContext, pipeline: PipelineResources) -> None:
    """Close the calls that earlier runs left open."""

    async def work(opened: Pipeline) -> AsyncGenerator[Reconciled, None]:
        for closed in await opened.reconcile():
            yield closed

    still_open = 0
    for closed in stream(pipeline.open, work):
        context.log.info(f"call {closed.call_id} of {closed.image_key}: {closed.message}")
        still_open += not closed.resolved
    context.log.info(f"{still_open} calls stay open" if still_open else "no call is open")


@dg.job(description="Closes calls that were left open by a run that was stopped or killed.")
def reconcile_job() -> None:
    """Reconcile the ledger with the providers."""
    reconcile_calls()


@dg.op(description="Copies the database, reads the copy again, and removes the oldest nightly copies.")
def back_up_database(context: dg.OpExecutionContext) -> None:
    """Write tonight's backup."""
    project = open_project()
    if not project.paths.database.exists():
        context.log.info("there is no ledger yet")
        return
    backup, removed = nightly_backup(project.paths, now=utc_now(), keep=project.settings.automation.keep_backups)
    context.log.info(f"{project.paths.shown(backup.path)}: {backup.contents.rows['calls']} calls")
    for path in removed:
        context.log.info(f"removed {project.paths.shown(path)}")


@dg.job(description="Backs up the database beside whatever goes on; keeps as many as automation.keep_backups says.")
def backup_job() -> None:
    """Back up the database."""
    back_up_database()
