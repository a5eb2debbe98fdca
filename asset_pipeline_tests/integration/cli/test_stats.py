"""What a run leaves in log and metrics, and what `stats` makes of it."""

import json
from decimal import Decimal

import pytest

from asset_pipeline_tests.support.specs import spec_of

IMAGES = 4


@pytest.fixture
def made(house, sandbox):
    """A project in which four images were made; one call was throttled, and one answer was of no use."""
    house.want(spec_of(IMAGES))
    sandbox.script(
        {"fault": "throttled", "on": "predictions", "contains": "Lantern", "times": 1},
        {"fault": "refusal", "on": "chat", "contains": "Quill", "times": 1},
    )
    house.make(prompts={"quorum": 1}, logs={"loop_monitor": True})
    return house.project


def events(project):
    """Return what the log file has."""
    return [json.loads(line) for line in (project.root / "data/logs/pipeline.jsonl").read_text().splitlines()]


def test_each_paid_call_is_one_line_that_agrees_with_the_ledger(made):
    lines = {line["call_id"]: line for line in events(made) if line["event"] == "paid call"}
    calls = made.rows("SELECT call_id, image_key, provider, model, kind, state, cost_usd FROM calls")
    assert lines.keys() == {call_id for call_id, *_ in calls}
    for call_id, image_key, provider, model, kind, state, cost_usd in calls:
        line = lines[call_id]
        assert (line["image_key"], line["provider"], line["model"]) == (image_key, provider, model)
        assert (line["kind"], line["state"]) == (kind, state)
        assert Decimal(line.get("cost_usd", 0)) == cost_usd
        assert (line["run_id"], line["collection"]) == ("run-1", "test")
    sent = [line for line in lines.values() if "status" in line]
    assert len(lines) - len(sent) == sum("it was not sent" in line.get("reason", "") for line in lines.values())
    for line in sent:
        assert line["status"] == (429 if line["state"] == "released" else 201 if line["kind"] == "image" else 200)
        assert min(line["sent_bytes"], line["received_bytes"], line["response_s"]) > 0
        assert line["queue_wait_s"] >= 0
        assert line["response_s"] <= line["call_s"]
    (throttled,) = [line for line in sent if line["status"] == 429]
    (again,) = [line for line in sent if line["attempt"] == 2]
    assert throttled["image_key"] == again["image_key"]


def test_each_request_is_one_row_and_those_of_a_call_name_it(made):
    rows = made.rows(
        "SELECT endpoint, is_paid, count(*), count(call_id), count(queue_wait_s), bool_and(mode = 'sandbox') FROM"
        " call_metrics GROUP BY ALL"
    )
    found = {endpoint: (is_paid, count, named, waited) for endpoint, is_paid, count, named, waited, _ in rows}
    assert all(is_ours for *_, is_ours in rows)
    paid = made.rows(
        "SELECT provider, count(*) FROM calls WHERE call_id IN (FROM call_metrics SELECT call_id) GROUP BY 1"
    )
    posts = {"openrouter": "POST /chat/completions", "replicate": "POST /models/*/predictions"}
    for provider, count in paid:
        assert found[posts[provider]] == (True, count, count, count)
    assert found["GET file"] == (False, IMAGES, IMAGES, 0)
    is_paid, looks, named, _ = found["GET /predictions/*"]
    assert not is_paid
    assert looks == named >= IMAGES
    assert found["GET /models/*/endpoints"][2] == 0
    wrong = made.rows("SELECT status, error, ok, state FROM call_metrics WHERE NOT ok")
    assert wrong == [(429, None, False, "released")]


def test_stats_say_for_programs_what_the_ledger_says(made, run_in):
    ran = run_in(made, "stats", "--json")
    assert ran.code == 0
    said = ran.json
    ((spent,),) = made.rows("SELECT sum(cost_usd) FROM calls")
    ((calls,),) = made.rows("SELECT count(*) FROM call_metrics WHERE is_paid")
    assert Decimal(said["money"]["spent_usd"]) == spent
    assert Decimal(said["money"]["per_image_usd"]) == pytest.approx(spent / IMAGES)
    assert said["images"]["delivered"] == IMAGES
    assert said["images"]["per_minute"] > 0
    assert sum(one["calls"] for one in said["models"]) == calls
    assert sum(one["errors"] for one in said["models"]) == 2
    for one in said["models"]:
        assert 0 < one["response"]["p50"] <= one["response"]["p95"] <= one["response"]["p99"] <= 60
        assert one["call"]["p50"] > 0
        assert one["queue_wait"]["p99"] >= 0
    assert [one["images"] for one in said["runs"]] == [IMAGES]
    (loop,) = said["event_loops"]
    assert loop["run_id"] == "run-1"
    assert loop["samples"] > 0


def test_stats_say_the_same_to_people_and_only_of_the_time_that_is_asked_for(made, run_in):
    shown = run_in(made, "stats", "--since", "1h")
    assert shown.code == 0
    for words in (
        f"{IMAGES} delivered",
        "per delivered image",
        "openai/gpt-6-luna",
        "POST /chat/completions",
        "run run-1",
    ):
        assert words in shown.out
    later = run_in(made, "stats", "--since", "2099-01-01T00:00+02:00")
    assert "since 2098-12-31 22:00 UTC" in later.out
    assert "no call has been made" in later.out
    assert "0 delivered" in later.out


@pytest.mark.parametrize("text", ["yesterday", "5x", "-3d", "2026-13-01", "99999d", ""])
def test_a_time_that_is_none_is_refused_with_what_can_be_said(project, run_in, text):
    ran = run_in(project, "stats", f"--since={text}")
    assert ran.code == 2
    assert f"--since: {text!r} is no time" in ran.err
    assert "24h" in ran.err


def test_stats_of_a_new_project_are_empty(project, run_in):
    assert "no call has been made" in run_in(project, "stats").out
    said = run_in(project, "stats", "--json").json
    assert (said["images"], said["models"]) == ({"delivered": 0, "per_minute": None}, [])
