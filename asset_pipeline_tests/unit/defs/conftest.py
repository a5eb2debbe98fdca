"""Fixtures: this process in a project, with Dagster's instance of it."""

import dagster as dg
import pytest

from asset_pipeline_tests.support.dagster_home import settle_in


@pytest.fixture
def home(project, monkeypatch):
    """A project that this process works in."""
    return settle_in(project, monkeypatch)


@pytest.fixture
def instance(home):
    """The project's own Dagster instance."""
    with dg.DagsterInstance.get() as one:
        yield one
