"""What happens by the clock."""

import dagster as dg

from asset_pipeline.defs.jobs import reconcile_job, stats_job
from asset_pipeline.project import open_project


@dg.definitions
def schedules() -> dg.Definitions:
    """Return the schedules, as the settings say."""
    automation = open_project().settings.automation
    status = dg.DefaultScheduleStatus.RUNNING if automation.start_sensors else dg.DefaultScheduleStatus.STOPPED
    reconcile = dg.ScheduleDefinition(
        name="reconcile",
        job=reconcile_job,
        cron_schedule=automation.reconcile_cron,
        description="Closes calls that were left open; costs nothing where none is.",
        default_status=status,
    )
    refresh_stats = dg.ScheduleDefinition(
        name="refresh_stats",
        job=stats_job,
        cron_schedule=automation.stats_cron,
        description="Reads anew how calls and images have gone; free.",
        default_status=status,
    )
    return dg.Definitions(schedules=[reconcile, refresh_stats])
