"""A database of its own for every test, and a ledger with generous limits in it."""

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline_tests.support.ledgers import new_ledger, open_ledger


@pytest.fixture
def database(tmp_path):
    """An empty database."""
    with Database(new_ledger(tmp_path / "data" / "pipeline.duckdb")) as one:
        yield one


@pytest.fixture
def ledger(database):
    """A ledger in which every limit is 25 USD, with a margin of 5 %."""
    return open_ledger(database)
