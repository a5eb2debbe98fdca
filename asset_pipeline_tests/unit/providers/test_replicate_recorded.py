"""Every recorded answer of Replicate parses and leads to the right state, and has the keys that the sandbox shows."""

import json

import pytest
import yaml

from asset_pipeline.ledger import Cause, Rejected
from asset_pipeline.providers.http import Answer, parse_json, sort_refusal
from asset_pipeline.providers.replicate import TERMINAL, parse_prediction, parse_time
from asset_pipeline_tests.support.projects import REPOSITORY
from asset_pipeline_tests.unit.sandbox.support import KEYS

RECORDED = REPOSITORY.parent / "shared" / "recorded" / "replicate"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded answers of Replicate beside the repository")


def interactions():
    """Return each recorded answer as file and number, URL path, status and raw body."""
    found = []
    for file in sorted(RECORDED.glob("*.yaml")):
        for number, one in enumerate(yaml.safe_load(file.read_text("utf-8"))["interactions"]):
            response = one["response"]
            content = response["content"].encode()
            path = one["request"]["uri"].partition("/v1/")[2]
            found.append(
                pytest.param(path, response["status_code"], content, id=f"{file.stem}-{number}", marks=pytestmark)
            )
    return found


ALL = interactions()
PREDICTIONS = [one for one in ALL if "predictions" in one.values[0] and one.values[1] < 400]


@pytest.mark.parametrize(("path", "status", "raw"), ALL)
def test_every_recorded_answer_is_json_for_us(path, status, raw):
    assert isinstance(parse_json(raw), dict)


@pytest.mark.parametrize(("path", "status", "raw"), PREDICTIONS)
def test_every_recorded_prediction_parses_into_its_state(path, status, raw):
    said = json.loads(raw)
    got = parse_prediction(parse_json(raw))
    assert got.id == said["id"]
    assert (got.status, got.error, got.version) == (said["status"], None, said["version"])
    assert got.is_terminal == ("completed_at" in said) == (got.status in TERMINAL)
    assert bool(got.output_urls()) == (got.status == "succeeded")
    assert all(url.startswith("https://replicate.delivery/pbxt/") for url in got.output_urls())
    assert ("predict_time" in got.metrics) == got.is_terminal


@pytest.mark.parametrize(("path", "status", "raw"), PREDICTIONS)
def test_every_recorded_time_is_read_and_a_prediction_ends_after_it_started(path, status, raw):
    """When it was created is no use in order: one was recorded as created 28 ms after it had started."""
    said = json.loads(raw)
    assert parse_time(said["created_at"]).tzinfo is not None
    times = [parse_time(said[name]) for name in ("started_at", "completed_at") if said.get(name)]
    assert times == sorted(times)


@pytest.mark.parametrize(("path", "status", "raw"), PREDICTIONS)
def test_the_sandbox_shows_the_keys_that_were_recorded(path, status, raw):
    """Replicate has a second view of old or cancelled predictions, with one more key and without the model's name."""
    said = json.loads(raw)
    if "webhook_completed" in said:
        assert set(said) - {"webhook_completed"} | {"model"} == KEYS["succeeded"]
    else:
        assert set(said) == KEYS[said["status"]]


@pytest.mark.parametrize(
    ("path", "status", "raw"),
    [one for one in ALL if one.values[1] >= 400] or [pytest.param("", 0, b"", marks=pytest.mark.skip("none recorded"))],
)
def test_the_recorded_refusal_certainly_did_nothing(path, status, raw):
    got = sort_refusal(Answer(status, {}, raw, parse_json(raw)), retryable=frozenset({429}))
    assert got == Rejected("HTTP 401: You did not pass a valid authentication token", cause=Cause.ACCOUNT)


def test_the_recordings_hold_what_they_are_here_for():
    """States, keys given twice, and times of different length: else the tests above would prove little."""
    raws = [one.values[2] for one in PREDICTIONS]
    states = {parse_prediction(parse_json(raw)).status for raw in raws}
    assert {"starting", "processing", "succeeded", "canceled"} <= states
    assert any(raw.count(b'"model":') > 1 for raw in raws)
    digits = {len(json.loads(raw)["created_at"].partition(".")[2].rstrip("Z")) for raw in raws}
    assert len(digits) > 1
