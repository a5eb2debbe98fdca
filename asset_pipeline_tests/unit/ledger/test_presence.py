"""Presence: many work with a ledger, and it is replaced only while nobody does."""

import pytest

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger import Database, presence
from asset_pipeline.ledger.presence import Presence
from asset_pipeline_tests.support.ledgers import rows


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A database file, whose replacers are impatient."""
    monkeypatch.setattr(presence, "REPLACE_TIMEOUT_S", 0.05)
    return tmp_path / "data" / "pipeline.duckdb"


def test_a_ledger_is_not_replaced_while_somebody_works_with_it(path):
    with Database(path) as one, Database(path) as other:
        assert rows(one, "SELECT 1") == rows(other, "SELECT 1")
        with (
            pytest.raises(LedgerBusyError, match=r"another process works with pipeline\.duckdb"),
            Presence(path).alone(),
        ):
            pytest.fail("two at once")
    with Presence(path).alone():
        pass


def test_whoever_comes_while_it_is_replaced_waits_and_is_told(path):
    with Database(path, lock_timeout_s=0.05) as database:
        with Presence(path).alone(), pytest.raises(LedgerBusyError, match=r"pipeline\.duckdb is being replaced"):
            rows(database, "SELECT 1")
        assert rows(database, "SELECT 1") == [(1,)]
