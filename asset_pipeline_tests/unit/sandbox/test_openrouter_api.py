"""The sandbox's OpenRouter: what it answers is what was asked for, and costs what its price list says."""

from decimal import Decimal

import pytest

from asset_pipeline.providers.language_prices import dearest
from asset_pipeline.providers.openrouter import Endpoint, parse_chat
from asset_pipeline.sandbox.tariff import LANGUAGE_MODELS
from asset_pipeline_tests.unit.sandbox.support import LUNA


def price_list(sandbox, model):
    """Return the prices of a model's one provider."""
    (endpoint,) = sandbox.get(f"/api/v1/models/{model}/endpoints").json()["data"]["endpoints"]
    return endpoint["pricing"]


@pytest.mark.parametrize("model", LANGUAGE_MODELS)
@pytest.mark.parametrize("max_tokens", [500, 3])
def test_the_cost_is_tokens_times_price_in_answer_bill_and_invoice(quick, model, max_tokens):
    response = quick.say("Tell me of compasses. " * 20, model, max_tokens=max_tokens)
    body = response.json()
    usage, prices = body["usage"], price_list(quick, model)
    tokens = usage["prompt_tokens"], usage["completion_tokens"]
    cost = tokens[0] * Decimal(prices["prompt"]) + tokens[1] * Decimal(prices["completion"])
    assert cost > 0
    assert parse_chat(body).cost_usd == cost
    assert usage["total_tokens"] == sum(tokens)
    (call,) = quick.invoice()["calls"]
    assert (call["id"], call["model"], Decimal(call["usd"])) == (body["id"], model, cost)
    bill = quick.get("/api/v1/generation", params={"id": body["id"]}).json()["data"]
    assert Decimal(str(bill["total_cost"])) == cost
    assert (bill["native_tokens_prompt"], bill["native_tokens_completion"]) == tokens
    assert (bill["id"], bill["model"], bill["is_byok"]) == (body["id"], model, False)


@pytest.mark.parametrize("model", LANGUAGE_MODELS)
@pytest.mark.parametrize("text", ["", "Hi", "Ä" * 300, "🧭" * 100])
def test_an_answer_never_costs_more_than_the_worst_case_that_its_prices_allow(quick, model, text):
    body = quick.say(text, model, max_tokens=40).json()
    price = dearest([Endpoint("sandbox", price_list(quick, model), frozenset())], as_of="now")
    assert parse_chat(body).cost_usd <= price.worst_usd(prompt_bytes=len(text.encode()), max_tokens=40)


def test_an_answer_has_the_recorded_keys_and_its_id_in_a_header(quick):
    response = quick.say()
    body = response.json()
    assert {"id", "provider", "model", "object", "created", "choices", "usage"} <= set(body)
    assert body["id"] == response.headers["x-generation-id"]
    assert body["id"].startswith("gen-")
    (choice,) = body["choices"]
    assert {"finish_reason", "native_finish_reason", "index", "message"} <= set(choice)
    assert set(choice["message"]) == {"role", "content", "refusal", "reasoning"}
    assert {"cost", "is_byok", "prompt_tokens_details", "completion_tokens_details"} <= set(body["usage"])


def test_a_longer_answer_than_asked_for_is_cut_off_and_says_so(quick):
    whole, cut = parse_chat(quick.say().json()), parse_chat(quick.say(max_tokens=3).json())
    assert (whole.finish_reason, cut.finish_reason) == ("stop", "length")
    assert whole.text.startswith(cut.text)
    assert len(cut.text) == 12
    assert quick.say(max_tokens=3).json()["usage"]["completion_tokens"] == 3


def test_the_same_question_has_the_same_answer_but_is_billed_each_time(quick):
    first, second = quick.say().json(), quick.say().json()
    assert first["choices"] == second["choices"]
    assert first["id"] != second["id"]
    assert len(quick.invoice()["calls"]) == 2


def test_what_cannot_be_answered_is_refused_and_free(quick):
    unknown = quick.say(model="nobody/nothing")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, 400)
    assert quick.get("/api/v1/models/nobody/nothing/endpoints").status_code == 404
    assert quick.get("/api/v1/generation", params={"id": "gen-nothing"}).json()["error"]["code"] == 404
    quick.headers = {}
    missing = quick.say()
    assert missing.json() == {"error": {"message": "Missing Authentication header", "code": 401}}
    assert missing.status_code == 401
    assert quick.invoice()["calls"] == []


def test_the_list_of_models_has_the_prices_that_their_pages_have(quick):
    models = {one["id"]: one["pricing"] for one in quick.get("/api/v1/models").json()["data"]}
    assert models == {model: price_list(quick, model) for model in LANGUAGE_MODELS}
    luna = models[LUNA]
    assert (luna["prompt"], luna["completion"], luna["input_cache_write"]) == ("0.0000001", "0.0000005", "0.000000125")


def test_the_key_has_no_limit(quick):
    assert quick.get("/api/v1/key").json()["data"]["limit"] is None
