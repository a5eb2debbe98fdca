"""The sandbox's rate limits: headers that count down, and refusals where they are switched on."""

import pytest

from asset_pipeline_tests.unit.sandbox.support import FLUX, in_process


@pytest.fixture
def limited(tmp_path, clock):
    """A sandbox that refuses what is above the limits, whose clock stands still."""
    clock.stop()
    with in_process(tmp_path / "limited", limited=True) as one:
        yield one


def left(response):
    """Return what the headers say is left, and when all of it is there again."""
    return int(response.headers["ratelimit-remaining"]), int(response.headers["ratelimit-reset"])


def test_the_first_request_of_each_kind_leaves_what_was_recorded_and_the_next_ones_less(quick, clock):
    clock.stop()
    created = quick.create()
    path = f"/v1/predictions/{created.json()['id']}"
    assert [left(created), left(quick.create()), left(quick.create())] == [(599, 1), (598, 1), (597, 1)]
    assert left(quick.get(f"/v1/models/{FLUX}")) == (2999, 1)
    assert left(quick.ask("POST", f"{path}/cancel")) == (2998, 1)
    assert left(quick.get(path)) == (59_999, 1)
    clock.forward(1)
    assert left(quick.create()) == (599, 1)


def test_without_limits_nobody_is_refused(quick, clock):
    clock.stop()
    assert {quick.create().status_code for _ in range(601)} == {201}
    assert left(quick.create()) == (0, 1)


def test_above_six_hundred_creates_a_minute_one_is_sent_away_for_as_long_as_it_says(limited, clock):
    responses = [limited.create() for _ in range(601)]
    refused = responses.pop()
    assert {one.status_code for one in responses} == {201}
    assert left(responses[-1]) == (0, 60)
    assert refused.status_code == 429
    assert refused.json() == {"detail": "Request was throttled. Your rate limit resets in ~1s."}
    assert refused.headers["retry-after"] == "1"
    assert left(refused)[0] == 0
    assert limited.get("/v1/account").status_code == 200
    clock.forward(1)
    assert [limited.create().status_code for _ in range(11)] == [201] * 10 + [429]
    assert len(limited.invoice()["calls"]) == 610


def test_who_has_no_token_takes_nothing_from_the_limit(limited):
    limited.headers = {}
    assert "ratelimit-remaining" not in limited.create().headers
    limited.headers = None
    assert left(limited.create()) == (599, 1)
