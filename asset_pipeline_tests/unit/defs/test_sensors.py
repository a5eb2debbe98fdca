"""The sensor over the folder of specs, tick by tick, and the one that says what a failed run leaves held."""

import json
import os
import time
from decimal import Decimal

import dagster as dg
import pytest

from asset_pipeline.decisions import Kind
from asset_pipeline.defs.partitions import NAME
from asset_pipeline.defs.sensors import held_message, look_for_specs, look_for_wishes
from asset_pipeline.errors import SpecError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.recovery.backup import make_backup
from asset_pipeline.recovery.restore import restore
from asset_pipeline.rollout.wishes import open_wishes
from asset_pipeline.specs import Catalog
from asset_pipeline_tests.support.dagster_home import IMAGES, make
from asset_pipeline_tests.support.decisions import decide
from asset_pipeline_tests.support.specs import spec_of

BROKEN = "collection: broken\nimages:\n  - {type: icons, titel: Compass}\n"
THREE = ["test.icons.lantern", "test.icons.compass", "test.icons.anchor"]
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


class Daemon:
    """Does with a tick's result what Dagster's daemon does with it."""

    def __init__(self, project, instance):
        self.project, self.instance, self.cursor = project, instance, None

    def write(self, text, name="spec.yaml"):
        """Write a spec, some time ago."""
        path = self.project.spec(text, name)
        os.utime(path, (time.time() - 10,) * 2)
        return path

    def tick(self):
        """Evaluate the sensor; what it asks for is done, except for the runs. A tick that raises changes nothing."""
        result = look_for_specs(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        if isinstance(result, dg.SensorResult):
            for request in result.dynamic_partitions_requests:
                if isinstance(request, dg.AddDynamicPartitionsRequest):
                    self.instance.add_dynamic_partitions(NAME, request.partition_keys)
                else:
                    for key in request.partition_keys:
                        self.instance.delete_dynamic_partition(NAME, key)
            self.cursor = result.cursor
        return result


class Decisions:
    """The sensor over decisions, with what it remembers between two ticks."""

    def __init__(self, project, instance):
        self.project, self.instance, self.cursor = project, instance, None

    def want_anew(self, *keys):
        """Send images back."""
        with Database(self.project.database) as database:
            decide(database, Kind.REGENERATE, *keys)

    def tick(self):
        """Evaluate the sensor, and return the runs that it asks for, by key."""
        result = look_for_wishes(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        if isinstance(result, dg.SkipReason):
            return {}
        self.cursor = result.cursor
        return {request.run_key: request.tags[FIRST] for request in result.run_requests}

    def open(self):
        """Return how many decisions wait for a run."""
        with Database(self.project.database) as database:
            return len(database.run(lambda connection: open_wishes(connection, mode="sandbox")))


def back_up(project):
    """Back the ledger up, and return the backup."""
    return make_backup(project.open().paths, now=utc_now()).path


def put_back(project, backup):
    """Restore a backup."""
    restore(project.open().paths, backup, now=utc_now())


def make_empty_ledger(project):
    """Make the ledger's file, as the first command does."""
    with Database(project.database) as database:
        Catalog(database).keys()


@pytest.fixture
def daemon(home, instance):
    return Daemon(home, instance)


@pytest.fixture
def decisions(home, instance):
    return Decisions(home, instance)


def ranges(result):
    """Return the ranges that a tick asks runs for."""
    return [(request.tags[FIRST], request.tags[LAST]) for request in result.run_requests]


def test_a_new_spec_gets_its_partitions_and_one_run_over_all_of_them(daemon, instance):
    daemon.write(spec_of(3))
    result = daemon.tick()
    assert ranges(result) == [(THREE[0], THREE[-1])]
    assert list(instance.get_dynamic_partitions(NAME)) == THREE


def test_a_folder_without_news_is_skipped(daemon):
    daemon.write(spec_of(3))
    daemon.tick()
    again = daemon.tick()
    assert isinstance(again, dg.SkipReason)
    assert again.skip_message == "no new, changed or deleted spec"


def test_a_broken_file_fails_the_tick_with_file_and_line_until_it_is_mended(daemon):
    daemon.write(BROKEN)
    for _ in range(2):
        with pytest.raises(SpecError, match=r"data/specs/spec\.yaml:3: .*titel"):
            daemon.tick()
        assert daemon.cursor is None
    daemon.write(spec_of(3))
    assert ranges(daemon.tick()) == [(THREE[0], THREE[-1])]


def test_a_good_file_is_taken_beside_a_bad_one_which_then_fails_the_next_tick(daemon):
    daemon.write(BROKEN, "a-bad.yaml")
    daemon.write(spec_of(3), "good.yaml")
    assert ranges(daemon.tick()) == [(THREE[0], THREE[-1])]
    assert [name.rpartition("/")[2] for name in json.loads(daemon.cursor)["seen"]] == ["good.yaml"]
    with pytest.raises(SpecError, match=r"a-bad\.yaml:3"):
        daemon.tick()


def test_a_spec_that_is_changed_back_is_a_new_run(daemon):
    run_keys = []
    for count in (3, 2, 3):
        daemon.write(spec_of(count))
        run_keys += [request.run_key for request in daemon.tick().run_requests]
    assert len(run_keys) == len(set(run_keys)) == 3


def test_images_that_are_done_are_not_asked_for_again(daemon, instance, home):
    daemon.write(spec_of(2))
    daemon.tick()
    assert make(instance, THREE[0], THREE[1]).success
    daemon.write(spec_of(3))
    assert ranges(daemon.tick()) == [(THREE[2], THREE[2])]


OTHER_PROMPT = "A flat icon of {{ image.title }} on a plain ground, in two colours, bold and simple.\n"


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [(None, [(THREE[0], THREE[2])]), (OTHER_PROMPT, [(THREE[0], THREE[0]), (THREE[2], THREE[2])])],
    ids=["current", "made from another prompt"],
)
@pytest.mark.parametrize("sensor", ["new_specs", "decisions"])
def test_a_run_goes_over_a_finished_image_that_nobody_asked_for_only_where_that_costs_nothing(
    daemon, instance, home, sensor, prompt, asked
):
    home.set(prompts__mode="template")
    daemon.write(spec_of(3))
    daemon.tick()
    assert make(instance, THREE[0], THREE[-1]).success
    if prompt:
        (home.root / "data" / "prompts").mkdir(exist_ok=True)
        (home.root / "data" / "prompts" / "icons.md").write_text(prompt)
    if sensor == "new_specs":
        daemon.write(spec_of(3).replace("Lantern", "Lantern, description: lit").replace("Anchor", "Anchor, tier: hub"))
        assert ranges(daemon.tick()) == asked
    else:
        with Database(home.database) as database:
            decide(database, Kind.REGENERATE, THREE[0], THREE[2])
        assert ranges(look_for_wishes(dg.build_sensor_context(instance=instance))) == asked


def test_after_a_restore_a_spec_that_the_ledger_lost_is_made_again(daemon, home):
    daemon.write(spec_of(2))
    keys = [request.run_key for request in daemon.tick().run_requests]
    backup = back_up(home)
    daemon.write(spec_of(3))
    keys += [request.run_key for request in daemon.tick().run_requests]
    put_back(home, backup)
    again = daemon.tick()
    assert ranges(again) == [(THREE[0], THREE[2])]
    assert again.run_requests[0].run_key not in keys, "Dagster would not start it"
    assert isinstance(daemon.tick(), dg.SkipReason)


def test_where_the_ledger_was_moved_away_the_specs_are_made_again(daemon, home):
    daemon.write(spec_of(2))
    (first,) = daemon.tick().run_requests
    home.database.rename(home.root / "old.duckdb")
    (again,) = daemon.tick().run_requests
    assert (again.tags[FIRST], again.tags[LAST]) == (THREE[0], THREE[1])
    assert again.run_key != first.run_key, "Dagster would not start it"


def test_after_a_restore_new_decisions_are_asked_for_and_so_are_those_that_are_open_again(daemon, decisions, home):
    daemon.write(spec_of(3))
    daemon.tick()
    decisions.want_anew(THREE[0])
    backup = back_up(home)
    before = decisions.tick()
    decisions.want_anew(THREE[1])
    before |= decisions.tick()
    assert list(before.values()) == [THREE[0], THREE[1]]
    put_back(home, backup)
    decisions.want_anew(THREE[2])
    after = decisions.tick()
    assert sorted(after.values()) == sorted([THREE[0], THREE[2]])
    assert not after.keys() & before.keys(), "Dagster would not start them"
    assert decisions.open() == 2
    assert decisions.tick() == {}
    assert decisions.open() == 0


def test_a_decision_about_an_image_that_dagster_does_not_know_yet_gets_its_partition_with_its_run(
    daemon, decisions, instance
):
    daemon.write(spec_of(1))
    daemon.tick()
    instance.delete_dynamic_partition(NAME, THREE[0])
    decisions.want_anew(THREE[0])
    result = look_for_wishes(dg.build_sensor_context(instance=instance))
    assert ranges(result) == [(THREE[0], THREE[0])]
    (added,) = result.dynamic_partitions_requests
    assert added.partition_keys == [THREE[0]]


def test_a_removed_image_loses_its_partition_and_keeps_its_history(daemon, instance, home):
    daemon.write(spec_of(3))
    daemon.tick()
    assert make(instance, THREE[0], THREE[-1]).success
    daemon.write(spec_of(2))
    result = daemon.tick()
    assert result.run_requests == []
    assert list(instance.get_dynamic_partitions(NAME)) == THREE[:2]
    assert instance.get_materialized_partitions(IMAGES) == set(THREE)
    assert home.rows("SELECT state, reason, cost_usd > 0 FROM images WHERE image_key = 'test.icons.anchor'") == [
        ("retired", None, True)
    ]


@pytest.mark.parametrize("beside", [None, BROKEN], ids=["alone", "beside a broken file"])
def test_a_deleted_spec_retires_its_partitions(daemon, instance, beside):
    path = daemon.write(spec_of(3))
    daemon.tick()
    path.unlink()
    if beside:
        daemon.write(beside, "broken.yaml")
    daemon.tick()
    assert list(instance.get_dynamic_partitions(NAME)) == []


def test_a_failed_run_says_that_nothing_is_held(home):
    assert held_message(home.open(), "r1") == "run r1 failed before anything was spent"
    make_empty_ledger(home)
    assert held_message(home.open(), "r1") == "run r1 failed; no money is held"


def test_a_failed_run_says_how_much_is_held_and_how_that_is_closed(home, sandbox):
    home.set(sandbox__url=sandbox.url, prompts__mode="template")
    home.spec(spec_of(2))
    sandbox.script({"fault": "lost_answer", "on": "predictions", "times": 0})
    assert home.command("run").code == 3
    held, calls = home.rows("SELECT sum(held_usd), count(*) FROM calls WHERE held_usd > 0")[0]
    assert (held, calls) == (Decimal("0.08"), 2)
    message = held_message(home.open(), "r1")
    assert message.startswith("run r1 failed; 2 calls are open and $0.08 is held.")
    assert "schedule `reconcile`" in message
