"""Every misfortune there is: what the client sees of it, whether it was taken, and what is billed."""

import json
from decimal import Decimal

import httpx
import pytest

from asset_pipeline.providers.openrouter import parse_chat
from asset_pipeline.providers.replicate import parse_prediction
from asset_pipeline.sandbox.fates import FATES
from asset_pipeline.sandbox.misanswers import MISANSWERS
from asset_pipeline.sandbox.refusals import REFUSALS
from asset_pipeline.sandbox.wire import LOSSES
from asset_pipeline_tests.support.sandboxes import served

PRICE = "0.025"
FREE = {"flagged", "failed", "failed_silently", "aborted", "stuck"}


def taken(quick):
    return quick.get("/v1/predictions").json()["results"]


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refused_request_is_not_taken_and_the_next_one_is(quick, fault):
    quick.script({"fault": fault})
    refused = quick.create()
    assert refused.status_code == REFUSALS[fault].status
    assert REFUSALS[fault].body is None or "error" not in refused.json()  # that is how the other provider says it
    assert taken(quick) == []
    quick.script({"fault": fault, "on": "chat"})
    refused = quick.say()
    assert refused.status_code == REFUSALS[fault].status
    assert REFUSALS[fault].body is None or set(refused.json()) == {"error"}
    assert quick.invoice()["calls"] == []
    assert (quick.create().status_code, quick.say().status_code) == (201, 200)


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/v1/predictions", {"version": "black-forest-labs/flux-dev"}),
        ("/v1/models/black-forest-labs/flux-dev/predictions", {}),
        ("/v1/deployments/sandbox/flux-dev/predictions", {}),
    ],
)
def test_misfortune_strikes_every_endpoint_that_is_paid(quick, path, version):
    body = version | {"input": {"prompt": "a compass"}}
    quick.script({"fault": "server_error", "contains": "compass"}, {"fault": "lost_answer"}, {"fault": "flagged"})
    answers = [quick.ask("POST", path, json=body) for _ in range(4)]
    assert [one.status_code for one in answers] == [500, 502, 201, 201]
    assert [one.json()["status"] for one in answers[2:]] == ["failed", "succeeded"]
    assert [call["usd"] for call in quick.invoice()["calls"]] == [PRICE, "0", PRICE]


@pytest.mark.parametrize(
    ("fault", "hint"), [("throttled", 1), ("low_credit", 1), ("throttled_by_header", None), ("throttled_by_text", None)]
)
def test_a_throttled_request_says_when_to_come_back_in_each_way_there_is(quick, fault, hint):
    quick.script({"fault": fault})
    response = quick.create()
    assert response.json().get("retry_after") == hint
    said = f"{response.headers.get('retry-after')} {response.text}"
    assert any(text in said for text in ("~1s", "1 {", "in 1 second"))


@pytest.mark.parametrize("fault", [name for name in FATES if name != "succeeded"])
def test_a_prediction_that_is_taken_can_always_be_followed_and_is_billed_as_documented(quick, fault, clock):
    quick.script({"fault": fault})
    created = quick.create(model="black-forest-labs/flux-dev")
    assert created.status_code == 201
    clock.forward(10)
    answer = quick.get(f"/v1/predictions/{created.json()['id']}")
    prediction = parse_prediction(json.loads(answer.content))
    assert prediction.is_terminal == (fault != "stuck")
    assert prediction.status == ("starting" if fault == "stuck" else FATES[fault].ending)
    assert quick.invoice()["total_usd"] == ("0" if fault in FREE else PRICE)


@pytest.mark.parametrize(("fault", "shape"), [("as_text", str), ("as_list", list), ("nested", dict)])
def test_an_output_of_any_shape_leads_to_the_same_file(quick, fault, shape):
    quick.script({"fault": fault})
    body = quick.create().json()
    assert isinstance(body["output"], shape)
    (url,) = parse_prediction(body).output_urls()
    assert quick.get(url).headers["content-type"] == "image/webp"


def test_an_answer_can_carry_its_file(quick):
    quick.script({"fault": "data_url"})
    (url,) = parse_prediction(quick.create().json()).output_urls()
    assert url.startswith("data:image/webp;base64,")


@pytest.mark.parametrize("fault", ["no_output", "empty_list", "data_removed"])
def test_a_success_can_have_nothing_to_show(quick, fault):
    quick.script({"fault": fault})
    prediction = parse_prediction(quick.create().json())
    assert (prediction.status, prediction.output_urls()) == ("succeeded", [])
    assert prediction.data_removed == (fault == "data_removed")


def test_keys_come_twice_on_the_wire_only(quick):
    quick.script({"fault": "duplicate_key"})
    answer = quick.create()
    assert answer.text.count('"model"') == 2
    assert answer.json()["model"] == "black-forest-labs/flux-dev"


def test_a_fresh_prediction_can_be_unknown_for_a_moment(quick, clock):
    quick.script({"fault": "fresh_404"})
    path = f"/v1/predictions/{quick.create().json()['id']}"
    assert quick.get(path).status_code == 404
    clock.forward(1)
    assert quick.get(path).json()["status"] == "succeeded"


@pytest.mark.parametrize("fault", MISANSWERS)
def test_a_misanswer_is_an_http_200_and_costs_what_its_bill_says(quick, fault):
    quick.script({"fault": fault})
    answer = quick.say()
    assert answer.status_code == 200
    (call,) = quick.invoice()["calls"]
    bill = quick.get(f"/api/v1/generation?id={answer.headers['x-generation-id']}").json()["data"]
    assert Decimal(str(bill["total_cost"])) == Decimal(call["usd"])
    assert (Decimal(call["usd"]) == 0) == (MISANSWERS[fault].factor == 0)
    if fault == "whitespace":
        assert answer.text.strip() == ""
    else:
        assert parse_chat(answer.json()).cost_usd in (None, Decimal(call["usd"]))


def test_a_bill_can_be_late(quick):
    answer = quick.say()
    quick.script({"fault": "late", "times": 2})
    path = f"/api/v1/generation?id={answer.json()['id']}"
    assert [quick.get(path).status_code for _ in range(3)] == [404, 404, 200]


@pytest.mark.parametrize("fault", [*LOSSES, "reset"])
def test_over_a_real_wire_a_lost_answer_looks_lost_and_only_a_reset_took_nothing(tmp_path, fault):
    with served(tmp_path, latency_s=0) as sandbox, httpx.Client(base_url=sandbox.url, timeout=0.5) as client:
        client.headers["Authorization"] = "Bearer sandbox"
        sandbox.script({"fault": fault})
        path, body = "/v1/models/black-forest-labs/flux-dev/predictions", {"input": {"prompt": "a compass"}}
        if fault == "lost_answer":
            assert client.post(path, json=body).status_code == 502
        else:
            with pytest.raises(httpx.TransportError):
                client.post(path, json=body)
        assert len(sandbox.invoice()) == (0 if fault == "reset" else 1)
        assert client.post(path, json=body).status_code == 201
