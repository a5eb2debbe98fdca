"""Projects that hold nothing but a ledger."""

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.paths import Paths
from asset_pipeline_tests.support.filled import VERSIONS, make_old
from asset_pipeline_tests.support.ledgers import new_ledger, open_ledger


def places(root):
    """Return the places of a project at `root`, which needs a ledger."""
    return Paths(root=root, data=root / "data", specs=root / "data" / "specs")


@pytest.fixture
def paths(tmp_path):
    """The places of a project without a ledger."""
    return places(tmp_path / "project's")


@pytest.fixture
def filled(paths):
    """The places of a project whose ledger has rows in every table."""
    make_old(paths.database, VERSIONS)
    return paths


@pytest.fixture
def ledger(paths):
    """The ledger of a project, with generous limits; close its database before you restore."""
    with Database(new_ledger(paths.database)) as database:
        yield open_ledger(database)
