"""Materializing from the command line: which runs there are, and what is told of each image."""

from dataclasses import replace

import dagster as dg
import pytest

from asset_pipeline.defs.launch import materialize, materialized
from asset_pipeline.defs.partitions import apply_to_instance
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.specs import Catalog, load_specs
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.specs import TITLES, spec_of

KEYS = [f"test.icons.{title.lower()}" for title in TITLES]
# Dagster's own code, warned of by Dagster.
pytestmark = pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run is deprecated")


@pytest.fixture
def launch(home, instance):
    """Materialize some of five images; returns the summary, what was told while it went on, and what was spent."""
    collections = load_specs([home.spec(spec_of(5))], root=home.root, max_file_mb=1).collections
    with Database(new_ledger(home.database)) as database:
        Catalog(database).sync(collections)
        apply_to_instance(instance, Catalog(database))

    def launched(keys, *, free=(), assets=tuple(Asset)):
        told, spent, said = [], [], []
        summary = materialize(
            instance,
            keys,
            free=free,
            assets=assets,
            on_spend=spent.append,
            on_landed=told.append,
            on_alert=said.append,
        )
        assert [replace(one) for one in told] == summary.landed
        assert said == summary.alerts
        return summary, sum(spent)

    return launched


def test_neighbours_are_one_run_and_others_are_runs_of_their_own(launch, home, instance):
    summary, spent = launch([KEYS[0], KEYS[1], KEYS[4]])
    assert len(summary.run_ids) == 2
    assert {one.key for one in summary.landed} == {KEYS[0], KEYS[1], KEYS[4]} == set(home.images())
    assert summary.count() == {"done": 3}
    assert materialized(instance, Asset.GENERATED_IMAGES) == set(home.images())
    assert spent == pytest.approx(float(home.rows("SELECT sum(cost_usd) FROM calls")[0][0]))
    assert {run.run_id for run in instance.get_runs()} == set(summary.run_ids)


def test_what_is_free_may_lie_between_and_is_not_told_of(launch):
    launch([KEYS[1]])
    summary, spent = launch([KEYS[0], KEYS[2]], free=[KEYS[1]])
    assert len(summary.run_ids) == 1
    assert {one.key for one in summary.landed} == {KEYS[0], KEYS[2]}
    assert spent == pytest.approx(sum(one.cost_usd for one in summary.landed))


def test_images_that_a_budget_leaves_out_are_held_and_name_the_budget(launch, monkeypatch):
    monkeypatch.setenv("ASSET_PIPELINE__BUDGET__SAMPLE_USD", "0.06")
    summary, _ = launch(KEYS[:3])
    held = [one for one in summary.landed if one.state == "held"]
    assert summary.count() == {"done": 1, "held": 2}
    assert {one.budget for one in held} == {"sample"}
    assert all(one.needed_usd > 0.04 for one in held)
    assert summary.broke_off == []


def test_a_stage_alone_lands_at_that_stage(launch, home, instance):
    summary, spent = launch(KEYS[:2], assets=[Asset.PROMPTS])
    assert summary.count() == {"done": 2}
    assert spent == 0
    assert instance.get_materialized_partitions(dg.AssetKey("prompts")) == set(KEYS[:2])
    assert home.images() == {}


def test_a_run_that_breaks_off_says_why(launch, home):
    home.database.write_bytes(b"no database")
    summary, _ = launch(KEYS[:1])
    assert summary.landed == []
    (error,) = summary.broke_off
    assert f"LedgerFileError: {home.database} is no DuckDB file" in error
