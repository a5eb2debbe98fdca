"""A run in which some images fail: the others land, the failed ones alone are failed, and alone bought again."""

import dagster as dg
import pytest

from asset_pipeline_tests.support.specs import TITLES, spec_of

FLAGGED, BROKEN = TITLES[3:5], TITLES[7]
FAILED_KEYS = {f"test.icons.{title.lower()}" for title in (*FLAGGED, BROKEN)}
NOBODY_DECIDES = {"waiting": 0, "rejected": 0}


def instance_of(project, monkeypatch):
    """Open the project's Dagster instance in this process."""
    monkeypatch.setenv("DAGSTER_HOME", str(project.root))
    monkeypatch.chdir(project.root)
    return dg.DagsterInstance.get()


@pytest.fixture
def failing(served_project, sandbox):
    """A project of 20 images, of which the sandbox refuses three."""
    served_project.spec(spec_of(20))
    sandbox.script(
        *({"fault": "flagged", "contains": title} for title in FLAGGED), {"fault": "failed", "contains": BROKEN}
    )
    return served_project


def test_of_20_images_with_3_refused_17_land_and_the_next_run_buys_the_3(failing, sandbox, monkeypatch):
    first = failing.command("run", "--json")
    assert first.code == 3, first.err
    assert first.json["images"] == {"total": 20, "up_to_date": 0, "done": 17, "failed": 3, "held": 0} | NOBODY_DECIDES
    assert set(first.json["failed"]) == FAILED_KEYS
    assert len(failing.images()) == 17
    with instance_of(failing, monkeypatch) as instance:
        images = dg.AssetKey("generated_images")
        assert instance.get_materialized_partitions(images) == set(failing.images())
        statuses = instance.get_status_by_partition(
            images, sorted(FAILED_KEYS | set(failing.images())), dg.DynamicPartitionsDefinition(name="images")
        )
        failed = {key for key, status in statuses.items() if status and status.value == "FAILED"}
        assert failed == FAILED_KEYS

    bought = {call["id"] for call in sandbox.invoice() if call["provider"] == "replicate"}
    second = failing.command("run", "--json")
    assert second.code == 0, second.err
    assert second.json["images"] == {"total": 20, "up_to_date": 17, "done": 3, "failed": 0, "held": 0} | NOBODY_DECIDES
    new = [c for c in sandbox.invoice() if c["provider"] == "replicate" and c["id"] not in bought]
    assert len(new) == 3
    assert len(failing.images()) == 20
    spent = failing.rows("SELECT sum(cost_usd) FROM calls")[0][0]
    assert spent == sandbox.total()
