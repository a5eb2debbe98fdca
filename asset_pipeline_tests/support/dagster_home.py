"""Dagster around a project: its instance in this process, runs of its images, and a server with a daemon beside it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import httpx
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from asset_pipeline.definitions import defs
from asset_pipeline.image_work import Asset
from asset_pipeline_tests.support.projects import FolderProject

PROGRAMS = Path(sys.executable).parent
IMAGES = dg.AssetKey(str(Asset.GENERATED_IMAGES))
STOP_S = 30.0
Found = TypeVar("Found")


def settle_in(project: FolderProject, monkeypatch: pytest.MonkeyPatch) -> FolderProject:
    """Let this process work in a project, as one that was started in its folder."""
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("DAGSTER_HOME", str(project.root))
    for name, value in project.env.items():
        monkeypatch.setenv(name, value)
    return project


def make(
    instance: dg.DagsterInstance, first: str, last: str | None = None, *, assets: Sequence[Asset] = tuple(Asset)
) -> dg.ExecuteInProcessResult:
    """Run a range of images through Dagster in this process; a failure is a result."""
    job = defs().resolve_job_def("images_job")
    with warnings.catch_warnings():
        # Dagster's own code, warned of by Dagster.
        warnings.filterwarnings("ignore", "InitResourceContext.dagster_run is deprecated", DeprecationWarning)
        return job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(str(asset)) for asset in assets],
            tags={ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last or first},
            raise_on_error=False,
        )


def last_materialization(
    instance: dg.DagsterInstance, key: str, asset: Asset = Asset.GENERATED_IMAGES
) -> dg.AssetMaterialization:
    """Return the newest materialization of an image's stage."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(str(asset)), asset_partitions=[key]), limit=1
    ).records
    materialization = records[0].asset_materialization
    assert materialization is not None
    return materialization


def poll(look: Callable[[], Found | None], *, within_s: float, what: str) -> Found:
    """Look again and again until there is something to see; the test fails if there never is."""
    give_up_at = time.monotonic() + within_s
    pause = threading.Event()
    while time.monotonic() < give_up_at:
        found = look()
        if found:
            return found
        pause.wait(0.3)
    raise AssertionError(f"{what} did not happen within {within_s:.0f} s")


@dataclass(frozen=True)
class DevServer:
    """A running `dagster dev`.

    Args:
        url: Its address.
        project: What it serves.
        log: What it prints.
    """

    url: str
    project: FolderProject
    log: Path

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data that answers a GraphQL query."""
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=30).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def materialized(self) -> set[str]:
        """Return the partitions of the finished images that it shows as materialized."""
        data = self.ask(
            '{ assetNodeOrError(assetKey: {path: ["generated_images"]}) { ... on AssetNode { assetPartitionStatuses {'
            " ... on DefaultPartitionStatuses { materializedPartitions } } } } }"
        )
        return set(data["assetNodeOrError"]["assetPartitionStatuses"]["materializedPartitions"])


@contextmanager
def dev_server(project: FolderProject) -> Iterator[DevServer]:
    """Serve a project by `dagster dev` on a free port, for as long as the context lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = project.root / "dev.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(PROGRAMS / "dagster"), "dev", "--host", "127.0.0.1", "--port", str(port)],
            cwd=project.root,
            env=project.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        server = DevServer(f"http://127.0.0.1:{port}", project, log)
        poll(lambda: _answers(server, process), within_s=90, what="the start of `dagster dev`")
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # whatever of its own group is left
        process.wait()


def _answers(server: DevServer, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, server.log.read_text()
    with contextlib.suppress(httpx.TransportError):
        return bool(server.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"))
    return False
