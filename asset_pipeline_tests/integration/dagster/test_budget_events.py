"""What Dagster's events say of money that goes down: alerts, and what an image was made without."""

import dagster as dg

from asset_pipeline.image_work import Asset
from asset_pipeline_tests.support.dagster_home import IMAGES, last_materialization, make
from asset_pipeline_tests.support.specs import spec_of

KEYS = ["test.icons.lantern", "test.icons.compass"]


def alerts_of(instance):
    """Return the alerts that the asset of finished images has seen."""
    records = instance.fetch_observations(IMAGES, limit=20).records
    seen = [record.asset_observation for record in records]
    return [one for one in seen if "alert" in one.metadata]


def test_an_alert_is_an_observation_of_no_single_image_and_a_warning_in_the_run(synced, instance, monkeypatch):
    monkeypatch.setenv("ASSET_PIPELINE__BUDGET__TOTAL_USD", "0.15")
    synced(spec_of(2))
    result = make(instance, KEYS[0], KEYS[1])
    assert result.success
    (alert,) = alerts_of(instance)
    assert alert.partition is None
    assert alert.metadata["budget"] == dg.TextMetadataValue("total")
    assert alert.metadata["share"] == dg.FloatMetadataValue(0.5)
    text = alert.metadata["alert"].value
    assert text.startswith("budget 'total': 50 % of its limit is spent")
    assert alert.description == text
    warnings = [entry.user_message for entry in instance.all_logs(result.run_id) if entry.level == 30]
    assert text in warnings
    make(instance, KEYS[0], KEYS[1])
    assert len(alerts_of(instance)) == 1


def test_an_image_that_was_made_with_less_says_so_in_its_materialization(synced, instance, monkeypatch):
    monkeypatch.setenv("ASSET_PIPELINE__BUDGET__SAMPLE_USD", "0.03")
    monkeypatch.setenv("ASSET_PIPELINE__BUDGET__DEGRADE", '["cheaper_model"]')
    model = "black-forest-labs/flux-schnell"
    monkeypatch.setenv("ASSET_PIPELINE__BUDGET__CHEAPER_MODELS", f'{{"recraft-ai/recraft-v3": "{model}"}}')
    synced(spec_of(1))
    result = make(instance, KEYS[0])
    assert result.success
    made = last_materialization(instance, KEYS[0])
    in_full = "in full it needs up to $0.0546, and budget 'sample' has $0.0285 left"
    assert made.metadata["degraded"].value == f"cheaper_model ({model}): {in_full}"
    assert made.metadata["model"].value == model
    assert "degraded" not in last_materialization(instance, KEYS[0], Asset.PROMPTS).metadata
    said = [entry.user_message for entry in instance.all_logs(result.run_id) if entry.level == 30]
    assert any(f"{KEYS[0]} made with less, as budget.degrade allows: cheaper_model" in one for one in said)
