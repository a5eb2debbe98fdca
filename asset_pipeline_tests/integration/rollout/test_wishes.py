"""What decisions ask for is started once: by the page, by Dagster's sensor, or by the next run."""

import asyncio

import dagster as dg
import pytest

from asset_pipeline.decisions import Kind
from asset_pipeline.defs.instance import open_instance
from asset_pipeline.defs.sensors import look_for_wishes
from asset_pipeline.ledger import Database
from asset_pipeline.review.run_starter import RunStarter
from asset_pipeline.rollout.wishes import open_wishes
from asset_pipeline_tests.support.dagster_home import settle_in
from asset_pipeline_tests.support.decisions import decide
from asset_pipeline_tests.support.specs import spec_of

LANTERN, COMPASS, ANCHOR = "test.icons.lantern", "test.icons.compass", "test.icons.anchor"


@pytest.fixture
def made(served_project):
    """A project with three finished images, of which one has been sent back."""
    served_project.set(prompts__rejudge_margin="0")
    served_project.spec(spec_of(3))
    assert served_project.command("run").code == 0
    with Database(served_project.database) as database:
        decide(database, Kind.REGENERATE, COMPASS)
    return served_project


def wishes(project):
    """Return the keys of the runs that nobody has started yet."""
    with Database(project.database) as database:
        return [wish.image_keys for wish in database.run(lambda c: open_wishes(c, mode="sandbox"))]


def bought(project):
    """Return how often each image was bought."""
    return dict(project.rows("SELECT image_key, count(*) FROM calls WHERE kind = 'image' GROUP BY image_key"))


def test_the_page_starts_a_run_of_exactly_those_images_and_closes_the_wish(made, monkeypatch):
    settle_in(made, monkeypatch)

    async def main():
        with Database(made.database) as database:
            starter = RunStarter(made.open(), database)
            await starter.look()
            (process,) = starter._running.values()
            with_another = decide(database, Kind.REGENERATE, ANCHOR)
            await starter.look()  # the first one is still under way, so the second one waits
            open_now = database.run(lambda c: open_wishes(c, mode="sandbox"))
            return with_another, [wish.image_keys for wish in open_now], await process.wait()

    _, waiting, code = asyncio.run(main())
    assert (waiting, code) == ([(ANCHOR,)], 0)
    assert bought(made) == {LANTERN: 1, COMPASS: 2, ANCHOR: 1}
    log = (made.root / "data" / "review" / "runs" / "test.log").read_text()
    assert f"done   {COMPASS}" in log


def test_a_wish_whose_spec_is_gone_is_closed_and_starts_nothing(made, monkeypatch):
    settle_in(made, monkeypatch)
    (made.root / "data" / "specs" / "spec.yaml").unlink()

    async def main():
        with Database(made.database) as database:
            starter = RunStarter(made.open(), database)
            await starter.look()
            return dict(starter._running)

    assert asyncio.run(main()) == {}
    assert wishes(made) == []


def test_dagsters_sensor_asks_for_a_run_once_and_only_then_closes_the_wish(made, monkeypatch):
    settle_in(made, monkeypatch)
    with open_instance(made.open()) as instance:
        first = look_for_wishes(dg.build_sensor_context(instance))
        (request,) = first.run_requests
        assert request.tags["dagster/asset_partition_range_start"] == COMPASS
        assert request.tags["dagster/asset_partition_range_end"] == COMPASS
        assert wishes(made) == [(COMPASS,)], "a tick that is killed is given it again"
        again = look_for_wishes(dg.build_sensor_context(instance))
        assert again.run_requests[0].run_key == request.run_key, "so Dagster starts it once"
        after = look_for_wishes(dg.build_sensor_context(instance, cursor=first.cursor))
    assert isinstance(after, dg.SkipReason)
    assert wishes(made) == []


def test_a_run_of_the_whole_spec_leaves_nothing_to_start(made):
    assert made.command("run", "--only", LANTERN, "data/specs/spec.yaml").code == 0
    assert wishes(made) == [(COMPASS,)]
    assert made.command("run").code == 0
    assert wishes(made) == []
    assert bought(made) == {LANTERN: 1, COMPASS: 2, ANCHOR: 1}
