"""A project in a folder of its own, used as a person uses one: files in it, commands run in it, its ledger asked."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from asset_pipeline.project import Project, open_project
from asset_pipeline_tests.support.forks import forks
from asset_pipeline_tests.support.ledgers import new_ledger

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).parent / "asset-pipeline"
SETUP = ("pipeline.yaml", "dagster.yaml", "workspace.yaml")
FAST = {"ASSET_PIPELINE__SANDBOX__LATENCY_S": "0.02", "ASSET_PIPELINE__REPLICATE__POLL_S": "0.02"}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.out)


@dataclass
class FolderProject:
    """A project in a folder.

    Args:
        root: The folder.
        env: Variables for everything that runs in it, besides PATH and the like.
    """

    root: Path
    env: dict[str, str] = field(default_factory=lambda: dict(FAST))

    @classmethod
    def make(cls, root: Path) -> FolderProject:
        """Make a project as a clone has it, without specs."""
        (root / "data" / "specs").mkdir(parents=True)
        for name in SETUP:
            shutil.copy(REPOSITORY / name, root / name)
        shutil.copytree(_empty_storage(), root / "data" / "dagster")
        return cls(root)

    @classmethod
    def make_used(cls, root: Path) -> FolderProject:
        """Make a project in which a command has run: it has a ledger, which is empty."""
        project = cls.make(root)
        new_ledger(project.database)
        return project

    def spec(self, text: str, name: str = "spec.yaml") -> Path:
        """Write a spec into the folder of specs."""
        path = self.root / "data" / "specs" / name
        path.write_text(text, encoding="utf-8")
        return path

    def set(self, **settings: object) -> None:
        """Change settings by the environment: `set(budget__total_usd="0.10")`."""
        self.env |= {f"ASSET_PIPELINE__{name.upper()}": str(value) for name, value in settings.items()}

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a process in this project."""
        ours = ("ASSET_PIPELINE", "DAGSTER", "REPLICATE", "OPENROUTER")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        quiet = {"DAGSTER_DISABLE_TELEMETRY": "1", "NO_COLOR": "1", "COLUMNS": "200"}
        return kept | quiet | {"DAGSTER_HOME": str(self.root)} | self.env | dict(extra or {})

    def command(self, *arguments: object, timeout_s: float = 120.0, **extra: str) -> Ran:
        """Run `asset-pipeline` in the project, as a process of its own; `extra` are variables."""
        if any(name.startswith("PYTHON") for name in extra):  # Python reads those when it starts
            return self.execute(COMMAND, *arguments, timeout_s=timeout_s, **extra)
        words = [str(COMMAND), *(str(one) for one in arguments)]
        done = forks().run(words, cwd=self.root, env=self.environment(extra), timeout_s=timeout_s)
        return Ran(done.returncode, done.stdout, done.stderr)

    def execute(self, program: object, *arguments: object, timeout_s: float = 120.0, **extra: str) -> Ran:
        """Run a program in the project; `extra` are variables."""
        done = subprocess.run(
            [str(program), *(str(one) for one in arguments)],
            cwd=self.root,
            env=self.environment(extra),
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, program: object = COMMAND, **extra: str) -> subprocess.Popen[str]:
        """Start a program and leave it running; the test ends it."""
        return subprocess.Popen(
            [str(program), *(str(one) for one in arguments)],
            cwd=self.root,
            env=self.environment(extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def open(self, **overrides: Any) -> Project:
        """Return the project as this process sees it; `overrides` are a tree of settings."""
        return open_project(self.root, overrides=overrides)

    @property
    def database(self) -> Path:
        """The ledger's file."""
        return self.root / "data" / "pipeline.duckdb"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the ledger, while nobody else uses it."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str, *values: object) -> None:
        """Change the ledger behind its back, while nobody else uses it."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(sql, values)

    def images(self) -> dict[str, Path]:
        """Return the finished files by image key."""
        folder = self.root / "data" / "images"
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
        return {".".join([*path.relative_to(folder).parts[:2], path.stem]): path for path in files}


@cache
def _empty_storage() -> Path:
    """Return Dagster's storage as its first use leaves it; making it for each project would take longer than a run."""
    root = Path(tempfile.mkdtemp(prefix="dagster-storage-"))
    atexit.register(shutil.rmtree, root)
    for name in SETUP:
        shutil.copy(REPOSITORY / name, root / name)
    ran = FolderProject(root).execute(sys.executable, "-c", _OPEN_STORAGE)
    assert ran.code == 0, ran.err
    return root / "data" / "dagster"


_OPEN_STORAGE = """
from dagster import DagsterInstance
with DagsterInstance.get() as instance:
    instance.get_run_records(), instance.event_log_storage.get_asset_records(), instance.all_instigator_state()
"""
