"""`dagster dev` with its daemon: a spec that is dropped into the folder becomes images, a broken one a failed tick."""

import pytest

from asset_pipeline_tests.support.dagster_home import dev_server, poll
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.specs import spec_of

KEYS = {"test.icons.lantern", "test.icons.compass", "test.icons.anchor"}
BROKEN = "collection: broken\nimages:\n  - {type: icons, titel: Compass}\n"
TICKS = """query($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) { ... on Sensor {
    sensorState { status ticks(limit: 20) { status error { errorChain { error { message } } } } } } } }"""
SENSOR = {
    "repositoryLocationName": "asset_pipeline",
    "repositoryName": "__repository__",
    "sensorName": "new_specs",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of a project whose sensors start with the daemon."""
    project = FolderProject.make(tmp_path_factory.mktemp("daemon") / "project")
    project.set(automation__start_sensors="true", automation__spec_interval_s=5)
    with dev_server(project) as one:
        yield one


def sensor_of(server):
    return server.ask(TICKS, sensor=SENSOR)["sensorOrError"]["sensorState"]


def test_a_dropped_spec_becomes_images_in_one_run_and_a_broken_one_fails_its_tick_with_file_and_line(server):
    assert sensor_of(server)["status"] == "RUNNING"
    server.project.spec(spec_of(3))
    poll(lambda: server.materialized() >= KEYS, within_s=90, what="the materialization of three images")
    assert set(server.project.images()) == KEYS
    runs = server.ask("{ runsOrError { ... on Runs { results { status tags { key value } } } } }")
    (run,) = runs["runsOrError"]["results"]
    assert {"key": "dagster/sensor_name", "value": "new_specs"} in run["tags"]

    server.project.spec(BROKEN, "broken.yaml")
    (tick, *_) = poll(
        lambda: [tick for tick in sensor_of(server)["ticks"] if tick["status"] == "FAILURE"],
        within_s=60,
        what="a failed tick",
    )
    causes = " ".join(link["error"]["message"] for link in tick["error"]["errorChain"])
    assert "data/specs/broken.yaml:3: images[0].titel" in causes
