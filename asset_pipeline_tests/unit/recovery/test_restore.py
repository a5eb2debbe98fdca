"""Restoring: what is wrong comes back as it was, and money is never forgotten nor allowed by it."""

import os
from decimal import Decimal

import pytest

from asset_pipeline.errors import BackupError, LedgerFileError, LedgerInUseError, LedgerNewerError
from asset_pipeline.ledger import Database, Refused, State, migrations, presence
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.identity import read_ledger_id
from asset_pipeline.ledger.opening import connect
from asset_pipeline.ledger.soundness import disagreements
from asset_pipeline.recovery.backup import make_backup
from asset_pipeline.recovery.restore import restore
from asset_pipeline_tests.support.filled import kept, make_old
from asset_pipeline_tests.support.ledgers import intent_for, open_ledger, rows, sums, take, wait_for

CENT = Decimal("0.01")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody waits long for others to leave."""
    monkeypatch.setattr(presence, "REPLACE_TIMEOUT_S", 0.05)


def hold(ledger, key):
    return wait_for(lambda: ledger.hold(intent_for(key)))


def spend(ledger, key, usd=CENT):
    held = hold(ledger, key)
    take(ledger, held.call_id, State.SUBMITTED, State.SETTLED, cost_usd=usd)
    return held


def rows_of(path):
    with connect(path, read_only=True) as connection:
        return kept(connection)


def assert_sound(path):
    with connect(path, read_only=True) as connection:
        assert list(disagreements(connection)) == []


def test_what_was_lost_since_comes_back_and_the_file_that_was_there_is_kept(filled):
    backup = make_backup(filled, now=utc_now())
    before = rows_of(filled.database)
    with connect(filled.database) as connection:
        connection.execute("DELETE FROM store.images; DELETE FROM store.reviews; DELETE FROM store.prompts")
    spoilt = filled.database.read_bytes()
    done = restore(filled, backup.path, now=utc_now())
    assert rows_of(filled.database) == before
    assert done.aside.read_bytes() == spoilt
    assert done.carried.calls == 0


def test_a_restored_ledger_is_another_one_as_it_counts_anew(paths, ledger):
    first = ledger.database.run(read_ledger_id)
    backup = make_backup(paths, now=utc_now())
    seen = {first}
    for _ in range(2):
        ledger.database.close()
        restore(paths, backup.path, now=utc_now())
        seen.add(ledger.database.run(read_ledger_id))
    assert len(seen) == 3


def test_every_call_since_the_backup_and_every_limit_stays(paths, ledger):
    spend(ledger, "a")
    held_then = hold(ledger, "b")
    backup = make_backup(paths, now=utc_now())
    take(ledger, held_then.call_id, State.SUBMITTED, State.SETTLED, cost_usd=2 * CENT)
    spend(ledger, "c", 3 * CENT)
    hold(ledger, "d")
    ledger.set_limit("total", Decimal("0.12"), margin=Decimal("0.05"))
    before, limits = sums(ledger.database), rows(ledger.database, "SELECT * FROM store.limits ORDER BY ALL")
    ledger.database.close()
    done = restore(paths, backup.path, now=utc_now())
    assert (done.carried.calls, done.carried.spent_usd, done.carried.held_usd) == (
        3, {"sandbox": 5 * CENT}, {"sandbox": Decimal("0.04")},
    )  # fmt: skip
    assert sums(ledger.database) == before
    assert rows(ledger.database, "SELECT * FROM store.limits ORDER BY ALL") == limits
    assert isinstance(hold(ledger, "e"), Refused)  # 0.06 spent, 0.04 held, 0.114 usable
    ledger.database.close()
    assert_sound(paths.database)


def test_restoring_twice_and_forth_and_back_changes_no_sum(paths, ledger):
    spend(ledger, "a")
    first = make_backup(paths, now=utc_now()).path
    spend(ledger, "b", 2 * CENT)
    second = make_backup(paths, now=utc_now()).path
    spend(ledger, "c", 3 * CENT)
    before = sums(ledger.database)
    for backup in (first, second, first):
        ledger.database.close()
        restore(paths, backup, now=utc_now())
        assert sums(ledger.database) == before
    ledger.database.close()
    assert_sound(paths.database)


def test_a_ledger_that_was_begun_anew_gets_both_its_own_money_and_the_backups(paths, ledger):
    spend(ledger, "a")
    backup = make_backup(paths, now=utc_now()).path
    ledger.database.close()
    paths.database.unlink()
    with Database(paths.database) as database:
        spend(open_ledger(database), "b", 2 * CENT)
    restore(paths, backup, now=utc_now())
    assert sums(ledger.database)["budgets"]["total"] == (3 * CENT, Decimal(0))
    ledger.database.close()
    assert_sound(paths.database)


def test_an_approval_that_has_ended_since_stays_ended_and_a_stop_stays(filled):
    with connect(filled.database) as connection:
        connection.execute("UPDATE store.approvals SET ended_at = NULL; DELETE FROM store.controls")
    backup = make_backup(filled, now=utc_now())
    with connect(filled.database) as connection:
        one, other = (
            row[0] for row in connection.execute("SELECT approval_id FROM store.approvals LIMIT 2").fetchall()
        )
        end = "UPDATE store.approvals SET ended_at = now()::TIMESTAMP, ended_because = 'no' WHERE approval_id = ?"
        connection.execute(end, [one])
        connection.execute("DELETE FROM store.approvals WHERE approval_id = ?", [other])
        connection.execute("INSERT INTO store.controls VALUES ('live', 'test', 'stopped', 'me', now()::TIMESTAMP)")
    restore(filled, backup.path, now=utc_now())
    with connect(filled.database) as connection:
        ended = connection.execute("SELECT approval_id, ended_because FROM store.approvals WHERE ended_at IS NOT NULL")
        assert dict(ended.fetchall()) == {
            one: "no",
            other: "the ledger that knew it was restored over one that did not",
        }
        assert connection.execute("SELECT state FROM store.controls").fetchall() == [("stopped",)]


def test_a_backup_of_an_older_version_is_brought_up_to_date(filled, tmp_path):
    old = tmp_path / "old.duckdb"
    make_old(old, range(1, 5))
    before = old.read_bytes()
    restore(filled, old, now=utc_now())
    assert len(rows_of(filled.database)["migrations"]) == len(list(migrations.steps()))
    assert old.read_bytes() == before


def test_into_a_project_without_a_ledger_the_backup_comes_as_it_is(filled, tmp_path):
    backup = make_backup(filled, now=utc_now(), target=tmp_path / "one.duckdb")
    filled.database.unlink()
    done = restore(filled, backup.path, now=utc_now())
    assert (done.carried, done.aside) == (None, None)
    assert filled.database.read_bytes() == backup.path.read_bytes() or rows_of(filled.database) == rows_of(backup.path)


def test_over_a_ledger_that_cannot_be_read_nothing_is_restored_unless_one_says_so(filled):
    backup = make_backup(filled, now=utc_now())
    broken = filled.database.read_bytes()[: 2**20]
    filled.database.write_bytes(broken)
    with pytest.raises(LedgerFileError, match="would be forgotten") as caught:
        restore(filled, backup.path, now=utc_now())
    assert (caught.value.exit_code, "--forget-newer" in caught.value.fix) == (2, True)
    assert filled.database.read_bytes() == broken
    done = restore(filled, backup.path, now=utc_now(), forget_newer=True)
    assert done.carried is None
    assert done.aside.read_bytes() == broken
    assert rows_of(filled.database) == rows_of(backup.path)


def test_while_somebody_works_with_the_ledger_it_is_not_replaced(paths, ledger):
    spend(ledger, "a")
    backup = make_backup(paths, now=utc_now())
    before = paths.database.read_bytes()
    with pytest.raises(LedgerInUseError, match="another process works with") as caught:
        restore(paths, backup.path, now=utc_now())
    assert caught.value.exit_code == 2
    assert paths.database.read_bytes() == before


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def future(path):
    with connect(path) as connection:
        connection.execute("INSERT INTO store.migrations VALUES (999, 'future', now()::TIMESTAMP)")


def empty(path):
    path.unlink()
    connect(path).close()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (cut, LedgerFileError),
        (future, LedgerNewerError),
        (empty, LedgerFileError),
        (lambda path: path.write_text("a text"), LedgerFileError),
        (lambda path: path.unlink(), BackupError),
    ],
    ids=["half of it", "of a newer version", "without tables", "a text", "not there"],
)
def test_a_backup_that_cannot_be_used_is_refused_and_the_ledger_stays(filled, spoil, error):
    backup = make_backup(filled, now=utc_now()).path
    spoil(backup)
    before, files = filled.database.read_bytes(), names(filled.data)
    with pytest.raises(error) as caught:
        restore(filled, backup, now=utc_now())
    assert caught.value.exit_code == 2
    assert (filled.database.read_bytes(), names(filled.data)) == (before, files)


def names(folder):
    """Return the names in a folder, but for the locks."""
    return {path.name for path in folder.iterdir() if path.suffix not in (".lock", ".next", ".users")}


def test_the_ledger_itself_is_no_backup(filled):
    with pytest.raises(BackupError, match="is the ledger itself"):
        restore(filled, filled.database, now=utc_now())


def test_files_that_are_gone_are_put_back_and_none_is_overwritten(filled, tmp_path):
    from asset_pipeline_tests.unit.recovery.test_backup import write_files

    original, image = "originals/ab/lantern.png", "images/test/icons/lantern.png"
    write_files(filled, original, image)
    backup = make_backup(filled, tmp_path / "one.duckdb", now=utc_now(), with_files=True)
    (filled.data / original).unlink()
    (filled.data / image).write_text("a newer one")
    assert restore(filled, backup.path, now=utc_now()).files == 1
    assert (filled.data / original).read_text() == original
    assert (filled.data / image).read_text() == "a newer one"
