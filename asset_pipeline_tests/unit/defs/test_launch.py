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

FAILING = "test.covers.fog"
KEYS = [f"test.icons.{title.lower()}" for title in TITLES]
# Dagster's own code, warned of by Dagster.
pytestmark = pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run is deprecated")


@pytest.fixture
def launch(home, instance):
    """Materialize some of five images, or the one that always fails; returns the summary, and what was spent."""
    spec = spec_of(5, extra=["types: {covers: {master_prompt: '{{ nope }}'}}"])
    spec = spec.replace("images:\n", "images:\n  - {type: covers, title: Fog}\n")
    collections = load_specs([home.spec(spec)], root=home.root, max_file_mb=1).collections
    with Database(new_ledger(home.database)) as database:
        Catalog(database).sync(collections)
        apply_to_instance(instance, Catalog(database))

    def launched(keys, *, free=(), assets=tuple(Asset), at_landing=lambda: None):
        told, spent, said = [], [], []

        def on_landed(landed):
            told.append(landed)
            at_landing()

        summary = materialize(
            instance,
            keys,
            free=free,
            assets=assets,
            on_spend=spent.append,
            on_landed=on_landed,
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


def test_an_image_that_failed_before_does_not_hide_that_a_later_run_breaks_off(launch, home):
    summary, _ = launch(
        [FAILING, KEYS[1]], at_landing=lambda: (home.root / "pipeline.yaml").write_text("budget: {total_usd: 120}\n")
    )
    assert [(one.key, one.state) for one in summary.landed] == [(FAILING, "failed")]
    assert len(summary.run_ids) == 2
    (error,) = summary.broke_off
    assert "budget.total_usd" in error


def test_an_image_that_failed_does_not_hide_that_its_own_run_breaks_off(launch, home):
    reports = home.root / "data" / "reports"
    reports.mkdir()
    (reports / "test").symlink_to(home.root)
    summary, _ = launch([FAILING, KEYS[0]])
    assert summary.count() == {"failed": 1, "done": 1}
    (error,) = summary.broke_off
    assert "data/reports/test" in error


def test_failed_images_alone_are_no_run_that_breaks_off(launch):
    summary, _ = launch([FAILING, KEYS[0]])
    assert (summary.count(), summary.broke_off) == ({"failed": 1, "done": 1}, [])
