"""Dagster's own commands, typed in the project's root; their runs are on the instance that the UI shows."""

import shutil

import dagster as dg
import pytest

from asset_pipeline.image_work import Asset
from asset_pipeline_tests.support.dagster_home import IMAGES, PROGRAMS
from asset_pipeline_tests.support.projects import REPOSITORY
from asset_pipeline_tests.support.specs import spec_of

KEYS = ["test.icons.lantern", "test.icons.compass", "test.icons.anchor"]
MODULE = ("-m", "asset_pipeline.definitions")


@pytest.fixture(autouse=True)
def root(project, synced):
    """A clone's root, with three images wanted."""
    shutil.copy(REPOSITORY / "pyproject.toml", project.root / "pyproject.toml")
    assert synced(spec_of(3)) == KEYS
    return project.root


@pytest.fixture
def materialize(project):
    """Type `dagster asset materialize`."""

    def typed(*arguments, **variables):
        return project.execute(PROGRAMS / "dagster", "asset", "materialize", *arguments, **variables)

    return typed


def materialized(instance):
    return {asset: set(instance.get_materialized_partitions(dg.AssetKey(str(asset)))) for asset in Asset}


def test_materialize_takes_one_image_through_its_stages(project, materialize, instance):
    ran = materialize("--select", "*", "--partition", KEYS[0])
    assert ran.code == 0, ran.err
    assert set(project.images()) == {KEYS[0]}
    assert set(map(frozenset, materialized(instance).values())) == {frozenset([KEYS[0]])}
    (run,) = instance.get_runs()
    assert (run.status, run.tags["dagster/partition"]) == (dg.DagsterRunStatus.SUCCESS, KEYS[0])


def test_materialize_takes_a_range_in_one_run(project, materialize, instance):
    ran = materialize("--select", "*", "--partition-range", f"{KEYS[0]}...{KEYS[2]}")
    assert ran.code == 0, ran.err
    assert set(project.images()) == set(KEYS)
    assert instance.get_materialized_partitions(IMAGES) == set(KEYS)
    assert instance.get_runs_count() == 1


def test_dg_launch_does_the_same_without_naming_a_module(project, instance):
    ran = project.execute(PROGRAMS / "dg", "launch", "--assets", "*", "--partition", KEYS[1])
    assert ran.code == 0, ran.err
    assert set(project.images()) == {KEYS[1]}
    assert instance.get_materialized_partitions(IMAGES) == {KEYS[1]}


def test_an_image_without_its_prompt_says_which_command_makes_it_and_that_command_does(project, materialize):
    ran = materialize(*MODULE, "--select", "generated_images", "--partition", KEYS[0])
    assert ran.code == 1
    assert f"{KEYS[0]} has no orchestrated prompt" in ran.err
    assert project.rows("SELECT count(*) FROM calls") == [(0,)]
    advice = ran.err.partition("make it first:")[2].splitlines()[0].split()
    assert advice[:3] == ["dagster", "asset", "materialize"]
    assert materialize(*advice[3:]).code == 0
    assert set(project.images()) == {KEYS[0]}


@pytest.mark.parametrize(
    "command",
    [("dagster", "asset", "materialize", *MODULE, "--select"), ("dg", "launch", "--assets")],
    ids=["dagster", "dg"],
)
def test_an_unknown_image_says_how_images_become_known(project, command):
    program, *arguments = command
    ran = project.execute(PROGRAMS / program, *arguments, "*", "--partition", "test.icons.nobody")
    assert ran.code == 1
    assert "The image 'test.icons.nobody' is not known to this Dagster instance" in ran.err
    assert "`asset-pipeline sync`" in ran.err


def test_without_dagster_home_the_root_is_home_and_the_module_can_come_from_the_environment(
    project, materialize, instance
):
    module = {"DAGSTER_MODULE_NAME": "asset_pipeline.definitions"}
    ran = materialize("--select", "prompts", "--partition", KEYS[0], DAGSTER_HOME="", **module)
    assert ran.code == 0, ran.err
    assert instance.get_materialized_partitions(dg.AssetKey("prompts")) == {KEYS[0]}
    assert {path.name for path in project.root.iterdir()} == {
        "dagster.yaml", "data", "pipeline.yaml", "pyproject.toml", "workspace.yaml",
    }  # fmt: skip


def test_a_folder_that_is_no_project_says_where_to_go(project, materialize, tmp_path):
    project.root = tmp_path / "elsewhere"
    project.root.mkdir()
    ran = materialize(*MODULE, "--select", "*", "--partition", KEYS[0])
    assert ran.code == 1
    assert f"no pipeline.yaml in {project.root} or above it" in ran.err
    assert "run this inside the project's folder, or set ASSET_PIPELINE_ROOT to it" in ran.err
