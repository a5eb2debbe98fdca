"""`verify`: delivered files against manifest and ledger, in text and as JSON, here and where they were copied to."""

import hashlib
import json
import shutil

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.provenance.books import write_manifest
from asset_pipeline_tests.support.specs import spec_of

LANTERN, COMPASS = "test/icons/lantern.png", "test/icons/compass.png"


def write_manifests(house):
    """Write the manifest as a run does at its end."""
    opened = house.open()
    with Database(opened.paths.database) as database:
        return write_manifest(database, opened.paths, "test")


@pytest.fixture
def made(house):
    """A house with two images, made through the sandbox, and their manifest."""
    house.want(spec_of(2))
    house.make_all()
    write_manifests(house)
    return house


@pytest.fixture
def images(made):
    """The folder of its images."""
    return made.project.root / "data" / "images"


def state_of(folder):
    """Return every file below a folder with its hash and time, but for locks."""
    return {
        path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".lock")
    }


def test_what_was_delivered_is_found_as_it_was_and_nothing_is_changed_by_looking(made, cli):
    before = state_of(made.project.root / "data")
    ran = cli("verify")
    assert (ran.code, ran.out) == (
        0,
        "2 files of 1 collection, against manifest and ledger: all is as delivered\n",
    )
    assert state_of(made.project.root / "data") == before


def test_the_manifest_says_of_what_came_from_the_sandbox_where_it_comes_from(made, images):
    told = json.loads((images / "test" / "manifest.json").read_bytes())
    invoice = {call["id"]: call for call in made.sandbox.invoice()}
    for one in told["files"]:
        assert invoice[one["prediction_id"]]["provider"] == "replicate"
        assert {call["prediction_id"] for call in one["calls"]} <= set(invoice)
        assert one["prompt"]["writer_call_id"] in {call["call_id"] for call in one["calls"]}
        assert one["prompt"]["judge_call_id"] in {call["call_id"] for call in one["calls"]}
    assert told["totals"]["cost_usd"] == str(made.spent.normalize())


def test_each_finding_names_its_file_and_what_to_do_and_the_program_ends_with_3(images, cli):
    (images / LANTERN).unlink()
    (images / COMPASS).write_bytes(b"another one")
    (images / "test" / "own.txt").write_text("own")
    ran = cli("verify")
    assert ran.code == 3
    told = dict(zip(ran.out.splitlines()[::2], ran.out.splitlines()[1::2], strict=False))
    heads = sorted(told)
    assert [head.split(":")[0].split() for head in heads] == [
        ["changed", COMPASS],
        ["extra", "test/own.txt"],
        ["missing", LANTERN],
    ]
    assert all(told[head].strip().startswith("→ ") for head in heads)
    assert "--partition test.icons.lantern" in told[heads[2]]


def test_what_was_missing_or_changed_is_made_again_at_no_cost_and_is_then_as_it_was(made, images, cli):
    spent = made.spent
    (images / LANTERN).unlink()
    (images / COMPASS).write_bytes(b"another one")
    assert cli("verify").code == 3
    made.make_all()
    assert made.spent == spent
    assert cli("verify").code == 0


def test_a_rejected_image_is_not_missed(made, cli):
    assert cli("reject", "test.icons.lantern", "--note", "too dark").code == 0
    assert cli("verify").code == 0


def test_json_says_the_same_for_programs(images, cli):
    (images / LANTERN).unlink()
    ran = cli("verify", "--json")
    assert ran.code == 3
    (finding,) = ran.json["findings"]
    assert {key: ran.json[key] for key in ("files", "collections", "against")} == {
        "files": 2,
        "collections": ["test"],
        "against": ["manifest", "ledger"],
    }
    assert (finding["kind"], finding["file"], sorted(finding)) == (
        "missing",
        LANTERN,
        ["file", "fix", "kind", "message"],
    )


def test_more_was_spent_since_the_manifest_was_written(made, cli):
    made.want_anew("test.icons.lantern")
    made.make_all()
    ran = cli("verify", "--json")
    assert ran.code == 3
    assert [(one["kind"], one["file"]) for one in ran.json["findings"]] == [("older", "test/manifest.json")]
    write_manifests(made)
    assert cli("verify").code == 0


@pytest.mark.parametrize("here", ["project", "elsewhere"])
def test_a_copy_is_checked_against_its_manifest_alone_and_that_is_said(made, images, cli, tmp_path, here):
    copy, elsewhere = tmp_path / "copy", tmp_path / "nowhere"
    elsewhere.mkdir()
    shutil.copytree(images, copy)
    folder = made.project.root if here == "project" else elsewhere
    ran = cli("verify", copy, folder=folder)
    assert (ran.code, ran.err) == (0, "")
    assert "against the manifest alone: the ledger is not here" in ran.out
    assert cli("verify", copy, "--json", folder=folder).json["against"] == ["manifest"]
    (copy / LANTERN).write_bytes(b"another one")
    assert cli("verify", copy / "test", folder=folder).code == 3


def test_in_live_mode_no_key_is_needed_to_look_at_files(made, images, cli):
    assert cli("verify", images, ASSET_PIPELINE__MODE="live").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nope"], "is no folder"), (["data/images/test/icons"], "is a part of a collection"), (["a", "b"], "argument")],
)
def test_what_cannot_be_verified_is_refused_with_2(made, cli, arguments, said):
    ran = cli("verify", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_outside_of_a_project_a_folder_has_to_be_named(made, cli, tmp_path):
    (tmp_path / "nowhere").mkdir()
    ran = cli("verify", folder=tmp_path / "nowhere")
    assert ran.code == 2
    assert "no pipeline.yaml" in ran.err


def test_in_an_untouched_project_there_is_nothing_to_verify(cli):
    ran = cli("verify")
    assert ran.code == 2
    assert "data/images is no folder" in ran.err
