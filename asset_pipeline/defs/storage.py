"""Dagster's own files, under the project's data directory wherever that is and wherever Dagster was started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from asset_pipeline.paths import ROOT_VARIABLE, SETTINGS_FILE, find_root
from asset_pipeline.settings_sources import load_settings

NO_CONFIG: dict[str, Any] = {}


def dagster_folder() -> Path:
    """Return the folder of Dagster's files: of the project that DAGSTER_HOME names, else of the one around us."""
    home = os.environ.get("DAGSTER_HOME")
    at_home = Path(home) if home and (Path(home) / SETTINGS_FILE).is_file() else None
    root = find_root() if ROOT_VARIABLE in os.environ else at_home or find_root()
    return load_settings(root).paths(root).dagster


class StorageInDataDir(DagsterSqliteStorage):
    """Runs, events and schedules as SQLite files."""

    @classmethod
    def config_type(cls) -> Any:  # noqa: ANN401 - dagster's own signature
        """Take no configuration."""
        return NO_CONFIG

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - dagster's own signature
    ) -> StorageInDataDir:
        """Open the storage."""
        return cls.from_local(str(dagster_folder()), inst_data=inst_data)


class ArtifactsInDataDir(LocalArtifactStorage):
    """Files that Dagster keeps beside its storage."""

    @classmethod
    def config_type(cls) -> Any:  # noqa: ANN401 - dagster's own signature
        """Take no configuration."""
        return NO_CONFIG

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - dagster's own signature
    ) -> ArtifactsInDataDir:
        """Open the storage."""
        return cls(str(dagster_folder()), inst_data=inst_data)


class LogsInDataDir(LocalComputeLogManager):
    """What runs print."""

    @classmethod
    def config_type(cls) -> Any:  # noqa: ANN401 - dagster's own signature
        """Take no configuration."""
        return NO_CONFIG

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - dagster's own signature
    ) -> LogsInDataDir:
        """Open the storage."""
        return cls(str(dagster_folder() / "logs"), inst_data=inst_data)
