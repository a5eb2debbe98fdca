"""What happens by the clock."""

import dagster as dg

from asset_pipeline.defs.jobs import backup_job, reconcile_job
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
    nightly_backup = dg.ScheduleDefinition(
        name="nightly_backup",
        job=backup_job,
        cron_schedule=automation.backup_cron,
        description="Backs up the database, and removes the oldest nightly backups.",
        default_status=status,
    )
    return dg.Definitions(schedules=[reconcile, nightly_backup])
