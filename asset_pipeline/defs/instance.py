"""The Dagster instance as the command line uses it: the same one that the UI shows."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dotenv import dotenv_values

from asset_pipeline.defs.partitions import PartitionChange, apply_to_instance
from asset_pipeline.errors import SetupError
from asset_pipeline.project import Project
from asset_pipeline.specs import Catalog

# What a command prints belongs on its terminal; capturing it would take two more processes.
WITHOUT_CAPTURE = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}


def open_instance(project: Project) -> dg.DagsterInstance:
    """Return the instance that DAGSTER_HOME names, or the project's own.

    Raises:
        SetupError: DAGSTER_HOME has no dagster.yaml.
    """
    from_file = dotenv_values(project.root / ".env").get("DAGSTER_HOME")
    home = os.environ.setdefault("DAGSTER_HOME", from_file or str(project.root))
    if not (Path(home) / "dagster.yaml").is_file():
        raise SetupError(
            f"DAGSTER_HOME is {home}, but there is no dagster.yaml in it",
            fix=f"set DAGSTER_HOME={project.root} in .env, or unset it",
        )
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(home, overrides=WITHOUT_CAPTURE))


def partitions_in_step(project: Project, catalog: Catalog) -> PartitionChange:
    """Bring the instance's partitions in step with the catalog."""
    with open_instance(project) as instance:
        return apply_to_instance(instance, catalog)
