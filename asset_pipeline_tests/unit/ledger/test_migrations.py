"""The database's history: every step once, with its record or not at all, and never backwards."""

import duckdb
import pytest

from asset_pipeline.errors import LedgerNewerError
from asset_pipeline.ledger import Database, migrations
from asset_pipeline_tests.support.ledgers import rows

STEPS = list(migrations.steps())
RECORDS = "SELECT version, name FROM store.migrations ORDER BY version"


def add_step(monkeypatch, sql):
    """Add a step to the history, and return its version."""
    version = STEPS[-1][0] + 1
    monkeypatch.setattr(migrations, "steps", lambda: iter([*STEPS, (version, "more", sql)]))
    return version


def test_versions_are_numbered_from_1_without_a_gap():
    assert [version for version, _, _ in STEPS] == list(range(1, len(STEPS) + 1))


def test_a_new_database_has_every_step_recorded_once_however_often_it_is_opened(tmp_path):
    for _ in range(3):
        with Database(tmp_path / "pipeline.duckdb") as database:
            assert rows(database, RECORDS) == [(version, name) for version, name, _ in STEPS]


def test_only_the_steps_that_are_missing_are_applied_and_what_was_there_stays(tmp_path, monkeypatch):
    path = tmp_path / "pipeline.duckdb"
    with Database(path) as database:
        rows(database, "INSERT INTO store.prompts VALUES ('a.b.c', 'key', 'text', now()::TIMESTAMP) RETURNING 1")
        before = rows(database, "SELECT * FROM store.migrations")
    version = add_step(monkeypatch, "ALTER TABLE store.prompts ADD COLUMN mood VARCHAR DEFAULT 'calm'")
    with Database(path) as database:
        assert rows(database, "SELECT image_key, mood FROM store.prompts") == [("a.b.c", "calm")]
        records = rows(database, "SELECT * FROM store.migrations ORDER BY version")
    assert records[:-1] == before
    assert records[-1][:2] == (version, "more")


def test_a_step_that_breaks_leaves_nothing_behind_and_the_database_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "pipeline.duckdb"
    with Database(path) as database:
        rows(database, "SELECT 1")
    with monkeypatch.context() as patched:
        add_step(patched, "CREATE TABLE store.half (n INTEGER); SELECT * FROM store.nowhere;")
        with Database(path) as database, pytest.raises(duckdb.CatalogException, match="nowhere"):
            rows(database, "SELECT 1")
    with Database(path) as database:
        assert rows(database, RECORDS) == [(version, name) for version, name, _ in STEPS]
        assert rows(database, "SELECT * FROM duckdb_tables() WHERE table_name = 'half'") == []


def test_a_database_of_a_newer_version_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    newer = STEPS[-1][0] + 1
    with Database(path) as database:
        rows(database, "INSERT INTO store.migrations VALUES ($1, 'future', now()::TIMESTAMP) RETURNING 1", newer)
    with Database(path) as database, pytest.raises(LedgerNewerError, match=f"version {newer}") as caught:
        rows(database, "DELETE FROM store.migrations RETURNING 1")
    assert caught.value.exit_code == 2
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute(RECORDS).fetchall() == [*((v, name) for v, name, _ in STEPS), (newer, "future")]
