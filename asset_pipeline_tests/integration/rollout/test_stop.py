"""Stop now: what is under way lands, and no process makes a further call; nothing is lost or bought twice."""

import time
from collections import Counter

import pytest

from asset_pipeline_tests.support.dagster_home import poll
from asset_pipeline_tests.support.sandboxes import served
from asset_pipeline_tests.support.specs import spec_of

IMAGES = 40
PAID = ("/predictions", "/chat/completions")
WITHIN_S = 2.0


class Doorman:
    """Hears every request before the sandbox does, and notes when the paid ones came."""

    def __init__(self) -> None:
        self.came: list[float] = []

    def around(self, app):
        """Return the sandbox with the doorman before it."""

        async def hear(scope, receive, send):
            if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith(PAID):
                self.came.append(time.time())
            await app(scope, receive, send)

        hear.state = app.state
        return hear


@pytest.fixture
def doorman():
    """A doorman."""
    return Doorman()


@pytest.fixture
def sandbox(tmp_path, doorman):
    """A sandbox whose calls take a while."""
    with served(tmp_path / "sandbox", latency_s=0.4, around=doorman.around) as one:
        yield one


@pytest.mark.parametrize("word", ["stop", "pause"])
def test_no_call_is_made_after_a_stop_and_no_image_is_begun_after_a_pause(served_project, sandbox, doorman, word):
    served_project.spec(spec_of(IMAGES))
    served_project.set(images__in_flight="6", prompts__rejudge_margin="0", budget__sample_usd="5")
    with served_project.start("run", "data/specs/spec.yaml", "--json") as run:
        poll(lambda: served_project.images() or None, within_s=60, what="the first image")
        assert served_project.command(word, "test").code == 0
        run.communicate(timeout=60)
    assert run.returncode == 5
    halted_at = served_project.rows("SELECT epoch(created_at) FROM store.controls")[0][0]
    if word == "stop":
        held = served_project.rows("SELECT max(epoch(created_at)) FROM store.entries WHERE state = 'held'")[0][0]
        assert held <= halted_at, "no money was set aside after the stop"
        assert max(doorman.came) - halted_at < WITHIN_S
    states = Counter(state for (state,) in served_project.rows("SELECT state FROM calls"))
    assert set(states) <= {"settled", "released"}, "what was under way has landed"
    made = served_project.images()
    assert 0 < len(made) < IMAGES
    assert served_project.rows("SELECT sum(cost_usd) FROM calls")[0][0] == sandbox.total()
    if word == "pause":  # an image that was begun is finished, so each prompt that was bought has its picture
        paid = served_project.rows("SELECT DISTINCT image_key FROM calls WHERE state = 'settled'")
        assert {key for (key,) in paid} == set(made)

    again = served_project.command("run", "data/specs/spec.yaml", "--json")
    assert (again.code, again.json["calls"]) == (5, 0)
    assert f"test was {'stopped' if word == 'stop' else 'paused'} by" in next(iter(again.json["waiting"].values()))
    assert served_project.command("resume", "test").code == 0
    assert served_project.command("run", "data/specs/spec.yaml").code == 0
    assert len(served_project.images()) == IMAGES
    bought = served_project.rows("SELECT count(*), count(DISTINCT content_key) FROM calls WHERE outcome = 'succeeded'")
    assert bought[0][0] == bought[0][1]
    assert served_project.rows("SELECT sum(cost_usd) FROM calls")[0][0] == sandbox.total()
