"""Logs: structured, without secrets, for people on standard error and as JSON lines in files."""

from asset_pipeline.logs.context import ContextExecutor, bound
from asset_pipeline.logs.libraries import guard_libraries
from asset_pipeline.logs.setup import configure, configure_unless_done, set_level, to_files

__all__ = [
    "ContextExecutor",
    "bound",
    "configure",
    "configure_unless_done",
    "guard_libraries",
    "set_level",
    "to_files",
]
