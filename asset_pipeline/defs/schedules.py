"""What happens by the clock."""

import dagster as dg

from asset_pipeline.defs.jobs import backup_job, reconcile_job, stats_job
from asset_pipeline.defs.ticks import project_at_tick, settings_watch
from asset_pipeline.paths import find_root


def unless_settings_are_refused(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Start a run, unless it could not even read the settings."""
    project = project_at_tick(context)
    return project if isinstance(project, dg.SkipReason) else dg.RunRequest()


@dg.definitions
def schedules() -> dg.Definitions:
    """Return the schedules, as the settings say."""
    automation = settings_watch(find_root()).project.settings.automation
    status = dg.DefaultScheduleStatus.RUNNING if automation.start_sensors else dg.DefaultScheduleStatus.STOPPED
    reconcile = dg.ScheduleDefinition(
        name="reconcile",
        job=reconcile_job,
        cron_schedule=automation.reconcile_cron,
        execution_fn=unless_settings_are_refused,
        description="Closes calls that were left open; costs nothing where none is.",
        default_status=status,
    )
    nightly_backup = dg.ScheduleDefinition(
        name="nightly_backup",
        job=backup_job,
        cron_schedule=automation.backup_cron,
        execution_fn=unless_settings_are_refused,
        description="Backs up the database, and removes the oldest nightly backups.",
        default_status=status,
    )
    refresh_stats = dg.ScheduleDefinition(
        name="refresh_stats",
        job=stats_job,
        cron_schedule=automation.stats_cron,
        execution_fn=unless_settings_are_refused,
        description="Reads anew how calls and images have gone; free.",
        default_status=status,
    )
    return dg.Definitions(schedules=[reconcile, nightly_backup, refresh_stats])
