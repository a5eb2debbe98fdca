"""Backups: the ledger as it was, with a list of its files, and no other file touched."""

import hashlib
import json
from datetime import datetime, timedelta

import pytest

from asset_pipeline.errors import BackupError, LedgerDiskError, LedgerNewerError, SetupError
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.opening import connect
from asset_pipeline.recovery.backup import files_of, list_of, make_backup, nightly_backup
from asset_pipeline_tests.support.filled import COSTS, HELD, kept, make_old


def rows_of(path):
    with connect(path, read_only=True) as connection:
        return kept(connection)


def write_files(paths, *stored):
    """Write files where the ledger says that they are, and let it know what they hash to."""
    with connect(paths.database) as connection:
        for path in stored:
            data = path.encode()
            (paths.data / path).parent.mkdir(parents=True, exist_ok=True)
            (paths.data / path).write_bytes(data)
            for table in ("originals", "deliveries", "renditions"):
                connection.execute(
                    f"UPDATE store.{table} SET sha256 = $2, bytes = $3 WHERE path = $1",
                    [path, hashlib.sha256(data).hexdigest(), len(data)],
                )


def test_a_backup_holds_all_rows_and_says_what_it_holds(filled):
    backup = make_backup(filled, now=utc_now())
    assert backup.path.parent == filled.database_backups
    assert rows_of(backup.path) == rows_of(filled.database)
    assert backup.contents.spent_usd == {"sandbox": sum(COSTS)}
    assert backup.contents.held_usd == {"sandbox": sum(HELD)}
    told = json.loads(list_of(backup.path).read_bytes())
    assert told["rows"] == {name: len(rows) for name, rows in rows_of(backup.path).items() if name != "migrations"}
    assert told["spent_usd"] == {"sandbox": str(sum(COSTS))}
    assert [one["path"] for one in told["files"]] == sorted(one["path"] for one in told["files"])
    assert len(told["files"]) == 6


def test_with_files_those_are_copied_that_are_as_the_ledger_knows_them(filled, tmp_path):
    original, image, aside = "originals/ab/lantern.png", "images/test/icons/lantern.png", "images/test/icons/anchor.png"
    write_files(filled, original, image, aside)
    (filled.rejected / aside).parent.mkdir(parents=True)
    (filled.data / aside).rename(filled.rejected / aside)
    (filled.data / "images/test/icons/compass.png").write_bytes(b"not what was delivered")
    backup = make_backup(filled, tmp_path / "usb" / "mine.duckdb", now=utc_now(), with_files=True)
    folder = files_of(backup.path)
    copied = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert copied == {path: path.encode() for path in (original, image, aside)}
    assert {one.path for one in backup.not_copied} == {
        "images/test/icons/compass.png", "originals/ab/compass.png", "originals/ab/anchor.png",
    }  # fmt: skip


def test_a_folder_may_be_named_and_a_file_that_is_there_is_never_overwritten(filled, tmp_path):
    backup = make_backup(filled, tmp_path, now=utc_now())
    assert backup.path.parent == tmp_path
    before = backup.path.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        make_backup(filled, backup.path, now=utc_now())
    assert backup.path.read_bytes() == before


def test_an_older_ledger_is_brought_up_to_date_first_and_kept_as_it_was(paths):
    make_old(paths.database, range(1, 4))
    before = rows_of(paths.database)
    backup = make_backup(paths, now=utc_now())
    assert len(rows_of(backup.path)["migrations"]) > 3
    (old,) = paths.database_backups.glob("pipeline-v0003-*.duckdb")
    assert rows_of(old) == before


def test_without_a_ledger_there_is_nothing_to_back_up(paths):
    with pytest.raises(SetupError, match="there is no ledger yet"):
        make_backup(paths, now=utc_now())
    assert not paths.database_backups.exists()


def test_a_newer_ledger_is_not_backed_up_by_an_older_program(filled):
    with connect(filled.database) as connection:
        connection.execute("INSERT INTO store.migrations VALUES (999, 'future', now()::TIMESTAMP)")
    with pytest.raises(LedgerNewerError):
        make_backup(filled, now=utc_now())


def test_where_the_disk_does_not_take_the_backup_nothing_is_left_of_it(filled, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerDiskError):
        make_backup(filled, tmp_path / "file" / "mine.duckdb", now=utc_now())
    assert {path.name for path in tmp_path.iterdir()} == {filled.root.name, "file"}


def test_of_the_nightly_backups_the_newest_are_kept_and_nothing_else_is_removed(filled):
    begin = datetime(2026, 1, 1, 3, 30)  # noqa: DTZ001 - as the program counts
    mine = make_backup(filled, now=begin)
    others = [
        filled.database_backups / name for name in ("nightly-mine.duckdb", "nightly-v0001-2026.duckdb", "notes.txt")
    ]
    for other in others:
        other.write_text("kept")
    made, removed = [], []
    for night in range(5):
        backup, surplus = nightly_backup(filled, now=begin + timedelta(days=night), keep=2)
        made.append(backup.path)
        removed += surplus
    assert removed == made[:3]
    left = {path.name for path in filled.database_backups.iterdir()}
    expected = {path.name for path in (mine.path, *made[3:])}
    assert left == expected | {f"{name}.json" for name in expected} | {other.name for other in others}
