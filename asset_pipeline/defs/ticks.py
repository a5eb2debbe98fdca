"""What a tick works with: the settings as they are now, or why nothing is started under them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import dagster as dg

from asset_pipeline.paths import find_root
from asset_pipeline.project import Project, open_project
from asset_pipeline.settings_watch import SettingsWatch

# Dagster's own files and the definitions are as they were loaded; all else is read by every run anew.
LOADED = ("mode", "data_dir", "automation.")


def project_at_tick(context: dg.SensorEvaluationContext | dg.ScheduleEvaluationContext) -> Project | dg.SkipReason:
    """Return the project under the settings as they are now.

    A run is a process of its own and would refuse what is refused here; so it is not asked for, and nothing that would
    be remembered as done is done.
    """
    watch = settings_watch(find_root())
    for warning in watch.look().warnings:
        context.log.warning(warning)
    if watch.refused:
        return dg.SkipReason(f"nothing is started until the settings are mended; {watch.warnings[0]}")
    moved = [key for key in ("mode", "data_dir") if key in watch.waiting]
    if moved:
        return dg.SkipReason(f"{' and '.join(moved)} changed: reload the code location, or start Dagster again")
    return watch.project


@cache
def settings_watch(root: Path) -> SettingsWatch:
    """Return what follows the settings of a project from when its definitions were loaded, one for the process."""
    return SettingsWatch(open_project(root), follows=lambda key: not key.startswith(LOADED))
