"""A run that is stopped in the middle, gently or not: the next one finishes it, and nothing is bought twice."""

import signal

import pytest

from asset_pipeline_tests.integration.cli.waiting import ended, pictures, under_way, until
from asset_pipeline_tests.support.specs import spec_of

COUNT = 6
ONE_SECOND = pytest.mark.parametrize("slow", [1.0], indirect=True, ids=["one_second"])


@pytest.fixture
def running(project, slow, start):
    """A run whose first pictures are under way, while others still wait for their turn."""
    project.spec(spec_of(COUNT))
    project.set(images__in_flight=2)
    # A request whose process died before it was sent is decided to be lost at once, not after minutes.
    project.set(replicate__lost_after_s=0, openrouter__usage_lag_s=0)
    process = start("run")
    until(lambda: len(under_way(slow)) >= 2, process)
    return process


def assert_finished_once(project, sandbox, run_in):
    """Run again; everything is there, was paid for once, and nothing is held."""
    again = run_in(project, "run")
    assert again.code == 0, again.out + again.err
    assert f"{COUNT} of {COUNT} images are finished" in again.out
    assert len(project.images()) == COUNT
    assert len(pictures(sandbox)) == COUNT
    standing = run_in(project, "status", "--json").json
    assert standing["images"]["by_state"]["done"] == COUNT
    assert (standing["money"]["held"], standing["calls"]["open"]) == ("0.00", 0)
    assert project.rows("SELECT count(*) FROM calls WHERE kind = 'image' AND cost_usd > 0") == [(COUNT,)]


@ONE_SECOND
def test_ctrl_c_ends_with_130_says_how_to_go_on_and_the_next_run_finishes(project, slow, running, run_in):
    running.send_signal(signal.SIGINT)
    code, out = ended(running)
    assert code == 130, out
    assert "stopped; what had been paid for is kept or will be picked up: run again to go on" in out
    assert "what landed after the stop is not counted" in out
    assert "Traceback" not in out
    assert len(pictures(slow)) < COUNT
    assert_finished_once(project, slow, run_in)


@pytest.mark.parametrize("slow", [2.0], indirect=True, ids=["two_seconds"])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_second_signal_leaves_at_once_and_nothing_is_lost_by_it(project, slow, running, run_in, second):
    running.send_signal(signal.SIGINT)
    for line in running.stdout:
        if "Interrupt again to leave at once" in line:
            break
    running.send_signal(second)
    code, out = ended(running)
    assert code == 128 + second, out
    assert "left at once; what was under way is picked up by the next run" in out
    assert len(pictures(slow)) < COUNT
    assert_finished_once(project, slow, run_in)


@ONE_SECOND
def test_after_kill_9_the_next_run_finishes(project, slow, running, run_in):
    running.kill()
    code, _ = ended(running)
    assert code == -signal.SIGKILL
    assert len(pictures(slow)) < COUNT
    assert_finished_once(project, slow, run_in)


@ONE_SECOND
def test_ctrl_c_before_the_first_call_is_told_in_one_line(project, slow, start):
    project.spec(spec_of(1))
    process = start("run")
    until(project.database.exists, process)
    process.send_signal(signal.SIGINT)
    code, out = ended(process)
    assert code == 130, out
    assert out.splitlines()[-1].startswith("stopped; ")
    assert "Traceback" not in out
