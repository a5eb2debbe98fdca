"""A run that meets trouble slows down, pauses or stops; no image is lost by that, and nothing is bought twice."""

from decimal import Decimal

import pytest

from asset_pipeline.images import Delivered
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.specs import spec_of

TEMPLATE = {"mode": "template"}
PRICE = Decimal("0.04")
SOON = {"breaker_pause_s": 0.3, "abort_share": 1}
LEFT = "SELECT state, count(*) FROM calls WHERE kind = 'image' AND state <> 'released' GROUP BY state ORDER BY state"


def payloads(results):
    """Return what the last stage brought, by image."""
    return {key: one.payload for (key, _), one in results.items()}


def reasons(results, kind=Waiting):
    """Return why images are missing, each reason once."""
    return {payload.reason for payload in payloads(results).values() if isinstance(payload, kind)}


@pytest.mark.parametrize("fault", ["throttled", "throttled_by_header", "throttled_by_text"])
def test_throttled_requests_are_made_later_and_every_image_is_made_and_bought_once(house, sandbox, fault):
    house.want(spec_of(12))
    sandbox.script({"fault": fault, "on": "predictions", "times": 2}, {"fault": fault, "on": "chat", "times": 2})
    assert len(house.make_all(images={"in_flight": 4})) == 12
    assert house.bought("replicate") == 12
    assert house.bought("openrouter") == 36
    assert house.spent > 12 * PRICE
    assert house.project.rows(LEFT) == [("settled", 12)]


def test_a_request_that_asks_for_patience_over_other_requests_is_no_want_of_credit(house, sandbox):
    house.want(spec_of(2))
    sandbox.script({"fault": "in_flight_budget", "on": "chat"})
    assert len(house.make_all()) == 2


def test_a_provider_that_is_down_is_given_a_pause_and_no_image_is_lost(house, sandbox):
    house.want(spec_of(16))
    sandbox.script({"fault": "server_error", "on": "predictions", "times": 6})
    results = payloads(house.make(prompts=TEMPLATE, images={"in_flight": 1}, flow=SOON))
    lost = [key for key, payload in results.items() if isinstance(payload, Waiting)]
    assert len(lost) == 6
    assert house.project.images().keys() == results.keys() - set(lost)
    assert house.project.rows(LEFT) == [("settled", 10), ("unknown", 6)]
    house.reconcile(replicate={"lost_after_s": 0})
    assert len(house.make_all(prompts=TEMPLATE)) == 16
    assert house.bought("replicate") == 16
    assert house.spent == 16 * PRICE


def test_what_cannot_be_had_in_time_is_left_missing_and_made_by_the_next_run(house, sandbox):
    house.want(spec_of(2))
    sandbox.script({"fault": "throttled", "on": "predictions", "times": 2})
    results = house.make(prompts=TEMPLATE, flow={"give_up_s": 0.2})
    (reason,) = reasons(results)
    assert reason.startswith("replicate did not take it within 0.2 s of waiting: HTTP 429: Request was throttled.")
    assert house.project.rows("SELECT sum(held_usd), sum(cost_usd) FROM calls") == [(0, 0)]
    assert house.project.rows("SELECT DISTINCT state FROM images") == [("held",)]
    assert len(house.make_all(prompts=TEMPLATE)) == 2
    assert house.spent == 2 * PRICE


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("unauthenticated", "HTTP 401: You did not pass a valid authentication token"),
        (
            "no_credit",
            (
                "HTTP 402: You have insufficient credit to run this model. Go to"
                " https://replicate.com/account/billing#billing to purchase credit. Once you purchase credit, please"
                " wait a few minutes before trying again"
            ),
        ),
    ],
)
def test_a_wrong_key_or_no_credit_ends_the_calls_of_the_run_and_leaves_all_missing_with_the_reason(
    house, sandbox, fault, said
):
    house.want(spec_of(20))
    sandbox.script({"fault": fault, "on": "predictions"})
    results = house.make(images={"in_flight": 1})
    assert reasons(results) == {f"{said}; no more calls to replicate are made in this run"}
    assert reasons(results, Failed) == set()
    assert house.project.images() == {}
    assert house.project.rows("SELECT count(*) <= 3 FROM calls WHERE kind = 'image'") == [(True,)]
    assert house.bought("openrouter") <= 15, "no prompt is paid for images that nobody will make"
    assert len(house.make_all()) == 20
    assert house.spent > 20 * PRICE


def test_a_run_whose_predictions_all_fail_ends_after_ten_and_the_rest_stays_missing(house, sandbox):
    house.want(spec_of(20))
    sandbox.script({"fault": "failed", "on": "predictions", "times": 12})
    results = house.make(images={"in_flight": 2})
    failed = [one for one in payloads(results).values() if isinstance(one, Failed)]
    assert 10 <= len(failed) <= 12
    (reason,) = reasons(results)
    assert reason.startswith(
        "10 of 10 calls to replicate failed, so no more are made in this run; the last: prediction"
    )
    assert "Director: unexpected error handling prediction" in reason
    assert len(failed) + sum(isinstance(one, Waiting) for one in payloads(results).values()) == 20
    assert house.project.images() == {}
    assert house.spent < PRICE


def test_answers_that_are_of_no_use_end_a_run_as_well(house):
    house.want(spec_of(20))
    short = {"judge_max_tokens": 64}
    results = house.make(images={"in_flight": 1}, prompts=short, flow={"abort_after": 9, "abort_share": 0.3})
    (reason,) = reasons(results)
    assert "calls to openrouter failed, so no more are made in this run; the last: the answer was cut off" in reason
    assert house.bought("openrouter") <= 15


def test_a_third_of_the_calls_failing_does_not_end_a_run(house, sandbox):
    house.want(spec_of(20))
    sandbox.script(*({"fault": "failed", "on": "predictions", "nth": n} for n in range(3, 19, 3)))
    results = payloads(house.make(prompts=TEMPLATE, images={"in_flight": 2}))
    assert sum(isinstance(one, Delivered) for one in results.values()) == 14
    assert sum(isinstance(one, Failed) for one in results.values()) == 6
