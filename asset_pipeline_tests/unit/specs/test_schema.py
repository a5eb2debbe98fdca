"""The committed JSON Schemas: up to date, in force in editors, and kept by the demo."""

import json
import shutil

import jsonschema
import pytest
import yaml

from asset_pipeline import schemas
from asset_pipeline.specs import ImageType, require_specs
from asset_pipeline_tests.support.projects import REPOSITORY

DEMO = REPOSITORY / "data" / "specs" / "demo.yaml"


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((REPOSITORY / schemas.SPEC_SCHEMA).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A folder with `pipeline.yaml` and both schemas, entered."""
    for name in ("pipeline.yaml", schemas.SETTINGS_SCHEMA, schemas.SPEC_SCHEMA):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_committed_schemas_are_up_to_date():
    assert schemas.outdated(REPOSITORY) == []


@pytest.mark.parametrize("name", [schemas.SETTINGS_SCHEMA, schemas.SPEC_SCHEMA])
def test_a_schema_that_is_changed_or_missing_is_reported_and_written_anew(copy, capsys, name):
    before = (copy / name).read_text()
    assert schemas.main(["--check"]) == 0
    for spoil in (lambda: (copy / name).write_text(before + " "), (copy / name).unlink):
        spoil()
        assert schemas.main(["--check"]) == 1
        assert name in capsys.readouterr().err
        assert schemas.main([]) == 0
        assert (copy / name).read_text() == before


def test_the_demo_is_valid_against_the_schema(validator):
    assert [error.message for error in validator.iter_errors(yaml.safe_load(DEMO.read_text()))] == []


def test_the_demo_names_its_schema_for_editors():
    assert f"$schema={schemas.SPEC_SCHEMA.rpartition('/')[2]}" in DEMO.read_text().splitlines()[0]


def test_the_settings_file_is_valid_against_its_schema():
    schema = json.loads((REPOSITORY / schemas.SETTINGS_SCHEMA).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    settings = yaml.safe_load((REPOSITORY / "pipeline.yaml").read_text())
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(settings)] == []


def test_the_demo_has_twelve_images_of_all_five_types_in_png_webp_and_jpeg():
    (collection,) = require_specs([DEMO], root=REPOSITORY, max_file_mb=2)
    assert len(collection.images) == 12
    assert {image.type for image in collection.images} == set(ImageType)
    assert {image.format for image in collection.images} == {"png", "webp", "jpg"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"collection": "A"},
        {"collection": "../a"},
        {"nonsense": 1},
        {"images": [{"type": "icon", "title": "A"}]},
        {"images": [{"type": "icons"}]},
        {"images": [{"type": "icons", "title": "A", "sise": "64x64"}]},
        {"images": [{"type": "icons", "title": "A", "size": "64"}]},
        {"images": [{"type": "icons", "title": "A", "format": "gif"}]},
        {"images": [{"type": "icons", "title": "A", "variants": 21}]},
        {"images": [{"type": "icons", "title": "A", "variants": 0}]},
        {"images": [{"type": "icons", "title": 5}]},
        {"types": {"icons": {"colour": "red"}}},
        {"theme": {"mood": 3}},
        {"pages": [{"title": "A", "tier": "hubb"}]},
        {"pages": [{"title": "A", "tone": "Warm Welcome"}]},
        {"images": [{"type": "icons", "title": "A", "tone": 1}]},
        {"pages": "A"},
    ],
)  # fmt: skip
def test_an_editor_marks_what_the_loader_refuses(validator, load, wrong):
    spec = yaml.safe_load(DEMO.read_text()) | wrong
    assert not validator.is_valid(spec)
    assert load(yaml.safe_dump(spec)).problems


def test_a_spec_without_a_collection_is_marked_too(validator):
    spec = yaml.safe_load(DEMO.read_text())
    del spec["collection"]
    assert not validator.is_valid(spec)
