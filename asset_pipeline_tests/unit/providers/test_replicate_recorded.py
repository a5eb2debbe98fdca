"""Every recorded answer of Replicate parses and leads to the right state, and has the keys that the sandbox shows."""

import json
import re

import httpx
import pytest
import respx
import yaml

from asset_pipeline.ledger import Accepted, Cause, Rejected
from asset_pipeline.ledger.replies import Room
from asset_pipeline.providers.http import parse_json
from asset_pipeline.providers.prediction import TERMINAL, parse_prediction, parse_time
from asset_pipeline_tests.support.projects import REPOSITORY
from asset_pipeline_tests.unit.providers.support import held, replicate, run
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


RUN = RECORDED / "run.yaml"
KINDS = {
    "create": r"POST /v1/(models/[^/]+/[^/]+/)?predictions",
    "cancel": r"POST /v1/predictions/[^/]+/cancel",
    "get": r"GET /v1/predictions/[^/]+",
    "model": r"GET /v1/models/[^/]+/[^/]+",
    "version": r"GET /v1/models/[^/]+/[^/]+/versions/[^/]+",
}


def conversations():
    """Return each recorded exchange, request and response."""
    return [
        pytest.param(one, id=f"{file.stem}-{number}", marks=pytestmark)
        for file in sorted(RECORDED.glob("*.yaml"))
        for number, one in enumerate(yaml.safe_load(file.read_text("utf-8"))["interactions"])
    ] or [pytest.param(None, marks=pytest.mark.skip("no recorded answers of Replicate beside the repository"))]


def answer_of(one):
    """Return a recorded response as it came."""
    response = one["response"]
    headers = {name: value[0] for name, value in response["headers"].items() if name.startswith("ratelimit")}
    return httpx.Response(response["status_code"], content=response["content"].encode(), headers=headers)


def kind_of(one):
    """Return which of the client's methods a recorded request is."""
    asked = f"{one['request']['method']} {httpx.URL(one['request']['uri']).path}"
    return next(kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, asked))


async def ask_again(client, one):
    """Let our client ask what was asked when it was recorded."""
    parts = httpx.URL(one["request"]["uri"]).path.removeprefix("/v1/").split("/")
    kind = kind_of(one)
    if kind == "create":
        body = json.loads(one["request"]["body"])
        version = {"version": body["version"]} if "version" in body else {}
        model = "/".join(parts[1:3]) if parts[0] == "models" else "stability-ai/sdxl"
        return await client.create(held(model, input=body["input"], **version))
    if kind in ("get", "cancel"):
        return await getattr(client, kind)(parts[1])
    return await getattr(client, kind)("/".join(parts[1:3]), *parts[4:])


@respx.mock
@pytest.mark.parametrize("one", conversations())
def test_our_client_asks_each_recorded_question_in_the_same_way_and_understands_the_answer(one):
    """Only what our client sends reaches the mocked address; another path or method would be an error."""
    request, said = one["request"], json.loads(one["response"]["content"])
    route = respx.route(method=request["method"], url=request["uri"]).mock(return_value=answer_of(one))

    async def main():
        async with replicate() as client:
            return await ask_again(client, one)

    got = run(main())
    assert len(route.calls) == 1
    if one["response"]["status_code"] == 401:
        assert got == Rejected("HTTP 401: You did not pass a valid authentication token", cause=Cause.ACCOUNT)
    elif kind_of(one) == "create":
        assert isinstance(got, Accepted)
        assert (got.provider_call_id, got.room) == (said["id"], Room(599, 1.0))
        assert json.loads(route.calls[0].request.content) == json.loads(request["body"])
    elif kind_of(one) in ("get", "cancel"):
        assert (got.id, got.status, got.given) == (said["id"], said["status"], said["input"])
    else:
        assert got == said


@respx.mock
def test_the_whole_recorded_run_is_followed_from_its_creation_to_its_file():
    conversation = yaml.safe_load(RUN.read_text("utf-8"))["interactions"]
    looks = [one for one in conversation if kind_of(one) == "get"]
    respx.post(conversation[0]["request"]["uri"]).mock(return_value=answer_of(conversation[0]))
    respx.get(looks[0]["request"]["uri"]).mock(side_effect=[answer_of(one) for one in looks])

    async def main():
        async with replicate() as client:
            created = await ask_again(client, conversation[0])
            seen = []
            while not seen or not seen[-1].is_terminal:
                seen.append(await client.get(created.provider_call_id))
            return seen

    seen = run(main())
    assert [one.status for one in seen] == ["starting", *["processing"] * 9, "succeeded"]
    assert len({one.id for one in seen}) == 1
    assert all(one.given == json.loads(conversation[0]["request"]["body"])["input"] for one in seen)
    assert [len(one.output_urls()) for one in seen] == [0] * 10 + [1]
    assert seen[-1].metrics["predict_time"] > 0


@pytest.mark.parametrize("one", [one for one in conversations() if one.values[0] and kind_of(one.values[0]) == "model"])
def test_the_example_within_a_recorded_model_is_a_prediction_too(one):
    example = json.loads(one["response"]["content"])["default_example"]
    got = parse_prediction(example)
    assert (got is None) == (example is None)
    assert got is None or (got.status, bool(got.output_urls())) == ("succeeded", True)


def test_each_recorded_file_is_looked_at():
    files = {file.stem for file in RECORDED.glob("*.yaml")}
    assert {one.id.rpartition("-")[0] for one in conversations()} == files
    assert {"models-get", "predictions-cancel", "predictions-create", "predictions-get", "run"} <= files


def test_the_recordings_hold_what_they_are_here_for():
    """States, keys given twice, and times of different length: else the tests above would prove little."""
    raws = [one.values[2] for one in PREDICTIONS]
    states = {parse_prediction(parse_json(raw)).status for raw in raws}
    assert {"starting", "processing", "succeeded", "canceled"} <= states
    assert any(raw.count(b'"model":') > 1 for raw in raws)
    digits = {len(json.loads(raw)["created_at"].partition(".")[2].rstrip("Z")) for raw in raws}
    assert len(digits) > 1
