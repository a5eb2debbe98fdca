"""The statistics as an asset: free, without partitions, with numbers that the UI plots, and a picture."""

import base64
import io
import warnings

import dagster as dg
from PIL import Image

from asset_pipeline.definitions import defs
from asset_pipeline_tests.support.dagster_home import make
from asset_pipeline_tests.support.specs import spec_of

KEY = dg.AssetKey("pipeline_stats")


def refresh(instance):
    """Run the job that the schedule runs, and return what it brought."""
    job = defs().get_repository_def().get_job("stats_job")
    with warnings.catch_warnings():
        # Dagster's own code, warned of by Dagster.
        warnings.filterwarnings("ignore", "InitResourceContext.dagster_run is deprecated", DeprecationWarning)
        assert job.execute_in_process(instance=instance).success
    return instance.get_latest_materialization_event(KEY).asset_materialization.metadata


def test_it_shows_how_calls_went_and_costs_nothing(project, synced, instance):
    empty = refresh(instance)
    assert empty["models"].value == "No call has been made yet."
    (key,) = synced(spec_of(1))
    make(instance, key)
    spent = project.rows("SELECT sum(cost_usd), count(*) FROM calls")
    metadata = refresh(instance)
    numbers = {name: value.value for name, value in metadata.items() if isinstance(value.value, int | float)}
    assert numbers["images_delivered"] == 1
    assert numbers["calls"] == spent[0][1]
    assert numbers["usd_per_image"] == float(spent[0][0])
    assert numbers["error_rate"] == 0
    for provider in ("openrouter", "replicate"):
        assert 0 < numbers[f"{provider}_call_p50_s"] <= numbers[f"{provider}_call_p99_s"]
    assert "| replicate | recraft-ai/recraft-v3 | 1 | 0.0% |" in metadata["models"].value
    kind, _, data = metadata["plot"].value.partition("base64,")
    assert kind == "![how calls went](data:image/png;"
    with Image.open(io.BytesIO(base64.b64decode(data.rstrip(")")))) as plot:
        assert plot.width == 1000
    assert len(data) < 60_000
    assert project.rows("SELECT sum(cost_usd), count(*) FROM calls") == spent
