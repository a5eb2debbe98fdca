"""What happens by the clock."""

import dagster as dg

from asset_pipeline.defs.jobs import reconcile_job
from asset_pipeline.project import open_project


@dg.definitions
def schedules() -> dg.Definitions:
    """Return the schedules, as the settings say."""
    automation = open_project().settings.automation
    reconcile = dg.ScheduleDefinition(
        name="reconcile",
        job=reconcile_job,
        cron_schedule=automation.reconcile_cron,
        description="Closes calls that were left open; costs nothing where none is.",
        default_status=dg.DefaultScheduleStatus.RUNNING
        if automation.start_sensors
        else dg.DefaultScheduleStatus.STOPPED,
    )
    return dg.Definitions(schedules=[reconcile])
