"""Without an approval no path whatever buys an image beyond the sample."""

import os
import sys
from pathlib import Path

import dagster as dg
import pytest

from asset_pipeline.defs.instance import open_instance
from asset_pipeline.defs.sensors import look_for_specs
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.specs import require_specs
from asset_pipeline.specs.sample import choose_sample
from asset_pipeline_tests.support.dagster_home import make, settle_in
from asset_pipeline_tests.support.specs import spec_of

SAMPLE = 2
SPEC = spec_of(9, extra=[f"sample: {SAMPLE}"])
DAGSTER = Path(sys.executable).parent / "dagster"


@pytest.fixture
def gated(served_project):
    """A project with nine images, of which two are the sample, all known to Dagster."""
    served_project.spec(SPEC)
    assert served_project.command("sync").code == 0
    return served_project


def sample_of(project):
    """Return the keys of the sample, and of the rest."""
    (collection,) = require_specs([project.root / "data" / "specs" / "spec.yaml"], root=project.root, max_file_mb=2)
    sample = set(choose_sample(collection.images, SAMPLE))
    return sample, [image.key for image in collection.images if image.key not in sample]


def assert_only_the_sample_was_bought(project, sandbox, *, made):
    """Look at the ledger, at the provider's invoice, and at the files."""
    sample, _ = sample_of(project)
    paid = {key for (key,) in project.rows("SELECT DISTINCT image_key FROM calls")}
    assert paid <= sample
    assert set(project.images()) == (sample if made else set())
    assert len(sandbox.invoice()) == project.rows("SELECT count(*) FROM calls WHERE state = 'settled'")[0][0]
    assert {stage for (stage,) in project.rows("SELECT DISTINCT stage FROM calls")} <= {"sample"}


def test_run_makes_the_sample_says_what_the_rest_waits_for_and_ends_with_5(gated, sandbox):
    sample, rest = sample_of(gated)
    ran = gated.command("run", "data/specs/spec.yaml")
    assert ran.code == 5
    assert f"[{SAMPLE}/{SAMPLE}] done" in ran.out
    assert "7 wait for a person" in ran.out
    assert "asset-pipeline approve test --amount USD" in ran.out
    assert "http://127.0.0.1:4500/c/test" in ran.out
    assert_only_the_sample_was_bought(gated, sandbox, made=True)
    states = dict(gated.rows("SELECT image_key, state FROM images"))
    assert states == dict.fromkeys(sample, "done") | dict.fromkeys(rest, "missing")
    before = len(sandbox.invoice())
    again = gated.command("run", "data/specs/spec.yaml", "--json")
    assert (again.code, again.json["images"]["waiting"], again.json["images"]["done"]) == (5, 7, 0)
    assert set(again.json["waiting"]) == set(rest)
    assert len(sandbox.invoice()) == before


@pytest.mark.parametrize("arguments", [("--only",), ("--limit", 9), ("--select", "orchestrated_prompts")], ids=str)
def test_no_option_of_run_gets_around_it(gated, sandbox, arguments):
    _, rest = sample_of(gated)
    keys = rest if arguments == ("--only",) else ()
    ran = gated.command("run", "data/specs/spec.yaml", *arguments, *keys)
    assert ran.code == 5
    made = arguments == ("--limit", 9)
    assert_only_the_sample_was_bought(gated, sandbox, made=made)


def test_a_single_partition_of_dagsters_command_line_gets_not_around_it(gated, sandbox):
    _, rest = sample_of(gated)
    ran = gated.execute(
        DAGSTER, "asset", "materialize", "-m", "asset_pipeline.definitions", "--select", "*",
        "--partition", rest[0],
    )  # fmt: skip
    assert ran.code == 0, ran.err[-2000:]
    assert "waiting for a person" in ran.err + ran.out
    assert_only_the_sample_was_bought(gated, sandbox, made=False)


def test_a_range_and_a_backfill_make_the_sample_and_leave_the_rest_missing(gated, sandbox, monkeypatch):
    settle_in(gated, monkeypatch)
    sample, rest = sample_of(gated)
    with open_instance(gated.open()) as instance:
        order = instance.get_dynamic_partitions("images")
        result = make(instance, order[0], order[-1])
        assert result.success
        finished = instance.get_materialized_partitions(dg.AssetKey(str(Asset.GENERATED_IMAGES)))
        prompts = instance.get_materialized_partitions(dg.AssetKey(str(Asset.PROMPTS)))
        (told,) = [
            event.asset_observation_data.asset_observation
            for event in result.all_events
            if event.event_type_value == "ASSET_OBSERVATION" and event.partition is None
        ]
        run = instance.get_run_by_id(result.run_id)
        checks = [e.event_specific_data for e in result.all_events if e.event_type_value == "ASSET_CHECK_EVALUATION"]
    assert finished == sample
    assert prompts == sample | set(rest)
    assert told.metadata["waiting"].value == len(rest)
    assert told.metadata["review"].value == "http://127.0.0.1:4500/c/test"
    assert run.tags["asset_pipeline/review"] == "http://127.0.0.1:4500/c/test"
    (review,) = [check for check in checks if check.check_name == "nothing_waits_for_review"]
    assert (review.passed, review.metadata["waiting"].value) == (False, SAMPLE)
    assert_only_the_sample_was_bought(gated, sandbox, made=True)


def test_what_the_sensor_asks_for_is_gated_as_well(gated, sandbox, monkeypatch):
    settle_in(gated, monkeypatch)
    written = gated.spec(SPEC.replace("Lantern", "Lamp"))
    os.utime(written, (0, 0))  # nobody is writing it any more
    with open_instance(gated.open()) as instance:
        context = dg.build_sensor_context(instance)
        ticked = look_for_specs(context)
        for request in ticked.dynamic_partitions_requests:
            if isinstance(request, dg.AddDynamicPartitionsRequest):
                instance.add_dynamic_partitions("images", request.partition_keys)
        for request in ticked.run_requests:
            tags = request.tags
            make(instance, tags["dagster/asset_partition_range_start"], tags["dagster/asset_partition_range_end"])
    assert ticked.run_requests
    assert_only_the_sample_was_bought(gated, sandbox, made=True)


def test_even_code_that_asks_the_ledger_itself_gets_nothing(gated):
    import asyncio
    from dataclasses import replace

    from asset_pipeline.ledger import Barred, Stage
    from asset_pipeline.services import open_ledger
    from asset_pipeline_tests.support.ledgers import intent_for

    _, rest = sample_of(gated)
    with Database(gated.database) as database:
        ledger = open_ledger(gated.open(), database)
        for stage in Stage:
            intent = replace(intent_for("x", stage=stage), image_key=rest[0])
            assert isinstance(asyncio.run(ledger.hold(intent)), Barred)


def test_with_the_gate_off_everything_is_bought_at_once_on_the_production_budget(gated, sandbox):
    gated.set(rollout__require_approval="false")
    ran = gated.command("run", "data/specs/spec.yaml")
    assert ran.code == 0
    assert len(gated.images()) == 9
    assert {stage for (stage,) in gated.rows("SELECT DISTINCT stage FROM calls")} == {"production"}
