"""Verifying: each way in which files, manifest and ledger can differ is found, named and said how to mend."""

import json
import os
import shutil
from decimal import Decimal

import pytest

from asset_pipeline.errors import LedgerFileError, SettingsError, SetupError
from asset_pipeline.provenance.findings import Kind
from asset_pipeline.provenance.verification import verify
from asset_pipeline_tests.unit.provenance.conftest import BANNER, COMPASS, LANTERN
from asset_pipeline_tests.unit.provenance.support import encoded, provenance

ICON, COVER, MANIFEST = "icons/lantern.png", "covers/banner.webp", "manifest.json"


def found(shelf, folder=None, *, alone=False):
    """Return what is wrong, as kind and file; every finding says what, and what to do."""
    report = verify(folder or shelf.paths.images, paths=None if alone else shelf.paths)
    assert report.with_ledger is not alone
    for one in report.findings:
        assert len(one.message) > 10
        assert len(one.fix) > 10
    return [(one.kind, one.file) for one in report.findings]


def edit(shelf, change):
    """Edit the manifest as a person would."""
    path = shelf.folder / MANIFEST
    told = json.loads(path.read_bytes())
    change(told)
    path.write_text(json.dumps(told))


def swap(told):
    """Give two files each other's bytes, as the manifest has it."""
    first, second = told["files"]
    for name in ("sha256", "bytes"):
        first[name], second[name] = second[name], first[name]


def swap_files(shelf):
    """Do the same with the files."""
    one, other = shelf.folder / ICON, shelf.folder / COVER
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def link(shelf):
    """Put a link in the place of a file."""
    outside = shelf.paths.root / "elsewhere.png"
    shutil.move(shelf.folder / ICON, outside)
    (shelf.folder / ICON).symlink_to(outside)


# What is done to the files, and what is found without and with the ledger.
DAMAGES = {
    "a file is deleted": (lambda shelf: (shelf.folder / ICON).unlink(), [(Kind.MISSING, f"test/{ICON}")]),
    "a byte is changed": (
        lambda shelf: (shelf.folder / ICON).write_bytes((shelf.folder / ICON).read_bytes()[:-1] + b"\0"),
        [(Kind.CHANGED, f"test/{ICON}")],
    ),
    "a file is cut off": (lambda shelf: os.truncate(shelf.folder / ICON, 100), [(Kind.CHANGED, f"test/{ICON}")]),
    "a file is a link to elsewhere": (link, [(Kind.CHANGED, f"test/{ICON}")]),
    "a folder stands in a file's place": (
        lambda shelf: ((shelf.folder / ICON).unlink(), (shelf.folder / ICON).mkdir()),
        [(Kind.UNREADABLE, f"test/{ICON}")],
    ),
    "another image's file is in its place": (
        lambda shelf: (shelf.folder / ICON).write_bytes(encoded("png", provenance(image_key=COMPASS.key))),
        [(Kind.METADATA, f"test/{ICON}"), (Kind.METADATA, f"test/{ICON}"), (Kind.CHANGED, f"test/{ICON}")],
    ),
    "a file is added": (
        lambda shelf: (shelf.folder / "icons" / "own.png").write_bytes(b"own"),
        [(Kind.EXTRA, "test/icons/own.png")],
    ),
    "a file lies beside the collections": (
        lambda shelf: (shelf.paths.images / "note.txt").write_text("hm"),
        [(Kind.EXTRA, "note.txt")],
    ),
    "the totals are edited": (
        lambda shelf: shelf.rewrite(totals=shelf.manifest().totals.model_copy(update={"cost_usd": Decimal("0.01")})),
        [(Kind.SUMS, f"test/{MANIFEST}")],
    ),
    "the manifest is deleted": (
        lambda shelf: (shelf.folder / MANIFEST).unlink(),
        [(Kind.NO_MANIFEST, f"test/{MANIFEST}")],
    ),
    "the manifest is cut off": (
        lambda shelf: os.truncate(shelf.folder / MANIFEST, 300),
        [(Kind.UNREADABLE, f"test/{MANIFEST}")],
    ),
    "the manifest is of another version": (
        lambda shelf: edit(shelf, lambda told: told.update(manifest_version=2)),
        [(Kind.UNREADABLE, f"test/{MANIFEST}")],
    ),
    "the manifest names a file outside": (
        lambda shelf: edit(shelf, lambda told: told["files"][0].update(path="../../pipeline.duckdb")),
        [(Kind.UNREADABLE, f"test/{MANIFEST}")],
    ),
    "the manifest has an amount that is none": (
        lambda shelf: edit(shelf, lambda told: told["totals"].update(cost_usd="1e99999999")),
        [(Kind.UNREADABLE, f"test/{MANIFEST}")],
    ),
}


@pytest.mark.parametrize("folder", [None, "test"])
def test_what_is_as_it_was_delivered_has_no_findings(shelf, folder):
    report = verify(shelf.paths.images / folder if folder else shelf.paths.images, paths=shelf.paths)
    assert (report.findings, report.files, report.collections, report.with_ledger) == ((), 2, ("test",), True)


@pytest.mark.parametrize("alone", [False, True], ids=["with the ledger", "with the manifest alone"])
@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_is_found_and_nothing_else(shelf, tmp_path, name, alone):
    damage, expected = DAMAGES[name]
    damage(shelf)
    folder = shelf.paths.images
    if alone:
        folder = tmp_path / "copy"
        shutil.copytree(shelf.paths.images, folder, symlinks=True)
    seen = found(shelf, folder, alone=alone)
    if not alone and name == "the totals are edited":  # the ledger contradicts it as well
        expected = [*expected, (Kind.DISAGREES, f"test/{MANIFEST}")]
    assert sorted(seen) == sorted(expected)


def test_one_collection_is_verified_by_itself_with_paths_as_they_are_in_it(shelf, tmp_path):
    (shelf.folder / ICON).unlink()
    assert found(shelf, shelf.folder) == [(Kind.MISSING, ICON)]
    shutil.copytree(shelf.folder, tmp_path / "copy")
    assert found(shelf, tmp_path / "copy", alone=True) == [(Kind.MISSING, ICON)]


def test_an_edited_file_with_an_edited_manifest_is_given_away_by_the_ledger_and_by_its_metadata(shelf):
    swap_files(shelf)
    edit(shelf, swap)
    names = [(Kind.METADATA, f"test/{ICON}"), (Kind.METADATA, f"test/{COVER}")]
    alone = [one for one in verify(shelf.folder.parent, paths=None).findings if one.kind is not Kind.SUMS]
    assert sorted({(one.kind, one.file) for one in alone}) == sorted(names)
    assert {kind for kind, _ in found(shelf)} == {Kind.METADATA, Kind.CHANGED, Kind.DISAGREES}


def test_a_call_that_is_taken_out_of_the_manifest_leaves_a_sum_that_is_wrong(shelf):
    edit(shelf, lambda told: told["files"][1]["calls"].pop())
    assert found(shelf, shelf.paths.images, alone=True) == [(Kind.SUMS, f"test/{ICON}")]
    assert sorted(found(shelf)) == sorted([(Kind.SUMS, f"test/{ICON}"), (Kind.DISAGREES, f"test/{ICON}")])


def test_a_manifest_that_lists_a_file_twice_does_not_add_up(shelf):
    shelf.rewrite(files=(*shelf.manifest().files, shelf.manifest().files[0]))
    assert set(found(shelf, alone=True)) == {(Kind.SUMS, f"test/{MANIFEST}")}


def test_a_manifest_that_was_written_before_the_last_delivery_is_older_and_the_new_file_is_no_damage(shelf):
    shelf.deliver(COMPASS, shelf.buy(COMPASS), "template")
    assert found(shelf) == [(Kind.OLDER, f"test/{MANIFEST}")]
    (finding,) = verify(shelf.paths.images, paths=shelf.paths).findings
    assert "icons/compass.png" in finding.message
    shelf.write()
    assert found(shelf) == []


def test_a_manifest_that_knows_nothing_of_the_last_payment_is_older(shelf):
    shelf.pay(COMPASS, "image", "0.04", content_key="again", model=COMPASS.model)
    assert found(shelf) == [(Kind.OLDER, f"test/{MANIFEST}")]


def test_a_title_that_has_changed_since_is_said(shelf):
    shelf.want(LANTERN.model_copy(update={"title": "Lamp"}), BANNER, COMPASS)
    assert found(shelf) == [(Kind.DISAGREES, f"test/{ICON}")]


def test_a_file_of_an_image_that_is_not_wanted_any_more_is_left_over(shelf):
    shelf.want(LANTERN, COMPASS)
    shelf.write()
    assert found(shelf) == [(Kind.LEFT_OVER, f"test/{COVER}")]
    assert found(shelf, alone=True) == [(Kind.EXTRA, f"test/{COVER}")]


def test_a_whole_collection_that_is_gone_is_missed(shelf):
    shutil.rmtree(shelf.folder)
    seen = found(shelf)
    assert (Kind.NO_MANIFEST, f"test/{MANIFEST}") in seen
    assert [file for kind, file in seen if kind is Kind.MISSING] == [f"test/{COVER}", f"test/{ICON}"]


def test_a_collection_that_the_ledger_does_not_know_is_said(shelf):
    shutil.copytree(shelf.folder, shelf.paths.images / "other")
    assert found(shelf) == [(Kind.DISAGREES, f"other/{MANIFEST}")]


def test_a_file_that_says_nothing_of_itself_is_no_finding(shelf):
    data = encoded("png", size=LANTERN.width)
    (shelf.folder / ICON).write_bytes(data)
    assert found(shelf) == [(Kind.CHANGED, f"test/{ICON}")]


def test_a_file_that_a_run_is_just_writing_is_left_in_peace(shelf):
    (shelf.folder / "icons" / f".{os.getpid()}-x.part").write_bytes(b"half")
    assert found(shelf) == []


def test_a_folder_with_nothing_in_it_has_nothing_to_verify(shelf, tmp_path):
    (tmp_path / "nothing").mkdir()
    report = verify(tmp_path / "nothing", paths=shelf.paths)
    assert (report.files, report.collections, report.findings, report.with_ledger) == (0, (), (), False)


def test_without_a_ledger_only_the_manifest_is_asked(shelf):
    shelf.database.close()
    shelf.paths.database.unlink()
    report = verify(shelf.paths.images, paths=shelf.paths)
    assert (report.findings, report.with_ledger) == ((), False)


def test_what_is_no_folder_is_refused(shelf):
    for wrong in (shelf.folder / "nope", shelf.folder / MANIFEST):
        with pytest.raises(SetupError, match="is no folder"):
            verify(wrong, paths=shelf.paths)


def test_a_part_of_a_collection_is_refused_as_it_has_no_manifest_of_its_own(shelf):
    with pytest.raises(SettingsError, match="is a part of a collection"):
        verify(shelf.folder / "icons", paths=shelf.paths)


def test_a_ledger_that_is_none_is_a_clear_error(shelf):
    shelf.database.close()
    shelf.paths.database.write_bytes(b"no database")
    with pytest.raises(LedgerFileError, match="is no DuckDB file"):
        verify(shelf.paths.images, paths=shelf.paths)
