"""Where things are: the root is found, links do not lead out, and one setting moves all state."""

from dataclasses import fields

import pytest

from asset_pipeline.errors import SetupError
from asset_pipeline.paths import Paths, find_root
from asset_pipeline.settings.sources import load_settings


@pytest.fixture
def root(tmp_path):
    """A project with a folder deep in it."""
    root = tmp_path / "project"
    (root / "data" / "specs").mkdir(parents=True)
    (root / "pipeline.yaml").write_text("mode: sandbox\n")
    return root


def test_the_root_is_the_nearest_folder_upwards_with_a_settings_file(root):
    assert find_root(root) == root
    assert find_root(root / "data" / "specs") == root
    (root / "data" / "pipeline.yaml").write_text("")
    assert find_root(root / "data" / "specs") == root / "data"


def test_the_root_is_looked_for_from_where_one_stands(root, monkeypatch):
    monkeypatch.chdir(root / "data")
    assert find_root() == root


def test_a_named_root_beats_where_one_stands_and_is_not_looked_for_upwards(root, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSET_PIPELINE_ROOT", str(root))
    assert find_root(tmp_path) == root
    monkeypatch.setenv("ASSET_PIPELINE_ROOT", str(root / "data"))
    with pytest.raises(SetupError, match=r"no pipeline\.yaml in .*/data\n"):
        find_root(root)


def test_without_a_project_the_error_says_what_to_do(tmp_path):
    with pytest.raises(SetupError, match="run this inside the project's folder, or set ASSET_PIPELINE_ROOT"):
        find_root(tmp_path)


@pytest.mark.parametrize("moved", ["elsewhere", "absolute"])
def test_data_dir_moves_all_state(root, tmp_path, moved):
    target = tmp_path / "absolute" if moved == "absolute" else root / "elsewhere"
    written = str(target) if moved == "absolute" else moved
    paths = load_settings(root, overrides={"data_dir": written}).paths(root)
    places = {
        name: getattr(paths, name) for name in ("database", "images", "originals", "reports", "sandbox", "dagster")
    }
    places |= {field.name: getattr(paths, field.name) for field in fields(Paths) if field.name != "root"}
    assert {name for name, place in places.items() if not place.is_relative_to(target)} == set()
    assert paths.root == root
    assert len(set(places.values())) == len(places)


def test_the_folder_of_specs_can_be_elsewhere_than_the_state(root, tmp_path):
    paths = load_settings(root, overrides={"specs": {"dir": str(tmp_path / "mine")}}).paths(root)
    assert paths.specs == tmp_path / "mine"
    assert paths.data == root / "data"
    assert load_settings(root, overrides={"specs": {"dir": "mine"}}).paths(root).specs == root / "mine"


def test_paths_are_shown_relative_to_the_root_and_stored_relative_to_the_data(root, tmp_path):
    paths = load_settings(root).paths(root)
    assert paths.shown(paths.images / "a.png") == "data/images/a.png"
    assert paths.shown(tmp_path / "a.png") == str(tmp_path / "a.png")
    assert paths.stored(paths.images / "demo" / "a.png") == "images/demo/a.png"
    with pytest.raises(ValueError, match="is not in the subpath"):
        paths.stored(root / "a.png")
