"""Replicate's client: one POST to the right address, and whatever else is asked of it, which is free."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from asset_pipeline.ledger import Accepted, Lost
from asset_pipeline.ledger.replies import Room
from asset_pipeline.providers.http import GetError
from asset_pipeline_tests.unit.providers.support import HTML, REPLICATE, held, replicate, run

OFFICIAL = f"{REPLICATE}/models/black-forest-labs/flux-dev/predictions"
STARTING = {"id": "p1", "model": "black-forest-labs/flux-dev", "status": "starting", "input": {}, "urls": {}}


def ask(act):
    """Let a client do something, without waiting."""

    async def main():
        async with replicate() as client:
            return await act(client)

    return run(main())


def create(model="black-forest-labs/flux-dev", **request):
    return ask(lambda client: client.create(held(model, input={"prompt": "a compass", "seed": 7}, **request)))


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
def test_a_version_may_be_named_beside_a_model_that_runs_by_version_only():
    route = respx.post(f"{REPLICATE}/predictions").mock(return_value=httpx.Response(201, json=STARTING))
    assert isinstance(create("stability-ai/sdxl", version="7762fd07"), Accepted)
    assert json.loads(route.calls[0].request.content)["version"] == "7762fd07"


@respx.mock
def test_a_deployment_is_asked_by_its_name_without_a_version():
    route = respx.post(f"{REPLICATE}/deployments/acme/compass-maker/predictions").respond(201, json=STARTING)
    assert isinstance(create("deployments/acme/compass-maker"), Accepted)
    assert json.loads(route.calls[0].request.content) == {"input": {"prompt": "a compass", "seed": 7}}


@respx.mock
@pytest.mark.parametrize(("own_s", "sent"), [(20, "20"), (600, "60")])
def test_the_shorter_of_both_deadlines_is_sent(own_s, sent):
    route = respx.post(OFFICIAL).respond(201, json=STARTING)
    create(cancel_after_s=own_s)
    assert route.calls[0].request.headers["cancel-after"] == sent


@respx.mock
@pytest.mark.parametrize(
    ("headers", "room"),
    [
        ({"ratelimit-remaining": "599", "ratelimit-reset": "1"}, Room(599, 1.0)),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "10"}, Room(0, 10.0)),
        ({"ratelimit-remaining": "599"}, None),
        ({"ratelimit-remaining": "many", "ratelimit-reset": "1"}, None),
        ({"ratelimit-remaining": "-1", "ratelimit-reset": "1"}, None),
        ({}, None),
    ],
)
def test_what_replicate_would_still_take_is_read_from_its_headers(headers, room):
    respx.post(OFFICIAL).respond(201, json=STARTING, headers=headers)
    assert create().room == room


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


@respx.mock
@pytest.mark.parametrize("page", [[], {"results": None}, {"results": {"id": "p1"}}, {"results": [], "next": ""}])
def test_a_page_of_another_shape_yields_nothing_or_an_error_and_no_prediction(page):
    respx.get(f"{REPLICATE}/predictions").respond(json=page)

    async def listed(client):
        return [prediction async for prediction, _ in client.created_since(datetime(2026, 5, 1, tzinfo=UTC))]

    if isinstance(page, dict):
        assert ask(listed) == []
    else:
        with pytest.raises(GetError, match="the list of predictions"):
            ask(listed)


@respx.mock
@pytest.mark.parametrize("place", ["https://evil.example/v1/predictions?cursor=x", "//evil.example/v1/predictions"])
def test_a_next_page_on_another_host_is_not_followed_with_the_token(place):
    respx.get(f"{REPLICATE}/predictions").respond(json={"results": [], "next": place})
    elsewhere = respx.route(host="evil.example").respond(json={"results": []})

    async def listed(client):
        return [prediction async for prediction, _ in client.created_since(datetime(2026, 5, 1, tzinfo=UTC))]

    with pytest.raises(GetError, match=r"evil\.example"):
        ask(listed)
    assert not elsewhere.called


@respx.mock
def test_canceling_is_asked_once_and_shows_the_prediction_as_it_is_then():
    route = respx.post(f"{REPLICATE}/predictions/p1/cancel").respond(json=STARTING | {"status": "canceled"})
    assert ask(lambda client: client.cancel("p1")).status == "canceled"
    assert (len(route.calls), route.calls[0].request.content) == (1, b"")


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [httpx.Response(404, json={"detail": "no"}), httpx.Response(502, text=HTML), httpx.Response(200, text=HTML)],
)
def test_whether_a_prediction_is_canceled_is_not_guessed(answer):
    respx.post(f"{REPLICATE}/predictions/p1/cancel").mock(return_value=answer)
    with pytest.raises(GetError, match="p1"):
        ask(lambda client: client.cancel("p1"))


@respx.mock
def test_an_id_stays_an_id_whatever_is_in_it():
    route = respx.route(path__regex=r"/v1/predictions/.*").respond(json=STARTING)
    ask(lambda client: client.get("../account?x=1#y"))
    assert route.calls[0].request.url.raw_path == b"/v1/predictions/account%3Fx%3D1%23y"


@respx.mock
def test_a_model_and_a_version_are_what_replicate_says_of_them():
    respx.get(f"{REPLICATE}/models/acme/maker").respond(json={"name": "maker", "latest_version": {"id": "v1"}})
    respx.get(f"{REPLICATE}/models/acme/maker/versions/v1").respond(json={"id": "v1", "openapi_schema": {}})
    assert ask(lambda client: client.model("acme/maker"))["latest_version"] == {"id": "v1"}
    assert ask(lambda client: client.version("acme/maker", "v1")) == {"id": "v1", "openapi_schema": {}}


@respx.mock
@pytest.mark.parametrize("look", [lambda c: c.model("acme/maker"), lambda c: c.version("acme/maker", "v1")])
def test_a_model_or_version_that_is_not_there_is_none_after_one_look(look):
    """Only a fresh prediction is looked for again: a model does not come by waiting."""
    route = respx.route(path__startswith="/v1/models/acme/maker").respond(404, json={"detail": "no", "status": 404})
    assert ask(look) is None
    assert len(route.calls) == 1


@respx.mock
@pytest.mark.parametrize("look", [lambda c: c.model("acme/maker"), lambda c: c.account()])
@pytest.mark.parametrize("answer", [httpx.Response(401, json={"detail": "no token"}), httpx.Response(200, json=[1])])
def test_a_look_up_that_does_not_work_is_an_error_and_not_an_absence(look, answer):
    respx.route(host="api.replicate.com").mock(return_value=answer)
    with pytest.raises(GetError):
        ask(look)


@respx.mock
def test_whose_token_it_is_can_be_asked():
    respx.get(f"{REPLICATE}/account").respond(json={"type": "organization", "username": "acme"})
    assert ask(lambda client: client.account())["username"] == "acme"


@respx.mock
def test_the_secret_of_the_webhooks_can_be_asked_and_nothing_else_is_taken_for_it():
    route = respx.get(f"{REPLICATE}/webhooks/default/secret").respond(
        json={"key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    )
    assert ask(lambda client: client.webhook_secret()) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    for other in ({"key": None}, {"secret": "x"}, ["whsec_x"]):
        route.respond(json=other)
        with pytest.raises(GetError, match="has no key") as said:
            ask(lambda client: client.webhook_secret())
        assert "whsec_x" not in str(said.value)
