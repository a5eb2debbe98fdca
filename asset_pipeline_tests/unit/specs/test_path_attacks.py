"""Paths that want to lead out, in every place of a spec that becomes a part of a path, and in the settings' paths."""

import json
from pathlib import Path

import pytest

from asset_pipeline.errors import SettingsError, SetupError, SpecError
from asset_pipeline.settings.sources import load_settings
from asset_pipeline.specs import load_specs, require_specs
from asset_pipeline_tests.support.attacks import ATTACKS, SECRET

KEYS = ("collection", "images[0].type", "images[0].slug", "pages[0].slug")


def spec_with(attack):
    """Return a spec that says an attack wherever a name is wanted; JSON is YAML, and says what YAML cannot."""
    image = {"type": attack, "slug": attack, "title": "Lantern"}
    return json.dumps({"collection": attack, "images": [image], "pages": [{"title": "Hub", "slug": attack}]})


def test_no_name_in_a_spec_leads_out(tmp_path, outside):
    files = []
    for number, attack in enumerate(ATTACKS.values()):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(spec_with(attack))
    loaded = load_specs(files, root=tmp_path, max_file_mb=1)
    assert loaded.collections == ()
    refused = {}
    for problem in loaded.problems:
        refused.setdefault(problem.file, set()).add(problem.key)
    assert len(refused) == len(ATTACKS)
    # Where it is not even text that YAML can hold, the file as a whole is refused.
    assert {file for file, keys in refused.items() if keys != set(KEYS) and keys != {""}} == set()
    assert sum(keys == {""} for keys in refused.values()) < 10


@pytest.mark.parametrize("key", ["data_dir", "specs.dir", "provenance.c2pa_certificate"])
def test_no_path_in_the_settings_leads_out_unless_it_is_written_as_a_whole(tmp_path, key, outside):
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "pipeline.yaml").write_text("mode: sandbox\n")
    section, _, name = key.rpartition(".")
    taken = []
    for attack in ATTACKS.values():
        if attack.startswith("/") and ".." not in attack:  # the owner's right
            continue
        tree = {name: attack} | ({"c2pa_key": attack} if "c2pa" in key else {})
        try:
            load_settings(root, overrides={section: tree} if section else tree)
        except SettingsError:
            continue
        taken.append(attack)
    # A path is tidied up before it is looked at, as the system does it.
    assert all((root / attack).resolve().is_relative_to(root) for attack in taken)
    assert set(taken) <= {"./", "a//b", "a/", "a/./b"}
    assert sorted(root.rglob("*")) == [root / "data", root / "pipeline.yaml"]


def test_a_person_may_name_a_spec_anywhere_and_a_folder_gives_only_what_is_in_it(tmp_path, outside):
    (tmp_path / "specs").mkdir()
    text = b"collection: mine\nimages:\n  - {type: icons, title: Lantern}\n"
    (tmp_path / "mine.yaml").write_bytes(text)
    (tmp_path / "specs" / "link.yaml").symlink_to(tmp_path / "mine.yaml")
    (tmp_path / "specs" / "canary.yaml").symlink_to(outside.folder / "canary.png")
    for named in (tmp_path / "mine.yaml", tmp_path / "specs" / "link.yaml", tmp_path / "specs" / ".." / "mine.yaml"):
        (collection,) = require_specs([named], root=tmp_path, max_file_mb=1)
        assert collection.file == "mine.yaml"
    with pytest.raises(SpecError) as raised:
        require_specs([tmp_path / "specs"], root=tmp_path, max_file_mb=1)
    assert [problem.file for problem in raised.value.problems] == ["specs/canary.yaml", "specs/link.yaml"]
    assert SECRET.decode() not in str(raised.value)


def test_a_folder_of_state_that_leads_to_a_disk_which_is_not_there_is_refused(tmp_path):
    (tmp_path / "pipeline.yaml").write_text("mode: sandbox\n")
    (tmp_path / "data").symlink_to("/mnt/nowhere/data")
    with pytest.raises(SettingsError, match="a link to /mnt/nowhere/data, which is not there") as raised:
        load_settings(tmp_path).paths(tmp_path)
    assert "mount the disk" in str(raised.value)


def test_a_spec_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SetupError, match="there is no spec"):
        require_specs([Path("/nowhere/spec.yaml")], root=tmp_path, max_file_mb=1)
