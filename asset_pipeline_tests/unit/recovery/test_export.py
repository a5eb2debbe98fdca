"""Export and import: the same bytes again, all of it or nothing, and no file but their own."""

import json
import os
import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asset_pipeline.errors import BackupError, LedgerNewerError, SetupError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.identity import read_ledger_id
from asset_pipeline.ledger.opening import connect
from asset_pipeline.recovery.backup import make_backup
from asset_pipeline.recovery.export import export
from asset_pipeline.recovery.kept_files import check_paths
from asset_pipeline.recovery.load import load
from asset_pipeline_tests.support.attacks import ATTACKS
from asset_pipeline_tests.support.filled import COSTS, VERSIONS, kept, make_old
from asset_pipeline_tests.support.ledgers import intent_for, open_ledger, rows, wait_for
from asset_pipeline_tests.unit.recovery.conftest import places


def content(folder):
    """Return every file of an export."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def there_and_back(paths, tmp_path):
    """Export, import elsewhere, and export again; return both exports and the other project."""
    for name in ("first", "second", "other"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    other = places(tmp_path / "other")
    export(paths, tmp_path / "first", now=utc_now())
    load(other, tmp_path / "first", now=utc_now())
    export(other, tmp_path / "second", now=utc_now())
    return content(tmp_path / "first"), content(tmp_path / "second"), other


def test_what_is_exported_imported_and_exported_again_is_the_same_byte_by_byte(filled, tmp_path):
    first, second, other = there_and_back(filled, tmp_path)
    assert first == second
    with connect(filled.database) as ours, connect(other.database) as theirs:
        assert kept(theirs) == kept(ours)
    told = json.loads(first["manifest.json"])
    assert len(first) == 2 + 2 * len(told["tables"])
    for name in told["tables"]:
        assert len(json.loads(first[f"tables/{name}.json"])) == told["tables"][name]["rows"]


def test_the_folder_that_one_is_in_is_a_place_for_an_export(filled, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = export(filled, Path(), now=utc_now())
    assert done.folder == Path()  # as it was given
    assert (tmp_path / "here" / "manifest.json").is_file()


def test_an_imported_ledger_is_another_one_as_it_counts_anew(filled, tmp_path):
    _, _, other = there_and_back(filled, tmp_path)
    with connect(filled.database) as ours, connect(other.database) as theirs:
        assert read_ledger_id(theirs) != read_ledger_id(ours)


TEXTS = st.text(max_size=20)
MONEY = st.decimals(Decimal("-999999999"), Decimal("999999999"), places=9)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - as the database keeps it
CALLS = st.lists(
    st.tuples(TEXTS, st.lists(TEXTS, max_size=3), MONEY, st.none() | MONEY, st.none() | TEXTS, TIMES),
    min_size=20,
    max_size=40,
)
FLOATS = st.lists(
    st.tuples(st.floats(), st.floats(), st.booleans(), st.integers(0, 2**64 - 1)), min_size=20, max_size=40
)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS, floats=FLOATS)
def test_any_value_that_a_ledger_can_hold_comes_back(filled, tmp_path, calls, floats):
    with connect(filled.database) as connection:
        connection.execute("DELETE FROM store.calls; DELETE FROM store.checks; DELETE FROM store.looks; BEGIN")
        for n, (text, texts, worst, cost, note, moment) in enumerate(calls):
            row = [str(n), "m", text, text, text, text, text, text, text, text, text, worst, texts, note, text, text]
            marks = ", ".join("?" for _ in range(23))
            connection.execute(
                f"INSERT INTO store.calls VALUES ({marks})", [*row, note, cost, note, text, note, moment, moment]
            )
        for n, (value, threshold, passed, number) in enumerate(floats):
            check = "(?, 'n', 'k', ?, 'u', 'at most', ?, ?, 'warn', '', now()::TIMESTAMP)"
            connection.execute(f"INSERT INTO store.checks VALUES {check}", [str(n), value, threshold, passed])
            connection.execute("INSERT INTO store.looks VALUES (?, 'k', ?)", [str(n), number])
        connection.execute("COMMIT")
    first, second, _ = there_and_back(filled, tmp_path)
    assert first == second
    assert len(json.loads(first["tables/checks.json"], parse_constant=pytest.fail)) == len(floats)


def test_money_is_text_in_json_and_each_image_is_listed_with_its_file_its_cost_and_its_calls(filled, tmp_path):
    done = export(filled, tmp_path / "out", now=utc_now())
    assert done.images == 3
    balances = json.loads((tmp_path / "out" / "tables" / "balances.json").read_bytes())
    assert {one["spent_usd"] for one in balances} == {str(sum(COSTS))}
    images = json.loads((tmp_path / "out" / "images.json").read_bytes())
    assert [(one["image_key"], one["path"], one["cost_usd"], one["call_ids"]) for one in images] == [
        ("test.icons.anchor", "images/test/icons/anchor.png", "0.000000000", ["call-2"]),
        ("test.icons.compass", "images/test/icons/compass.png", "0.000000000", ["call-1"]),
        ("test.icons.lantern", "images/test/icons/lantern.png", str(COSTS[0]), ["call-0"]),
    ]
    assert all(one["sha256"] and one["bytes"] and one["format"] == "png" for one in images)


def test_an_imported_ledger_goes_on_where_the_exported_one_stopped(paths, ledger, tmp_path):
    wait_for(lambda: ledger.hold(intent_for("a")))
    before = rows(ledger.database, "SELECT max(entry_id) FROM store.entries")[0][0]
    _, _, other = there_and_back(paths, tmp_path)
    with Database(other.database) as database:
        wait_for(lambda: open_ledger(database).hold(intent_for("b")))
        assert rows(database, "SELECT entry_id FROM store.entries WHERE entry_id > $1", before) == [(before + 1,)]


def test_an_export_of_an_older_version_is_imported_and_brought_up_to_date(filled, tmp_path, monkeypatch):
    from asset_pipeline.ledger import migrations

    old, steps = places(tmp_path / "old"), list(migrations.steps())
    make_old(old.database, range(1, 9))
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "steps", lambda: iter(steps[:8]))
        export(old, tmp_path / "export", now=utc_now())
    new = places(tmp_path / "new")
    load(new, tmp_path / "export", now=utc_now())
    with connect(new.database) as connection:
        assert [version for version, *_ in kept(connection)["migrations"]] == VERSIONS
        assert len(kept(connection)["reviews"]) == 3


def test_an_export_gives_way_to_a_newer_one_and_nothing_else_does(filled, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    export(filled, folder, now=utc_now())
    before = content(folder)
    export(filled, folder, now=utc_now() + timedelta(days=1))
    assert content(folder) == before
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(BackupError, match=r"holds more than an export: notes\.txt"):
        export(filled, folder, now=utc_now())
    assert content(folder) == before | {"notes.txt": b"mine"}
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    for name in ("full", "link", "full/notes.txt"):
        with pytest.raises(BackupError):
            export(filled, tmp_path / name, now=utc_now())
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_without_a_ledger_there_is_nothing_to_export(paths, tmp_path):
    with pytest.raises(SetupError, match="there is no ledger yet"):
        export(paths, tmp_path / "out", now=utc_now())
    assert not (tmp_path / "out").exists()


def change(name, edit):
    """Return what changes a file of an export; a file of a table together with its hash in the manifest."""

    def spoil(folder):
        (folder / name).write_bytes(edit((folder / name).read_bytes()))

    return spoil


def told(**changes):
    """Return what changes the manifest."""
    return change("manifest.json", lambda data: json.dumps(json.loads(data) | changes).encode())


SEQUENCES = ("delivery_ids", "entry_ids", "run_wish_ids")
SPOILT = {
    "a table's file changed": (change("tables/calls.parquet", lambda data: data[:-1] + b"!"), BackupError),
    "a table's text changed": (
        change("tables/calls.json", lambda data: data.replace(b"replicate", b"replicant")),
        BackupError,
    ),
    "the images changed": (change("images.json", lambda data: data + b" "), BackupError),
    "a file is gone": (lambda folder: (folder / "tables" / "calls.json").unlink(), BackupError),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), BackupError),
    "no JSON": (change("manifest.json", lambda data: data[:100]), BackupError),
    "a list": (change("manifest.json", lambda data: b"[]"), BackupError),
    "another format": (told(format=2), BackupError),
    "no tables": (told(tables={}), BackupError),
    "a table elsewhere": (told(tables={"../../secret": {"json": "", "parquet": ""}}), BackupError),
    "a future version": (told(steps=[[999, "future"]]), LedgerNewerError),
    "no sequences": (told(sequences={}), BackupError),
    "an endless sequence": (told(sequences=dict.fromkeys(SEQUENCES, 10**12)), BackupError),
    "nonsense": (told(steps="x", tables=7), BackupError),
}


@pytest.mark.parametrize(("spoil", "error"), SPOILT.values(), ids=SPOILT.keys())
def test_an_export_that_was_changed_is_not_imported_at_all(exported, tmp_path, spoil, error):
    folder, other = tmp_path / "export", places(tmp_path / "other")
    shutil.copytree(exported, folder)
    spoil(folder)
    with pytest.raises(error) as caught:
        load(other, folder, now=utc_now())
    assert caught.value.exit_code == 2
    assert not [path for path in other.data.glob("*duckdb") if path.is_file()]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """An export of a ledger with rows in every table."""
    root = tmp_path_factory.mktemp("exported")
    make_old(places(root).database, VERSIONS)
    return export(places(root), root / "export", now=utc_now()).folder


def test_stored_paths_that_lead_out_of_the_data_directory_are_not_imported(filled, tmp_path):
    with connect(filled.database) as connection:
        taken = []
        for title, attack in ATTACKS.items():
            if is_text(attack):
                connection.execute("UPDATE store.renditions SET path = ? WHERE path LIKE '%lantern%'", [attack])
                with pytest.raises(BackupError, match="leads out"):
                    check_paths(connection)
                connection.execute("UPDATE store.renditions SET path = 'images/lantern.png' WHERE path = ?", [attack])
                taken.append(title)
        assert len(taken) > 200
        connection.execute("UPDATE store.originals SET path = '../../etc/passwd' WHERE path LIKE '%anchor%'")
    export(filled, tmp_path / "export", now=utc_now())
    with pytest.raises(BackupError, match="leads out"):
        load(places(tmp_path / "other"), tmp_path / "export", now=utc_now())
    assert not places(tmp_path / "other").database.exists()


def test_stored_paths_that_are_one_file_on_some_disks_are_not_imported(filled):
    with connect(filled.database) as connection:
        connection.execute("UPDATE store.renditions SET path = 'images/Lantern.png' WHERE path LIKE '%lantern%'")
        connection.execute("UPDATE store.deliveries SET path = 'images/lantern.PNG' WHERE path LIKE '%lantern%'")
        with pytest.raises(BackupError, match="two files of the export are one"):
            check_paths(connection)


def is_text(attack):
    """Say whether DuckDB can hold it."""
    return attack.isascii() or not any(0xD800 <= ord(one) <= 0xDFFF for one in attack)


def test_a_ledger_that_holds_anything_is_not_overwritten(filled, exported):
    before = filled.database.read_bytes()
    with pytest.raises(BackupError, match="is not empty"):
        load(filled, exported, now=utc_now())
    assert filled.database.read_bytes() == before


def test_a_ledger_that_was_only_looked_at_counts_as_empty(paths, ledger, exported):
    ledger.database.close()
    assert load(paths, exported, now=utc_now()).rows["calls"] == 3
    with connect(paths.database) as connection:
        assert len(kept(connection)["calls"]) == 3


def test_what_killed_processes_have_left_is_removed_and_nothing_that_others_are_writing(filled, tmp_path):
    gone, alive = 2**22 + 1, os.getpid()  # no process has a number that large
    filled.database_backups.mkdir(parents=True)
    for pid in (gone, alive):
        (tmp_path / f".asset-pipeline-export-{pid}-other").mkdir()
        (filled.database_backups / f".{pid}-x.part").write_text("half")
    export(filled, tmp_path / "out", now=utc_now())
    load(places(tmp_path / "other"), tmp_path / "out", now=utc_now())
    make_backup(filled, now=utc_now())
    assert [path.name for path in tmp_path.glob(".asset-pipeline-*")] == [f".asset-pipeline-export-{alive}-other"]
    assert [path.name for path in filled.database_backups.glob(".*.part")] == [f".{alive}-x.part"]
