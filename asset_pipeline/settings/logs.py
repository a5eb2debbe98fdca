"""The settings of the log files and of what is measured beside the work; see `asset_pipeline.logs`."""

from __future__ import annotations

from pydantic import Field

from asset_pipeline.settings.section import Section


class LogSettings(Section):
    """Log files: JSON lines of `log_level` and above, in `logs` in the data directory."""

    files: bool = Field(True, description="Keep log files.")
    max_mb: float = Field(20, gt=0, le=1000, description="Size at which a new file is begun, in megabytes.")
    rotate_hours: float = Field(24, gt=0, le=744, description="Age at which a new file is begun, in hours.")
    keep_days: int = Field(30, ge=1, le=3650, description="How long packed files are kept, in days.")
    keep_files: int = Field(60, ge=1, le=10_000, description="How many packed files are kept at most.")
    loop_monitor: bool = Field(
        False, description="Measure how long a run's event loop is blocked; `stats` shows it, and the log what did it."
    )
