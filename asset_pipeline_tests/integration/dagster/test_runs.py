"""Runs through Dagster: what their events carry, and that one image's end is no other's."""

import base64
import io
import re
import shutil

import dagster as dg
import duckdb
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from PIL import Image

from asset_pipeline import __version__
from asset_pipeline.decisions import Kind
from asset_pipeline.definitions import defs
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline_tests.support.dagster_home import IMAGES, last_materialization, make
from asset_pipeline_tests.support.decisions import decide
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.specs import TITLES, spec_of

KEYS = [f"test.icons.{title.lower()}" for title in TITLES]
# Dagster's own code, warned of by Dagster.
pytestmark = pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run is deprecated")
NUMBERS = (dg.FloatMetadataValue, dg.IntMetadataValue)


def check_of(instance, name, key):
    """Return the last evaluation of a check for an image, and whether it passed."""
    record = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(IMAGES, name), limit=20, partition_filter=None
    )
    of_key = [one for one in record if one.partition == key]
    return of_key[0].event.dagster_event.asset_check_evaluation_data, of_key[0].status


def failure_of(result):
    """Return how a run ended that did not go well."""
    (event,) = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]
    return event.event_specific_data.user_failure_data


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A project with one image that was made; only ever copied."""
    one = FolderProject.make(tmp_path_factory.mktemp("made") / "project")
    one.spec(spec_of(1))
    ran = one.command("run")
    assert ran.code == 0, ran.err
    return one


@pytest.fixture
def one_image(project, made_once):
    """An image that was made, in a project of the test's own."""
    shutil.copytree(made_once.root, project.root, dirs_exist_ok=True)
    return KEYS[0]


def test_the_template_prompt_is_shown_and_free(one_image, instance):
    made = last_materialization(instance, one_image, Asset.PROMPTS)
    assert "Lantern" in made.metadata["prompt"].value
    assert made.metadata["cost_usd"] == dg.FloatMetadataValue(0.0)
    assert isinstance(made.metadata["seconds"], NUMBERS)


def test_the_competition_is_shown_with_every_candidate_and_its_score(one_image, instance, project):
    made = last_materialization(instance, one_image, Asset.ORCHESTRATED_PROMPTS)
    rows = project.rows("SELECT model, score, prompt, won FROM prompt_candidates ORDER BY score")
    assert len(rows) >= 2
    table = made.metadata["candidates"].value
    for model, score, prompt, won in rows:
        assert f"| {score:.2f} |" in table
        assert (f"**{model}**" if won else f"| {model} |") in table
        assert prompt.replace("|", "\\|") in table
    (winner,) = [row for row in rows if row[3]]
    assert (made.metadata["model"].value, made.metadata["prompt"].value) == (winner[0], winner[2])
    paid = project.rows("SELECT sum(cost_usd) FROM calls WHERE provider = 'openrouter'")[0][0]
    assert made.metadata["cost_usd"].value == pytest.approx(float(paid))


def test_the_image_is_shown_with_cost_file_and_a_small_preview(one_image, instance, project):
    made = last_materialization(instance, one_image)
    metadata = {name: entry.value for name, entry in made.metadata.items()}
    assert metadata["size"] == "64x64 png"
    assert metadata["path"].endswith("/project/data/images/test/icons/lantern.png")
    assert metadata["bytes"] == project.images()[one_image].stat().st_size
    assert all(isinstance(made.metadata[name], NUMBERS) for name in ("cost_usd", "total_cost_usd", "seconds"))
    by_provider = dict(project.rows("SELECT provider, sum(cost_usd)::DOUBLE FROM calls GROUP BY 1"))
    assert metadata["cost_usd"] == pytest.approx(by_provider["replicate"])
    assert metadata["total_cost_usd"] == pytest.approx(sum(by_provider.values()))
    assert len(metadata["preview"]) < 30_000
    encoded = re.fullmatch(r"!\[lantern\]\(data:image/(?:jpeg|png|webp);base64,([^)]+)\)", metadata["preview"])
    with Image.open(io.BytesIO(base64.b64decode(encoded[1]))) as preview:
        preview.load()
        assert max(preview.size) > 16


def test_the_data_version_is_the_content_key_and_the_code_version_ours(one_image, instance, project):
    content = project.rows("SELECT content_key FROM calls WHERE provider = 'replicate'")[0][0]
    made = last_materialization(instance, one_image)
    assert made.tags["dagster/data_version"] == content
    for asset in Asset:
        assert last_materialization(instance, one_image, asset).tags["dagster/code_version"] == __version__
    before = last_materialization(instance, one_image, Asset.ORCHESTRATED_PROMPTS)
    assert made.tags["dagster/input_data_version/orchestrated_prompts"] == before.tags["dagster/data_version"]


def test_checks_belong_to_their_image(one_image, instance):
    for name in ("file_is_as_wanted", "file_is_as_booked"):
        evaluation, status = check_of(instance, name, one_image)
        assert (evaluation.partition, evaluation.passed) == (one_image, True)
        assert status is AssetCheckExecutionRecordStatus.SUCCEEDED


def test_a_second_run_costs_nothing_and_says_so(one_image, instance, project):
    first = last_materialization(instance, one_image)
    calls = project.rows("SELECT count(*) FROM calls")
    assert make(instance, one_image).success
    again = last_materialization(instance, one_image)
    assert project.rows("SELECT count(*) FROM calls") == calls
    assert again.metadata["cost_usd"].value == 0.0
    assert again.metadata["reused"].value is True
    assert again.tags["dagster/data_version"] == first.tags["dagster/data_version"]


def test_a_file_that_was_damaged_is_finished_again_from_its_original_for_nothing(one_image, instance, project):
    path = project.images()[one_image]
    whole = path.read_bytes()
    path.write_bytes(b"damaged")
    assert make(instance, one_image).success
    assert path.read_bytes() == whole
    assert project.rows("SELECT count(*) FROM calls WHERE provider = 'replicate'") == [(1,)]


def test_an_original_that_was_damaged_fails_its_image_and_is_not_bought_again(one_image, instance, project):
    (original,) = [path for path in (project.root / "data" / "originals").rglob("*") if path.is_file()]
    original.write_bytes(b"damaged")
    result = make(instance, one_image)
    assert not result.success
    assert "is not the file that was paid for" in failure_of(result).description
    assert project.rows("SELECT count(*) FROM calls WHERE provider = 'replicate'") == [(1,)]


def test_a_file_that_the_books_do_not_bear_out_fails_its_check_and_not_the_run(one_image, instance, project):
    with duckdb.connect(str(project.database)) as connection:
        connection.execute("UPDATE store.calls SET state = 'released' WHERE provider = 'replicate'")
    assert make(instance, one_image).success
    evaluation, status = check_of(instance, "file_is_as_booked", one_image)
    assert (evaluation.partition, evaluation.passed) == (one_image, False)
    assert evaluation.metadata["problem"].value == "the call that paid for it is released"
    assert status is AssetCheckExecutionRecordStatus.FAILED
    assert check_of(instance, "file_is_as_wanted", one_image)[0].passed


def test_one_image_that_fails_touches_no_other_and_is_named_with_its_reason(served_project, sandbox, synced, instance):
    synced(spec_of(4))
    sandbox.script({"fault": "flagged", "contains": TITLES[1]}, {"fault": "failed", "contains": TITLES[2]})
    result = make(instance, KEYS[0], KEYS[3])
    assert not result.success
    assert set(served_project.images()) == {KEYS[0], KEYS[3]} == instance.get_materialized_partitions(IMAGES)
    failure = failure_of(result)
    lines = failure.description.splitlines()
    assert lines[0] == "2 images failed:"
    assert sorted(line.split(":")[0].strip() for line in lines[1:]) == sorted(KEYS[1:3])
    assert "flagged as sensitive" in failure.description
    assert failure.metadata["failed_count"].value == 2
    prompts = instance.get_materialized_partitions(dg.AssetKey("orchestrated_prompts"))
    assert prompts == set(KEYS[:4])


BY_IMAGE = ["file_is_as_booked", "file_is_as_wanted", "picture_looks_right"]


def evaluate(instance, checks, tags):
    """Evaluate checks without their asset, as the UI does; return how that ended, and what passed by name and image."""
    selection = dg.AssetSelection.checks(*(dg.AssetCheckKey(IMAGES, name) for name in checks))
    alone = dg.Definitions(jobs=[dg.define_asset_job("checks_alone", selection=selection)])
    job = dg.Definitions.merge(defs(), alone).resolve_job_def("checks_alone")
    result = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    found = result.get_asset_check_evaluations()
    return result, {(one.check_name, one.partition): one.passed for one in found}


@pytest.mark.parametrize(
    "tags",
    [
        {"dagster/partition": KEYS[0]},
        {"dagster/asset_partition_range_start": KEYS[0], "dagster/asset_partition_range_end": KEYS[0]},
    ],
    ids=["partition", "range"],
)
def test_checks_without_their_asset_look_at_an_image_again_and_make_nothing(one_image, instance, project, tags):
    calls = project.rows("SELECT count(*) FROM calls")
    result, found = evaluate(instance, BY_IMAGE, tags)
    assert result.success
    assert found == {(name, one_image): True for name in BY_IMAGE}
    project.images()[one_image].write_bytes(b"damaged")
    result, found = evaluate(instance, BY_IMAGE[:2], tags)
    assert result.success
    assert found == {(name, one_image): False for name in BY_IMAGE[:2]}
    assert project.rows("SELECT count(*) FROM calls") == calls
    assert project.images()[one_image].read_bytes() == b"damaged"


def test_checks_of_the_whole_need_no_image_and_those_of_an_image_say_that_they_do(one_image, instance):
    result, found = evaluate(instance, ["budgets_are_kept", "nothing_waits_for_review", *BY_IMAGE], {})
    assert found == {("budgets_are_kept", None): True, ("nothing_waits_for_review", None): False}
    assert failure_of(result).description.startswith(
        f"{', '.join(BY_IMAGE)}: evaluated for single images, and this run"
    )
    assert evaluate(instance, ["budgets_are_kept"], {})[0].success


def observed(instance, key):
    """Return what was last observed of an image that was not made."""
    filters = dg.AssetRecordsFilter(asset_key=IMAGES, asset_partitions=[key])
    (record,) = instance.fetch_observations(filters, limit=1).records
    return {name: value.value for name, value in record.asset_observation.metadata.items()}


def test_an_image_that_no_spec_wants_fails_and_says_so_beside_others_that_are_made(project, synced, instance):
    synced(spec_of(1))
    instance.add_dynamic_partitions("images", ["test.icons.ghost"])
    result = make(instance, KEYS[0], "test.icons.ghost")
    assert not result.success
    assert set(project.images()) == {KEYS[0]}
    reason = "no spec wants it; `asset-pipeline sync` brings partitions in step with the specs"
    assert failure_of(result).description == f"1 image failed:\n  test.icons.ghost: {reason}"
    assert observed(instance, "test.icons.ghost") == {"state": "failed", "reason": reason}


def test_an_image_that_is_rejected_is_left_out_says_so_and_does_not_fail_the_run(project, synced, instance):
    synced(spec_of(2))
    with Database(project.database) as database:
        decide(database, Kind.REJECT, KEYS[0])
    assert make(instance, KEYS[0], KEYS[1]).success
    assert set(project.images()) == {KEYS[1]} == instance.get_materialized_partitions(IMAGES)
    said = observed(instance, KEYS[0])
    assert said["state"] == "rejected"
    assert "`asset-pipeline approve KEY` takes that back" in said["reason"]


def test_images_that_the_budget_leaves_out_stay_missing_and_the_run_does_not_fail(
    project, synced, instance, monkeypatch
):
    monkeypatch.setenv("ASSET_PIPELINE__BUDGET__SAMPLE_USD", "0.10")
    synced(spec_of(4))
    assert make(instance, KEYS[0], KEYS[3]).success
    made = instance.get_materialized_partitions(IMAGES)
    assert 0 < len(made) < 4
    statuses = instance.get_status_by_partition(IMAGES, KEYS[:4], dg.DynamicPartitionsDefinition(name="images"))
    assert {key for key, status in statuses.items() if status is None} == set(KEYS[:4]) - made
    spent, held = project.rows("SELECT spent_usd, held_usd FROM budgets WHERE scope = 'sample'")[0]
    assert held == 0
    assert 0 < spent <= 0.095


def test_the_end_of_a_run_writes_the_contact_sheet_as_an_asset(one_image, instance, project):
    event = instance.get_latest_materialization_event(dg.AssetKey("contact_sheets"))
    metadata = {name: entry.value for name, entry in event.asset_materialization.metadata.items()}
    assert metadata["collection"] == "test"
    page = project.root / "data" / "reports" / "test" / "contact-sheet.html"
    assert metadata["page"].endswith("/project/data/reports/test/contact-sheet.html")
    assert "Lantern" in page.read_text()
