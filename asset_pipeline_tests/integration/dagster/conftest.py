"""Fixtures: a project whose specs were taken in, with Dagster's instance of it in this process."""

import dagster as dg
import pytest

from asset_pipeline.defs.partitions import apply_to_instance
from asset_pipeline.ledger import Database
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.support.dagster_home import settle_in


@pytest.fixture
def instance(project, monkeypatch):
    """The project's own Dagster instance, with this process in the project's folder."""
    settle_in(project, monkeypatch)
    with dg.DagsterInstance.get() as one:
        yield one


@pytest.fixture
def synced(project, instance):
    """Write a spec and take it in, as `sync` does; return the keys of its images."""

    def sync(text):
        collections = require_specs([project.spec(text)], root=project.root, max_file_mb=1)
        with Database(project.database) as database:
            catalog = Catalog(database)
            catalog.sync(collections)
            return list(apply_to_instance(instance, catalog).add)

    return sync
