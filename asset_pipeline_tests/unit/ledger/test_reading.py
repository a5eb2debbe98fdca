"""Reading beside running work changes nothing, reaches nothing else and keeps nobody out for good."""

import duckdb
import pytest

from asset_pipeline.errors import LedgerBusyError, SetupError
from asset_pipeline.ledger import Database, Held
from asset_pipeline.ledger.reading import read_only
from asset_pipeline_tests.support.ledgers import intent_for, wait_for


def test_a_reader_sees_what_is_committed_while_the_ledger_is_in_use(ledger):
    for number in range(3):
        assert isinstance(wait_for(lambda n=number: ledger.hold(intent_for(str(n)))), Held)
        with read_only(ledger.database.path) as connection:
            assert connection.execute("SELECT count(*) FROM calls").fetchone() == (number + 1,)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM store.entries",
        "UPDATE store.balances SET spent_usd = 0",
        "CREATE TABLE mine (n INTEGER)",
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO 'out.csv'",
        "ATTACH 'other.duckdb'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_a_reader_can_change_nothing_and_reach_no_other_file(ledger, sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wait_for(lambda: ledger.hold(intent_for("a")))
    with read_only(ledger.database.path) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql).fetchall()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert ledger.totals().open_calls == 1


def test_there_is_nothing_to_read_before_there_is_a_ledger_and_none_is_made(tmp_path):
    with pytest.raises(SetupError, match="there is no ledger yet"), read_only(tmp_path / "pipeline.duckdb"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_writer_waits_for_a_reader_and_works_after_it(ledger):
    with Database(ledger.database.path, lock_timeout_s=0.05) as impatient:
        with read_only(ledger.database.path), pytest.raises(LedgerBusyError):
            impatient.run(lambda connection: None)
        assert impatient.run(lambda connection: "in") == "in"
