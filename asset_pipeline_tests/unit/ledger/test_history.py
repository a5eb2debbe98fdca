"""Ledgers of every version there ever was are brought up to date, kept before that, and keep all they hold."""

import shutil

import duckdb
import pytest

from asset_pipeline.errors import LedgerDiskError, LedgerFileError, LedgerNewerError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.opening import connect
from asset_pipeline.ledger.soundness import disagreements
from asset_pipeline.ledger.upgrade import tables
from asset_pipeline_tests.support.filled import VERSIONS, columns_of, kept, make_old

NEWEST = VERSIONS[-1]
# A page that did not say whether a model is official was refused by the first ledgers that knew pages.
STRICT = {"is_official BOOLEAN,": "is_official BOOLEAN NOT NULL,"}
HISTORY = {f"version {version}": (range(1, version + 1), {}) for version in range(1, NEWEST)} | {
    "6 before 5": ((1, 2, 3, 4, 6), STRICT),
    "6 as it was": (range(1, 7), STRICT),
    "8 before 7": ((1, 2, 3, 4, 5, 6, 8), {}),
}


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    """What a new ledger looks like."""
    with Database(tmp_path_factory.mktemp("new") / "pipeline.duckdb") as database:
        return database.run(shape)


def read(path):
    with connect(path, read_only=True) as connection:
        return columns_of(connection), kept(connection)


@pytest.mark.parametrize(("versions", "edits"), HISTORY.values(), ids=HISTORY.keys())
def test_an_old_ledger_becomes_a_new_one_with_every_row_in_it_and_is_kept_beside_it(tmp_path, new, versions, edits):
    old = tmp_path / "data" / "pipeline.duckdb"
    make_old(old, versions, edits=edits)
    columns, before = read(old)
    with Database(old) as database:
        assert database.run(shape) == new
    with connect(old) as connection:
        assert kept(connection, columns) == {table: rows for table, rows in before.items() if table != "migrations"}
        assert [version for version, *_ in kept(connection)["migrations"]] == list(range(1, NEWEST + 1))
        assert {*kept(connection)["migrations"]} > {*before["migrations"]}
        for (view,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            connection.execute(f"SELECT * FROM main.{view}").fetchall()
        connection.execute(
            "INSERT INTO store.model_pages VALUES ('live', 'm', NULL, NULL, '{}', '{}', now()::TIMESTAMP)"
        )
        assert list(disagreements(connection)) == []
    (copy,) = (old.parent / "backups" / "database").iterdir()
    assert copy.name.startswith(f"pipeline-v{max(versions):04}-")
    assert read(copy) == (columns, before)


def shape(connection):
    """Return columns and views, in no order: a step that came late adds its columns late."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()"
        " WHERE schema_name IN ('store', 'main') AND NOT internal"
    ).fetchall()
    sequences = connection.execute("SELECT sequence_name FROM duckdb_sequences()").fetchall()
    return sorted(columns), sorted(sequences), tables(connection)


def test_a_new_or_empty_ledger_is_not_kept(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    for _ in range(2):
        with Database(path) as database:
            database.run(lambda connection: None)
    assert not (tmp_path / "backups").exists()


def test_where_there_is_no_room_for_the_copy_nothing_is_migrated(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    make_old(path, range(1, 4))
    before = read(path)
    (tmp_path / "backups").write_text("in the way")
    with Database(path) as database, pytest.raises(LedgerDiskError):
        database.run(lambda connection: None)
    assert read(path) == before


@pytest.mark.parametrize(
    ("row", "error", "said"),
    [
        ((NEWEST + 1, "future"), LedgerNewerError, f"version {NEWEST + 1}, this program knows up to {NEWEST}"),
        ((3, "other"), LedgerFileError, "step 3 of the ledger is 'other'"),
    ],
)
def test_a_ledger_that_is_not_of_our_history_is_refused_and_not_touched(tmp_path, row, error, said):
    path = tmp_path / "pipeline.duckdb"
    make_old(path, range(1, 6))
    with connect(path) as connection:
        connection.execute("INSERT OR REPLACE INTO store.migrations VALUES (?, ?, now()::TIMESTAMP)", list(row))
    before = path.read_bytes()
    with Database(path) as database, pytest.raises(error, match=said) as caught:
        database.run(lambda connection: None)
    assert caught.value.exit_code == 2
    assert path.read_bytes() == before
    assert not (tmp_path / "backups").exists()


def test_another_programs_duckdb_file_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE customers AS SELECT 1 AS id")
    before = shutil.copy(path, tmp_path / "copy").read_bytes()
    with Database(path) as database, pytest.raises(LedgerFileError, match=r"another program's .* main\.customers"):
        database.run(lambda connection: None)
    assert path.read_bytes() == before
