"""`backup`, `restore`, `export`, `import` and `doctor --deep`, as a person uses them, on what a sandbox has made."""

import json
import shutil
import threading
from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.opening import connect
from asset_pipeline.ledger.soundness import disagreements
from asset_pipeline.provenance.books import write_manifest
from asset_pipeline.recovery.backup import make_backup
from asset_pipeline_tests.support.filled import VERSIONS, make_old
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.specs import spec_of

IMAGES = 8


@pytest.fixture
def backups(house):
    """Backups that were made one after another while a run made eight images."""
    house.want(spec_of(IMAGES))
    paths, made, ended = house.open().paths, [], threading.Event()

    def back_up():
        while not ended.is_set():
            made.append(make_backup(paths, now=utc_now()))
            ended.wait(0.1)

    thread = threading.Thread(target=back_up)
    thread.start()
    try:
        house.make_all()
    finally:
        ended.set()
        thread.join()
    return made


def deep(cli):
    """Return what `doctor --deep` finds, by what was looked at, and its exit code."""
    ran = cli("doctor", "--deep", "--json")
    looked = ("rows", "sums", "originals", "images")
    return [(one["name"], one["good"]) for one in ran.json if one["name"] in looked], ran.code


def test_backups_made_during_a_run_are_each_one_moment_of_it_and_restoring_one_pays_nothing_twice(backups, house, cli):
    calls = [backup.contents.rows["calls"] for backup in backups]
    assert calls == sorted(calls)
    assert len(set(calls)) > 2  # they are of different moments
    for backup in backups:
        with connect(backup.path, read_only=True) as connection:
            assert list(disagreements(connection)) == []
    middle = next(backup for backup in backups if backup.contents.rows["calls"] >= max(calls) // 2)
    spent = house.spent
    ran = cli("restore", middle.path)
    assert (ran.code, ran.err) == (0, "")
    assert house.spent == spent  # and so says the sandbox's invoice
    assert "kept from the ledger that was there: " in ran.out
    found, _ = deep(cli)
    assert ("sums", True) in found
    house.make_all()
    assert house.spent == spent
    with Database(house.project.database) as database:
        write_manifest(database, house.open().paths, "test")  # as a run does at its end
    assert deep(cli) == ([("rows", True), ("sums", True), ("originals", True), ("images", True)], 0)


@pytest.fixture
def filled(project):
    """A project whose ledger has rows in every table, and none of the files."""
    make_old(project.database, VERSIONS)
    return project


def test_a_backup_is_told_restored_and_told_again(filled, cli):
    ran = cli("backup")
    assert ran.code == 0
    assert f"version {VERSIONS[-1]}, 3 calls, sandbox spent $0.03" in ran.out
    (backup,) = (filled.root / "data" / "backups" / "database").glob("*.duckdb")
    told = cli("restore", backup, "--json").json
    assert (told["rows"]["calls"], told["carried_calls"], told["spent_usd"]) == (3, 0, {"sandbox": "0.030000001"})
    assert "what was there is kept as data/backups/database/replaced-" in cli("restore", backup).out
    told = cli("backup", filled.root / "mine.duckdb", "--files", "--json").json
    assert (told["path"], told["files"], len(told["not_copied"])) == (str(filled.root / "mine.duckdb"), 6, 6)
    ran = cli("backup", filled.root / "again.duckdb", "--files")
    assert "not copied: images/test/icons/anchor.png" in ran.err


def test_an_export_is_imported_into_another_project_and_the_old_one_stays(filled, cli, run_in, tmp_path):
    assert "exported out: " in cli("export", "out").out
    other = FolderProject.make(tmp_path / "other")
    shutil.copytree(filled.root / "out", other.root / "in")
    assert "imported in: " in run_in(other, "import", "in").out
    assert run_in(other, "export", "out", "--json").json["images"] == 3
    files = [path.relative_to(filled.root) for path in (filled.root / "out").rglob("*") if path.is_file()]
    assert all((filled.root / path).read_bytes() == (other.root / path).read_bytes() for path in files)
    assert run_in(other, "status", "--json").json["money"]["spent"] == "0.030000001"
    ran = run_in(other, "import", "in")
    assert (ran.code, "is not empty" in ran.err) == (2, True)


@pytest.mark.parametrize("version", [1, 5, 9])
def test_status_and_budgets_of_an_old_ledger_are_shown(project, cli, version):
    make_old(project.database, range(1, version + 1))
    assert cli("status", "--json").json["money"]["spent"] == "0.030000001"
    budgets = cli("budget", "show", "--json").json
    assert Decimal(budgets["total"]["spent"]) == Decimal("0.030000001")
    assert Decimal(budgets["total"]["held"]) == Decimal("0.04")


def test_a_deep_look_names_each_file_that_is_not_as_it_was_bought_and_changes_nothing(house, cli):
    house.want(spec_of(1))
    house.make_all()
    originals = house.project.root / "data" / "originals"
    (bought,) = (path for path in originals.rglob("*") if path.is_file())
    bought.write_bytes(b"another one")
    (originals / "stray.png").write_bytes(b"nobody knows it")
    before = house.project.database.read_bytes()
    ran = cli("doctor", "--deep")
    assert ran.code == 2
    for said in (
        f"{bought.name}: it is not the file that was paid for",
        "originals/stray.png: no row knows it",
        "ok   sums",
        "FIX  images     test/manifest.json: there is no manifest",
    ):
        assert said in ran.out
    bought.unlink()
    assert f"{bought.name}: it was paid for and is gone" in cli("doctor", "--deep").out
    assert house.project.database.read_bytes() == before


def test_a_deep_look_at_a_damaged_ledger_says_what_to_do(filled, cli):
    filled.database.write_bytes(filled.database.read_bytes()[:600_000])
    ran = cli("doctor", "--deep")
    assert (ran.code, "asset-pipeline restore" in ran.out) == (2, True)
    assert cli("status").code == 2
    assert "is damaged" in cli("status").err


def test_a_deep_look_before_anything_was_made_is_content(cli):
    ran = cli("doctor", "--deep")
    assert "ok   rows       no ledger yet" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["restore", "nope.duckdb"], "there is no file nope.duckdb"),
        (["restore", "pipeline.yaml"], "is no DuckDB file"),
        (["restore", "data/pipeline.duckdb"], "is the ledger itself"),
        (["restore"], "Missing argument"),
        (["backup", "pipeline.yaml"], "is there already"),
        (["export", "data"], "holds files, and no export"),
        (["import", "data"], "holds no export"),
        (["import", "nope"], "holds no export"),
    ],
)
def test_what_cannot_be_done_is_refused_with_2_and_changes_nothing(filled, cli, arguments, said):
    before = filled.database.read_bytes(), (filled.root / "pipeline.yaml").read_bytes()
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert (filled.database.read_bytes(), (filled.root / "pipeline.yaml").read_bytes()) == before


def test_the_list_of_a_backup_names_its_files_with_their_hashes(filled, cli):
    cli("backup", "mine.duckdb")
    told = json.loads((filled.root / "mine.duckdb.json").read_bytes())
    assert {frozenset(one) for one in told["files"]} == {frozenset({"path", "sha256", "bytes"})}
