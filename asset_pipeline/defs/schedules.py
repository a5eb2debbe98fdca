"""What happens by the clock."""

import dagster as dg

from asset_pipeline.defs.jobs import reconcile_job
from asset_pipeline.defs.ticks import project_at_tick, settings_watch
from asset_pipeline.paths import find_root


def reconcile_now(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Close what is open, unless the run could not even start."""
    project = project_at_tick(context)
    return project if isinstance(project, dg.SkipReason) else dg.RunRequest()


@dg.definitions
def schedules() -> dg.Definitions:
    """Return the schedules, as the settings say."""
    automation = settings_watch(find_root()).project.settings.automation
    reconcile = dg.ScheduleDefinition(
        name="reconcile",
        job=reconcile_job,
        cron_schedule=automation.reconcile_cron,
        execution_fn=reconcile_now,
        description="Closes calls that were left open; costs nothing where none is.",
        default_status=dg.DefaultScheduleStatus.RUNNING
        if automation.start_sensors
        else dg.DefaultScheduleStatus.STOPPED,
    )
    return dg.Definitions(schedules=[reconcile])
