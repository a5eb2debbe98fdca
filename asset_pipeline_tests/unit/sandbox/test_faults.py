"""Scripted faults: each plays as it is documented, on the request it waits for, as often as it was told to."""

import pytest

from asset_pipeline.sandbox.fates import FATES
from asset_pipeline.sandbox.faults import STRIKES
from asset_pipeline_tests.unit.sandbox.support import in_process


def statuses(sandbox, prompts):
    """Return the HTTP status of a prediction per prompt."""
    return [sandbox.create(prompt=prompt).status_code for prompt in prompts]


@pytest.mark.parametrize(
    ("conditions", "struck"),
    [
        ({}, [0]),
        ({"times": 2}, [0, 1]),
        ({"times": 0}, [0, 1, 2, 3, 4]),
        ({"nth": 3}, [2]),
        ({"nth": 3, "times": 0}, [2]),
        ({"nth": 9}, []),
        ({"contains": "anchor"}, [1]),
        ({"contains": "ANCHOR", "times": 0}, [1, 3]),
        ({"contains": "anchor", "nth": 2}, [3]),
        ({"contains": "anchor", "times": 0, "nth": 1}, [1]),
        ({"contains": "violin"}, []),
        ({"on": "predictions"}, [0]),
        ({"on": "chat"}, []),
    ],
)
def test_all_conditions_must_hold_and_nth_counts_the_requests_that_fit_the_others(quick, conditions, struck):
    quick.script({"fault": "server_error"} | conditions)
    prompts = ["a compass", "an Anchor", "a quill", "two anchors", "a bridge"]
    assert [n for n, status in enumerate(statuses(quick, prompts)) if status == 500] == struck


def test_a_fault_waits_for_the_endpoint_it_is_for(quick):
    quick.script({"fault": "server_error", "on": "chat"})
    assert quick.create().status_code == 201
    assert quick.say().status_code == 500
    assert quick.say().status_code == 200


def test_the_fate_of_a_prediction_does_not_meet_a_chat_and_waits(quick):
    quick.script({"fault": "failed"})
    assert quick.say().status_code == 200
    assert [quick.create().json()["status"] for _ in range(2)] == [FATES["failed"].ending, "succeeded"]


def test_a_condition_on_the_text_of_a_chat_sees_what_is_asked(quick):
    quick.script({"fault": "server_error", "on": "chat", "contains": "Größe"})
    assert quick.say("Was?").status_code == 200
    assert quick.say("Welche größe?").status_code == 500


def test_of_two_faults_the_first_plays_and_the_second_has_its_turn_later(quick):
    quick.script({"fault": "server_error"}, {"fault": "throttled"})
    assert statuses(quick, ["one", "two", "three"]) == [500, 429, 201]


def test_a_fault_that_another_one_preceded_has_still_seen_the_request(quick):
    quick.script({"fault": "server_error"}, {"fault": "throttled", "nth": 1})
    assert statuses(quick, ["one", "two"]) == [500, 201]


def struck_of(folder, **conditions):
    """Return which of 40 requests a fault with these conditions strikes in a new sandbox."""
    with in_process(folder) as sandbox:
        sandbox.script({"fault": "server_error", "times": 0} | conditions)
        return [n for n, status in enumerate(statuses(sandbox, ["x"] * 40)) if status == 500]


def test_a_probability_strikes_some_the_same_ones_each_time_and_others_with_another_seed(tmp_path):
    first = struck_of(tmp_path / "1", probability=0.5, seed=7)
    assert 0 < len(first) < 40
    assert struck_of(tmp_path / "2", probability=0.5, seed=7) == first
    assert struck_of(tmp_path / "3", probability=0.5, seed=8) != first
    assert len(struck_of(tmp_path / "4", probability=0.5, seed=7, times=3)) == 3


@pytest.mark.parametrize("body", [{"fault": "flagged"}, [{"fault": "flagged"}], {"faults": [{"fault": "flagged"}]}])
def test_faults_may_come_alone_in_a_list_or_under_their_name(quick, body):
    assert quick.ask("POST", "/_sandbox/faults", json=body).json() == {"scripted": 1}
    assert quick.create().json()["status"] == "failed"


def test_an_empty_list_forgets_all_faults(quick):
    quick.script({"fault": "server_error", "times": 0})
    assert quick.create().status_code == 500
    assert quick.script().json() == {"scripted": 0}
    assert quick.create().status_code == 201


def test_an_unknown_fault_is_refused_with_what_may_have_been_meant_and_what_there_is(quick):
    response = quick.script({"fault": "flaged"})
    assert response.status_code == 422
    assert "did you mean 'flagged'" in response.json()["error"]
    assert all(kind in response.json()["error"] for kind in STRIKES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"nth": 0},
        {"times": -1},
        {"probability": 0},
        {"probability": 1.5},
        {"on": "images"},
        {"on": "chat"},
        {"when": "now"},
        {"pid": 4711},
        {"where": "here"},
    ],
)
def test_a_script_with_one_mistake_scripts_nothing(quick, wrong):
    assert quick.script({"fault": "server_error"}, {"fault": "flagged"} | wrong).status_code == 422
    assert quick.script({"nth": 1}).status_code == 422
    assert quick.create().status_code == 201
