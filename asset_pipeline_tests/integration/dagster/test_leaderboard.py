"""The leaderboard as an asset: free, without partitions, with its table and its plot in Dagster."""

import base64
import io
import warnings

import dagster as dg
from PIL import Image

from asset_pipeline.definitions import defs
from asset_pipeline_tests.support.dagster_home import make
from asset_pipeline_tests.support.specs import spec_of

KEY = dg.AssetKey("leaderboard")


def test_it_shows_who_wins_and_costs_nothing(project, synced, instance):
    (key,) = synced(spec_of(1))
    make(instance, key)
    spent = project.rows("SELECT sum(cost_usd) FROM calls")
    repository = defs().get_repository_def()
    assert repository.asset_graph.get(KEY).partitions_def is None
    job = repository.get_implicit_job_def_for_assets([KEY])
    with warnings.catch_warnings():
        # Dagster's own code, warned of by Dagster.
        warnings.filterwarnings("ignore", "InitResourceContext.dagster_run is deprecated", DeprecationWarning)
        assert job.execute_in_process(instance=instance, asset_selection=[KEY]).success
    metadata = instance.get_latest_materialization_event(KEY).asset_materialization.metadata
    table = metadata["leaderboard"].value
    ((winner,),) = project.rows("SELECT model FROM prompt_candidates WHERE won")
    assert f"| icons | **{winner}** |" in table
    assert "| 1 of 1 | 100% " in table
    kind, _, data = metadata["plot"].value.partition("base64,")
    assert kind == "![leaderboard](data:image/png;"
    with Image.open(io.BytesIO(base64.b64decode(data.rstrip(")")))) as plot:
        assert plot.width == 1000
    assert (project.root / "data" / "reports" / "leaderboard.png").is_file()
    assert project.rows("SELECT sum(cost_usd) FROM calls") == spent
