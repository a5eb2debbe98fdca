"""The predecessor's real folder, where it is there: all of it is accounted for, and the spec plans and runs."""

import json
from collections import Counter

import pytest
import yaml

from asset_pipeline.ledger import Database
from asset_pipeline.legacy.importing import find_target, write_import
from asset_pipeline.legacy.reading import read_folder
from asset_pipeline.legacy.report import as_json
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.integration.pipeline.conftest import House
from asset_pipeline_tests.support.projects import REPOSITORY, FolderProject

FOLDER = REPOSITORY.parent / "shared" / "predecessor"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the predecessor's folder is not on this machine")


def written(folder):
    """Return what the files name, read independently: how often each title of each file is there, by kind."""
    named = Counter()
    for path in sorted((folder / "split_yaml").glob("*.yaml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
        name = f"split_yaml/{path.name}"

        def pages(entries, kind, name=name):
            for entry in entries or []:
                named[name, kind, " ".join(str(entry["title"]).split())] += 1
                pages(entry.get("children"), "child page", name)

        pages(data.get("pages"), "page")
        pages([data["admin_page"]] if "admin_page" in data else [], "admin page")
        named.update((name, "letter", (one.get("Title") or one["title"]).strip()) for one in data.get("letters") or [])
        rows = (data.get("acceptance") or {}).get("rows") or []
        named.update((name, "acceptance row", (row.get("Page") or row["Title"]).strip()) for row in rows)
    return named


def keys(tree, path=""):
    """Yield every key that has no keys below it."""
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from keys(value, f"{path}{name}.")
        else:
            yield f"{path}{name}"


@pytest.fixture(scope="module")
def taken_over(tmp_path_factory):
    """A project that has taken the folder over, and what was reported."""
    project = FolderProject.make(tmp_path_factory.mktemp("predecessor") / "project")
    opened = project.open()
    reading = read_folder(FOLDER, include=frozenset(), collection=None, matches=None, most_enlarged=1.5, max_file_mb=2)
    with Database(opened.paths.database) as database:
        write_import(reading, find_target(reading, opened, None), project=opened, database=database)
    return project, as_json(reading)


def test_every_page_letter_and_row_is_reported_exactly_once_with_its_line(taken_over):
    _, report = taken_over
    kinds = {"page", "child page", "admin page", "letter", "acceptance row"}
    findings = [one for one in report["findings"] if one["kind"] in kinds]
    assert Counter((one["file"], one["kind"], one["name"]) for one in findings) == written(FOLDER)
    for one in findings:
        lines = (FOLDER / one["file"]).read_text(encoding="utf-8-sig").splitlines()
        assert one["name"].split()[0] in " ".join(lines[one["line"] - 1 : one["line"] + 1])


def test_every_key_of_the_settings_and_every_file_is_reported_exactly_once(taken_over):
    _, report = taken_over
    config = json.loads((FOLDER / "config.json").read_text())
    assert sorted(one["name"] for one in report["findings"] if one["kind"] == "setting") == sorted(keys(config))
    files = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()]
    assert sorted(row["file"] for row in report["files"]) == sorted(files)
    assert not [one for one in report["findings"] if one["fate"] == "unreadable"]


def test_the_spec_plans_every_image_without_a_problem(taken_over, run_in):
    project, report = taken_over
    plan = run_in(project, "plan", "--json").json
    assert plan["problems"] == {}
    assert plan["images"]["total"] == sum(report["images"].values())


def test_the_spec_runs_in_the_sandbox(taken_over, sandbox):
    project, _ = taken_over
    house = House(project, sandbox)
    opened = house.open()
    wanted = require_specs([opened.paths.specs], root=opened.root, max_file_mb=2)
    with Database(opened.paths.database) as database:
        Catalog(database).sync(wanted)
    of_each_type = {image.type: image.key for image in wanted[0].images}
    made = house.make(list(of_each_type.values()), rollout={"require_approval": False})
    assert set(project.images()) == set(of_each_type.values()), made
    assert len(of_each_type) == 5
