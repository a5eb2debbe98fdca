"""A run of four images, killed at every numbered request and after every ledger commit, then restarted until done."""

import pytest

from asset_pipeline_tests.chaos.arena import KILLED, SHORT_IMAGES, SHORT_SPEC, SPEC, kill_points, open_arena

NEVER = 1_000_000
# How many commits there are depends on what waits when; a run that is over before its last one was not killed.
SHARES = 6
LEAST_PER_IMAGE = 12


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(
    ("spec", "images"),
    [
        pytest.param(SHORT_SPEC, SHORT_IMAGES, id="four"),
        pytest.param(SPEC, 12, id="twelve", marks=pytest.mark.soak),
    ],
)
def test_whenever_a_run_is_killed_every_image_is_there_and_paid_once(tmp_path, record_property, share, spec, images):
    with open_arena(tmp_path) as arena:
        arena.reset(spec)
        assert arena.run(kill={"nth": NEVER}, die_after_commits=NEVER, count_commits_in=str(tmp_path / "commits")) == 0
        assert arena.differences(images=images) == []
        points = kill_points(arena.sandbox.requests(), int((tmp_path / "commits").read_text()))
        assert len(points) > LEAST_PER_IMAGE * images
        wrong, kills = {}, 0
        for when, number in points[share::SHARES]:
            arena.reset(spec)
            if when == "commit":
                code = arena.run(die_after_commits=number)
            else:
                code = arena.run(kill={"nth": number, "when": when})
            assert code == KILLED or (code == 0 and when == "commit"), (when, number)
            kills += code == KILLED
            arena.run_until_done()
            wrong |= {(when, number): found} if (found := arena.differences(images=images)) else {}
        record_property("kill points", kills)
        assert wrong == {}
