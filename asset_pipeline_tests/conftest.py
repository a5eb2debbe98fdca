"""Fixtures for all tests: nothing of the person's own settings reaches a test, and no test reaches the network."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from asset_pipeline.redaction import forget_all
from asset_pipeline_tests.support.attacks import Outside
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.sandboxes import ServedSandbox, served

# The same examples every time, so that what passes here passes elsewhere; `make soak` looks for new ones.
hypothesis.settings.register_profile("test", derandomize=True, database=None)
hypothesis.settings.register_profile("soak", max_examples=2000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))


HERE = Path(__file__).parent
FLOWS = ("browser/", "chaos/", *(f"integration/{name}/" for name in ("dagster", "ledger", "pipeline", "rollout")))


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the settings, keys and Dagster home of whoever runs the tests, and the secrets of the test before."""
    for name in list(os.environ):
        if name.startswith(("ASSET_PIPELINE", "DAGSTER_HOME", "REPLICATE_", "OPENROUTER_API")):
            monkeypatch.delenv(name)
    forget_all()


@pytest.fixture
def project(tmp_path: Path) -> FolderProject:
    """A project in a folder of its own, with a quick sandbox in process."""
    return FolderProject.make(tmp_path / "project")


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """A place outside of everything, which is as it was when the test ends: nothing read, changed or new."""
    one = Outside.make(tmp_path / "outside")
    yield one
    assert one.facts() == one.before


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[ServedSandbox]:
    """A sandbox served over HTTP."""
    with served(tmp_path / "sandbox") as one:
        yield one


@pytest.fixture
def served_project(project: FolderProject, sandbox: ServedSandbox) -> FolderProject:
    """A project whose commands use the served sandbox, with an empty ledger."""
    new_ledger(project.database)
    project.set(sandbox__url=sandbox.url)
    return project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage of flows that other processes work in: it would take minutes and add nothing."""
    for item in items:
        if item.path.relative_to(HERE).as_posix().startswith(FLOWS):
            item.add_marker("no_cover")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the chaos tests have tried and measured: kills and scripts of faults in all, and what was measured."""
    counted: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in report.user_properties:
                if isinstance(value, str):
                    terminalreporter.write_line(f"{name}: {value}")
                else:
                    counted[f"{name} {outcome}"] += value
    for name, count in sorted(counted.items()):
        terminalreporter.write_line(f"chaos: {count} {name}")
