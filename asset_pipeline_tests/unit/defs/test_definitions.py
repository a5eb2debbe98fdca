"""The definitions as Dagster loads them in a project."""

import re

import dagster as dg
import pytest
from dagster.components.core.component_tree import ComponentTreeException

from asset_pipeline.definitions import defs
from asset_pipeline.errors import SettingsError, SetupError
from asset_pipeline.image_work import Asset
from asset_pipeline_tests.support.guides import DOCS

STAGES = [dg.AssetKey(str(asset)) for asset in Asset]


@pytest.fixture
def repository(home):
    return defs().get_repository_def()


def test_the_three_stages_depend_on_each_other_in_their_order(repository):
    graph = repository.asset_graph
    assert [graph.get(key).parent_keys for key in STAGES] == [set(), {STAGES[0]}, {STAGES[1]}]
    assert graph.get(dg.AssetKey("contact_sheets")).parent_keys == {STAGES[2]}


def test_every_stage_has_a_partition_per_image_and_takes_a_range_in_one_run(repository):
    for key in STAGES:
        node = repository.asset_graph.get(key)
        assert node.partitions_def == dg.DynamicPartitionsDefinition(name="images")
        assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_no_asset_is_made_by_itself(repository):
    for key in repository.asset_graph.get_all_asset_keys():
        assert repository.asset_graph.get(key).automation_condition is None


def test_all_that_is_declared_has_a_description(repository):
    graph = repository.asset_graph
    assert all(graph.get(key).description for key in graph.get_all_asset_keys())
    assert all(graph.get_check_spec(key).description for key in graph.asset_check_keys)
    assert all(one.description for one in (*repository.sensor_defs, *repository.schedule_defs))
    names = ("images_job", "reconcile_job", "backup_job", "stats_job")
    assert all(repository.get_job(name).description for name in names)


@pytest.mark.parametrize(
    ("setting", "status"), [("false", "STOPPED"), ("true", "RUNNING")], ids=["by default", "as the setting says"]
)
def test_sensors_and_schedules_are_stopped_until_the_setting_starts_them(home, monkeypatch, setting, status):
    if setting == "true":
        monkeypatch.setenv("ASSET_PIPELINE__AUTOMATION__START_SENSORS", setting)
    repository = defs().get_repository_def()
    statuses = {one.name: one.default_status.name for one in (*repository.sensor_defs, *repository.schedule_defs)}
    names = ("new_specs", "decisions", "held_after_failure", "reconcile", "nightly_backup", "refresh_stats")
    assert statuses == dict.fromkeys(names, status)


@pytest.mark.parametrize("page", ["dagster.md", "operating.md"])
def test_what_starts_by_itself_is_on_the_pages_that_list_it(repository, page):
    rows = re.findall(r"^\| (sensor|schedule) `(\w+)` \|", (DOCS / page).read_text(), re.MULTILINE)
    sensors = [("sensor", one.name) for one in repository.sensor_defs]
    assert sorted(rows) == sorted([*sensors, *(("schedule", one.name) for one in repository.schedule_defs)])


def test_interval_and_cron_are_settings(home, monkeypatch):
    monkeypatch.setenv("ASSET_PIPELINE__AUTOMATION__SPEC_INTERVAL_S", "42")
    monkeypatch.setenv("ASSET_PIPELINE__AUTOMATION__RECONCILE_CRON", "7 * * * *")
    monkeypatch.setenv("ASSET_PIPELINE__AUTOMATION__BACKUP_CRON", "8 4 * * *")
    monkeypatch.setenv("ASSET_PIPELINE__AUTOMATION__STATS_CRON", "8 * * * *")
    repository = defs().get_repository_def()
    assert repository.get_sensor_def("new_specs").minimum_interval_seconds == 42
    assert repository.get_schedule_def("reconcile").cron_schedule == "7 * * * *"
    assert repository.get_schedule_def("nightly_backup").cron_schedule == "8 4 * * *"
    assert repository.get_schedule_def("refresh_stats").cron_schedule == "8 * * * *"


def test_no_key_is_in_what_dagster_shows_of_the_resources(home, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_not_to_be_seen")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-not_to_be_seen")
    repository = defs().get_repository_def()
    shown = repr({name: one.config_schema.default_value for name, one in repository.get_top_level_resources().items()})
    assert "total_usd" in shown
    assert "not_to_be_seen" not in shown


def test_a_folder_that_is_no_project_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = why_loading_fails()
    assert isinstance(error, SetupError)
    assert str(error).startswith(f"no pipeline.yaml in {tmp_path} or above it")
    assert "run this inside the project's folder, or set ASSET_PIPELINE_ROOT to it" in str(error)


def test_a_wrong_setting_is_said_when_the_definitions_load(home, monkeypatch):
    monkeypatch.setenv("ASSET_PIPELINE__BUDGET__TOTAL_USD", "100")
    error = why_loading_fails()
    assert isinstance(error, SettingsError)
    assert "ASSET_PIPELINE__BUDGET__TOTAL_USD" in str(error)


def why_loading_fails():
    """Load the definitions, and return what Dagster names as the cause of the failure."""
    with pytest.raises(ComponentTreeException) as caught:
        defs()
    error = caught.value
    while error.__cause__:
        error = error.__cause__
    return error
