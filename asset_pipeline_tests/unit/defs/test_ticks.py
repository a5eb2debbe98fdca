"""Sensors and schedules see changed settings at their next tick, and start nothing under settings that are refused."""

import os
import time

import dagster as dg
import pytest

from asset_pipeline.defs.schedules import unless_settings_are_refused
from asset_pipeline.defs.sensors import look_for_specs, look_for_wishes
from asset_pipeline.defs.ticks import settings_watch
from asset_pipeline.paths import find_root
from asset_pipeline_tests.support.specs import spec_of

TICKS = {
    "specs": lambda instance: look_for_specs(dg.build_sensor_context(instance=instance)),
    "wishes": lambda instance: look_for_wishes(dg.build_sensor_context(instance=instance)),
    "reconcile": lambda instance: unless_settings_are_refused(dg.build_schedule_context(instance=instance)),
}


@pytest.fixture
def edit(home):
    """Edits `pipeline.yaml` after the definitions have been loaded."""
    settings_watch(find_root())
    return (home.root / "pipeline.yaml").write_text


def test_the_next_tick_reads_the_folder_that_is_named_now(edit, home, instance):
    mine = home.root / "mine"
    mine.mkdir()
    (mine / "a.yaml").write_text(spec_of(2))
    os.utime(mine / "a.yaml", (time.time() - 10,) * 2)
    assert isinstance(TICKS["specs"](instance), dg.SkipReason)
    edit("specs: {dir: mine}\n")
    result = TICKS["specs"](instance)
    assert len(result.run_requests) == 1


@pytest.mark.parametrize("tick", TICKS)
def test_settings_that_are_refused_start_nothing_and_the_tick_says_why(edit, home, instance, tick):
    home.spec(spec_of(1))
    edit("budget:\n  total_usd: 500\n")
    for _ in range(2):
        skipped = TICKS[tick](instance)
        assert "nothing is started until the settings are mended" in skipped.skip_message
        assert "pipeline.yaml:2: budget.total_usd = 500" in skipped.skip_message
    assert not home.database.exists()
    edit("budget:\n  total_usd: 5\n")
    assert "mended" not in str(getattr(TICKS[tick](instance), "skip_message", ""))


def test_money_that_was_play_when_dagster_was_started_does_not_become_real_at_a_tick(edit, instance, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_0123456789")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-0123456789")
    edit("mode: live\n")
    for tick in TICKS.values():
        assert tick(instance).skip_message == "mode changed: reload the code location, or start Dagster again"
