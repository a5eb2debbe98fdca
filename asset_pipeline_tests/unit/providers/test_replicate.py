"""Replicate's client: one POST to the right address, and predictions of every recorded and every odd shape."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger import Accepted, Cause, Lost, Rejected
from asset_pipeline.providers.http import GetError, parse_json
from asset_pipeline.providers.replicate import parse_prediction, parse_time
from asset_pipeline_tests.unit.providers.support import HTML, REPLICATE, held, replicate, run

OFFICIAL = f"{REPLICATE}/models/black-forest-labs/flux-dev/predictions"
STARTING = {"id": "p1", "model": "black-forest-labs/flux-dev", "status": "starting", "input": {}, "urls": {}}
IN_FLIGHT = "Your rate limit resets in ~5s."


def create(model="black-forest-labs/flux-dev"):
    async def main():
        async with replicate() as client:
            return await client.create(held(model, input={"prompt": "a compass", "seed": 7}))

    return run(main())


@respx.mock
def test_an_official_model_is_asked_by_name_and_the_body_is_its_input_and_nothing_else():
    route = respx.post(OFFICIAL).mock(return_value=httpx.Response(201, json=STARTING))
    got = create()
    assert got == Accepted("p1", STARTING, route.calls[0].response.content)
    request = route.calls[0].request
    assert json.loads(request.content) == {"input": {"prompt": "a compass", "seed": 7}}
    assert request.headers["authorization"] == "Bearer secret"
    assert "prefer" not in request.headers  # the id must come at once
    assert request.headers["cancel-after"] == "60"  # nothing runs, and costs, for ever


@respx.mock
def test_a_model_with_a_version_is_asked_by_its_version():
    route = respx.post(f"{REPLICATE}/predictions").mock(return_value=httpx.Response(201, json=STARTING))
    assert isinstance(create("stability-ai/sdxl:7762fd07"), Accepted)
    body = json.loads(route.calls[0].request.content)
    assert body == {"version": "7762fd07", "input": {"prompt": "a compass", "seed": 7}}


@respx.mock
@pytest.mark.parametrize("status", [200, 201, 202])
def test_each_way_of_taking_a_request_is_accepted_whatever_else_is_missing(status):
    respx.post(OFFICIAL).mock(return_value=httpx.Response(status, json={"id": "p1"}))
    assert create().provider_call_id == "p1"


@respx.mock
@pytest.mark.parametrize(
    "text", ['{"status": "starting"}', '{"id": null}', '{"id": 7}', '{"id": ""}', "[]", "null", "", HTML, '{"id": "p']
)
def test_a_success_without_an_id_is_lost_not_refused(text):
    respx.post(OFFICIAL).mock(return_value=httpx.Response(201, text=text))
    assert isinstance(create(), Lost)


@respx.mock
@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            401,
            {"title": "Unauthenticated", "detail": "no token", "status": 401},
            Rejected("HTTP 401: no token", cause=Cause.ACCOUNT),
        ),
        (
            402,
            {"title": "Insufficient credit", "detail": "buy", "status": 402},
            Rejected("HTTP 402: buy", cause=Cause.ACCOUNT),
        ),
        (404, {"detail": "not found", "status": 404}, Rejected("HTTP 404: not found")),
        (422, {"detail": "- input.size: no\n", "status": 422}, Rejected("HTTP 422: - input.size: no")),
        (429, {"detail": "slow", "retry_after": 5}, Rejected("HTTP 429: slow", True, 5.0, Cause.THROTTLED)),
        (429, {"detail": IN_FLIGHT}, Rejected(f"HTTP 429: {IN_FLIGHT}", True, 5.0, Cause.THROTTLED)),
        (429, {"detail": "slow"}, Rejected("HTTP 429: slow", True, None, Cause.THROTTLED)),
        (503, {"detail": "busy"}, Lost("HTTP 503: busy")),
        (500, {"detail": "oops"}, Lost("HTTP 500: oops")),
        (204, None, Lost("HTTP 204: ")),
        (302, None, Lost("HTTP 302: ")),
    ],
)
def test_each_documented_refusal_is_sorted_by_whether_money_may_be_gone(status, body, expected):
    respx.post(OFFICIAL).mock(return_value=httpx.Response(status, json=body) if body else httpx.Response(status))
    assert create() == expected


@respx.mock
@pytest.mark.parametrize(
    ("error", "kind"),
    [(httpx.ReadTimeout("silent"), Lost), (httpx.ReadError("reset"), Lost), (httpx.ConnectError("refused"), Rejected)],
)
def test_a_broken_connection_is_sorted_and_not_raised(error, kind):
    respx.post(OFFICIAL).mock(side_effect=error)
    assert isinstance(create(), kind)


@pytest.mark.parametrize(
    ("output", "urls"),
    [
        ("https://replicate.delivery/a.webp", ["https://replicate.delivery/a.webp"]),
        (["https://x/0.png", "https://x/1.png"], ["https://x/0.png", "https://x/1.png"]),
        ({"image": "https://x/0.png", "seed": 7}, ["https://x/0.png"]),
        ([{"file": "https://x/0.png"}, {"file": None}], ["https://x/0.png"]),
        ([["https://x/0.png"], [["https://x/1.png"]]], ["https://x/0.png", "https://x/1.png"]),
        ("data:image/png;base64,aGk=", ["data:image/png;base64,aGk="]),
        (["a caption", "https://x/0.png"], ["https://x/0.png"]),
        ([], []),
        (None, []),
        ("", []),
        (7, []),
    ],
)
def test_the_addresses_are_found_wherever_they_are_in_the_output(output, urls):
    assert parse_prediction({"id": "p1", "output": output}).output_urls() == urls


@pytest.mark.parametrize(
    ("status", "is_terminal"),
    [
        ("starting", False), ("processing", False), ("succeeded", True), ("failed", True), ("canceled", True),
        ("aborted", True), ("interrupted", False), ("successful", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_an_unknown_status_is_not_the_end(status, is_terminal):
    assert parse_prediction({"id": "p1", "status": status}).is_terminal is is_terminal


def test_a_status_that_is_absent_is_not_the_end():
    assert not parse_prediction({"id": "p1"}).is_terminal


def test_a_failed_one_may_say_nothing_or_something_that_is_no_text():
    assert parse_prediction({"id": "p1", "status": "failed", "error": None}).error is None
    assert parse_prediction({"id": "p1", "status": "failed", "error": {"code": 1}}).error == "{'code': 1}"


@pytest.mark.parametrize(
    ("body", "attribute", "value"),
    [
        ('{"id":"p1","model":"a/b","status":"starting","model":"a/c"}', "status", "starting"),
        ('{"id":"p1","metrics":null}', "metrics", {}),
        ('{"id":"p1","metrics":[1]}', "metrics", {}),
        ('{"id":"p1","metrics":{"predict_time":-11136021.178237}}', "metrics", {"predict_time": -11136021.178237}),
        ('{"id":"p1","metrics":{"resolution_target":"1 MP"}}', "metrics", {"resolution_target": "1 MP"}),
        ('{"id":"p1","version":"hidden"}', "version", "hidden"),
        ('{"id":"p1","version":null}', "version", None),
        ('{"id":"p1","output":null,"data_removed":true}', "data_removed", True),
        ('{"id":"p1","something_new":{"a":[1]},"input":null,"logs":null}', "data_removed", False),
    ],
)
def test_odd_bodies_are_taken_as_they_come(body, attribute, value):
    assert getattr(parse_prediction(parse_json(body.encode())), attribute) == value


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["id", "status", "output", "error", "metrics", "version", "data_removed"])


@given(body=ANY_JSON | st.dictionaries(KEYS, ANY_JSON))
def test_any_json_is_a_prediction_with_an_id_or_none(body):
    got = parse_prediction(body)
    has_id = isinstance(body, dict) and isinstance(body.get("id"), str) and body["id"] != ""
    assert (got is not None) == has_id
    assert got is None or all(url.startswith(("http://", "https://", "data:")) for url in got.output_urls())


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2023-08-16T18:57:08.360785140Z", 360785),
        ("2023-08-16T18:57:08.36078514Z", 360785),
        ("2023-08-16T18:57:08.360785Z", 360785),
        ("2023-08-16T18:57:08.3607Z", 360700),
        ("2023-08-16T18:57:08.360Z", 360000),
        ("2023-08-16T18:57:08Z", 0),
        ("2023-08-16T18:57:08.360+00:00", 360000),
    ],
)
def test_times_have_any_number_of_digits(text, microsecond):
    assert parse_time(text) == datetime(2023, 8, 16, 18, 57, 8, microsecond, UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 999))
def test_nanoseconds_are_cut_not_rounded(moment, nanoseconds):
    text = f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}{nanoseconds:03}Z"
    assert parse_time(text) == moment


@respx.mock
def test_a_fresh_prediction_that_is_not_known_yet_is_looked_up_again():
    respx.get(f"{REPLICATE}/predictions/p1").mock(
        side_effect=[httpx.Response(404, json={"detail": "no"}), httpx.Response(200, json=STARTING)]
    )

    async def main():
        async with replicate() as client:
            return await client.get("p1")

    assert run(main()).status == "starting"


@respx.mock
def test_an_answer_that_is_no_prediction_is_an_error_not_a_state():
    respx.get(f"{REPLICATE}/predictions/p1").mock(return_value=httpx.Response(200, json={"detail": "hm"}))

    async def main():
        async with replicate() as client:
            return await client.get("p1")

    with pytest.raises(GetError, match="p1"):
        run(main())


@respx.mock
def test_the_list_is_followed_to_its_end_and_what_is_no_prediction_is_left_out():
    since = datetime(2026, 5, 1, 12, 30, tzinfo=UTC) + timedelta(microseconds=5)
    following = f"{REPLICATE}/predictions?cursor=cD0y"
    respx.get(f"{REPLICATE}/predictions", params={"created_after": "2026-05-01T12:30:00Z"}).respond(
        json={"previous": None, "next": following, "results": [{"id": "p3", "input": {"seed": 3}}, {"id": "p2"}, None]}
    )
    respx.get(f"{REPLICATE}/predictions", params={"cursor": "cD0y"}).respond(
        json={"next": None, "results": [{"id": "p1", "input": None}, {"no": "id"}]}
    )

    async def main():
        async with replicate() as client:
            return [(prediction.id, given) async for prediction, given in client.created_since(since)]

    assert run(main()) == [("p3", {"seed": 3}), ("p2", {}), ("p1", {})]
