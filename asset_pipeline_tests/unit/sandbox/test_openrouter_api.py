"""The sandbox's OpenRouter: what it answers is what was asked for, and costs what its price list says."""

from decimal import Decimal

import pytest

from asset_pipeline.providers.language_prices import dearest
from asset_pipeline.providers.openrouter import parse_chat
from asset_pipeline.providers.openrouter.endpoints import parse_endpoints
from asset_pipeline.providers.openrouter.key import parse_key
from asset_pipeline.sandbox.language_models import OFFERS
from asset_pipeline_tests.unit.sandbox.support import LUNA

MANY = "deepseek/deepseek-v4.1-flash"


def endpoints(sandbox, model):
    """Return the providers of a model, as the API lists them."""
    return sandbox.get(f"/api/v1/models/{model}/endpoints").json()["data"]["endpoints"]


def price_list(sandbox, model, provider="Sandbox"):
    """Return the prices of one of a model's providers."""
    (pricing,) = {
        one["tag"]: one["pricing"] for one in endpoints(sandbox, model) if one["provider_name"] == provider
    }.values()
    return pricing


@pytest.mark.parametrize("model", OFFERS)
@pytest.mark.parametrize("max_tokens", [500, 3])
def test_the_cost_is_tokens_times_price_in_answer_bill_and_invoice(quick, model, max_tokens):
    response = quick.say("Tell me of compasses. " * 20, model, max_tokens=max_tokens)
    body = response.json()
    usage, prices = body["usage"], price_list(quick, model, body["provider"])
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


@pytest.mark.parametrize("model", OFFERS)
@pytest.mark.parametrize("text", ["", "Hi", "Ä" * 300, "🧭" * 100])
def test_an_answer_never_costs_more_than_the_worst_case_that_its_prices_allow(quick, model, text):
    body = quick.say(text, model, max_tokens=40).json()
    price = dearest(parse_endpoints({"data": {"endpoints": endpoints(quick, model)}}), as_of="now")
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


def test_the_list_of_models_has_those_that_write_with_the_prices_of_their_first_providers(quick):
    models = {one["id"]: one for one in quick.get("/api/v1/models").json()["data"]}
    assert set(models) == set(OFFERS)
    for model, listed in models.items():
        assert listed["pricing"] == endpoints(quick, model)[0]["pricing"]
        assert listed["architecture"]["output_modalities"] == ["text"]
    assert quick.get("/api/v1/models", params={"output_modalities": "image"}).json()["data"] == []
    assert len(quick.get("/api/v1/models", params={"output_modalities": "all"}).json()["data"]) == len(OFFERS)


def test_one_model_has_many_providers_of_different_prices_abilities_tiers_and_states(quick):
    many = endpoints(quick, MANY)
    assert len({one["pricing"]["prompt"] for one in many}) > 2
    assert len({tuple(one["supported_parameters"]) for one in many}) > 2
    assert {one["service_tier"] for one in many} == {None, "fast"}
    assert {one["status"] for one in many} == {0, -2}


def test_a_key_shows_its_usage_and_no_limit(quick):
    body = quick.say().json()
    data = quick.get("/api/v1/key").json()["data"]
    known = parse_key({"data": data})
    assert known.usage == Decimal(str(body["usage"]["cost"]))
    assert (known.limit, known.limit_remaining, known.is_free_tier, known.is_management_key) == (
        None,
        None,
        False,
        False,
    )
    assert {"label", "limit_reset", "usage_daily", "byok_usage", "include_byok_in_limit", "expires_at"} <= set(data)


def test_the_credits_are_for_those_who_manage_keys_only(quick):
    response = quick.get("/api/v1/credits")
    assert (response.status_code, response.json()["error"]["message"]) == (
        403,
        "Only management keys can perform this operation",
    )


@pytest.mark.parametrize("path", ["key", "credits", "generation?id=gen-1"])
def test_what_is_the_keys_own_is_not_shown_without_it(quick, path):
    quick.headers = {}
    assert quick.get(f"/api/v1/{path}").status_code == 401


def test_a_bill_has_the_documented_keys(quick):
    generation_id = quick.say().headers["x-generation-id"]
    bill = quick.get("/api/v1/generation", params={"id": generation_id}).json()["data"]
    assert {
        "id", "request_id", "upstream_id", "created_at", "model", "provider_name", "streamed", "cancelled",
        "finish_reason", "total_cost", "usage", "upstream_inference_cost", "cache_discount", "is_byok",
        "native_tokens_prompt", "native_tokens_completion", "native_tokens_reasoning", "native_tokens_cached",
        "latency", "generation_time", "external_user", "service_tier", "session_id",
    } <= set(bill)  # fmt: skip


def refusal(response):
    """Return status, message and availability of a refusal."""
    error = response.json()["error"]
    assert error["code"] == response.status_code
    return response.status_code, error["message"], error.get("availability")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"Require_Parameters": True}, "Unrecognized key(s) in object: 'Require_Parameters'"),
        ({"provider": {"onyl": ["x"]}}, "Unrecognized key(s) in object: 'onyl'"),
        ({"messages": []}, "Invalid request parameters"),
        ({"messages": None}, "Invalid request parameters"),
        (
            {"reasoning": {"effort": "low", "max_tokens": 10}},
            'Only one of "reasoning.effort" and "reasoning.max_tokens" can be specified',
        ),
        ({"stream": True}, "the sandbox answers in one piece; leave stream out"),
    ],
)
def test_a_request_that_is_malformed_is_refused_in_the_real_ones_words(quick, request_, message):
    assert refusal(quick.say(**request_)) == (400, message, None)
    assert quick.invoice()["calls"] == []


UNSUPPORTED = (404, "No endpoints found that can handle the requested parameters", None)
AS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": {"type": "object"}}}
STRICT = {"require_parameters": True}


@pytest.mark.parametrize(
    ("model", "request_"),
    [
        ("z-ai/glm-5.3-flash", {"response_format": AS_SCHEMA}),
        ("xiaomi/mimo-v2.6-flash", {"response_format": AS_SCHEMA}),
        ("xiaomi/mimo-v2.6-flash", {"response_format": {"type": "json_object"}}),
        ("xiaomi/mimo-v2.6-flash", {}),
        (LUNA, {"reasoning": {"effort": "low"}}),
        (LUNA, {"top_k": 3}),
    ],
    ids=["schema", "schema-for-words", "object-for-words", "max_tokens", "reasoning", "top_k"],
)
def test_who_insists_on_what_no_provider_supports_is_refused_and_who_does_not_is_answered_without_it(
    quick, model, request_
):
    assert refusal(quick.say(model=model, provider=STRICT, **request_)) == UNSUPPORTED
    assert quick.invoice()["calls"] == []
    assert quick.say(model=model, **request_).status_code == 200


@pytest.mark.parametrize(
    ("provider", "excluded"),
    [
        ({"only": ["azure"]}, "only"),
        ({"ignore": ["sandbox"]}, "ignore"),
        ({"max_price": {"prompt": 0.09}}, "max_price"),
        ({"max_price": {"prompt": 1, "completion": "0.4"}}, "max_price"),
    ],
)
def test_who_leaves_no_provider_is_told_what_left_none(quick, provider, excluded):
    status, _, availability = refusal(quick.say(provider=provider))
    assert (status, availability["code"], availability["excluded_by"]) == (404, "constraint_filtered", [excluded])
    assert availability["requested_models"] == [LUNA]


@pytest.mark.parametrize("most", [0.1, "0.1", 0.1000000001])
def test_a_price_that_is_just_met_is_no_obstacle_as_number_or_text(quick, most):
    assert quick.say(provider={"max_price": {"prompt": most, "completion": 0.5}}).status_code == 200


@pytest.mark.parametrize(
    ("request_", "provider"),
    [
        ({}, "DeepSeek"),
        ({"max_tokens": 60}, "Short"),
        ({"response_format": AS_SCHEMA, "provider": STRICT}, "NovitaAI"),
        ({"provider": {"only": ["together"]}}, "Together"),
        ({"provider": {"only": ["novita", "together"]}}, "NovitaAI"),
        ({"provider": {"only": ["chutes"]}}, "Chutes"),
    ],
)
def test_of_many_providers_the_cheapest_that_may_answers_and_bills_its_own_price(quick, request_, provider):
    body = quick.say(model=MANY, **request_).json()
    assert body["provider"] == provider
    (call,) = quick.invoice()["calls"]
    assert Decimal(call["usd"]) == Decimal(str(body["usage"]["cost"])) > 0


@pytest.mark.parametrize(
    ("reasoning", "thought"),
    [
        (None, 250),
        ({"effort": "low"}, 100),
        ({"effort": "none"}, 0),
        ({"enabled": False}, 0),
        ({"max_tokens": 70}, 70),
        ({"max_tokens": 900}, 500),
    ],
)
def test_a_model_that_thinks_is_paid_for_it_and_may_have_no_tokens_left_for_words(quick, reasoning, thought):
    body = quick.say(model=MANY, **({"reasoning": reasoning} if reasoning else {})).json()
    usage = body["usage"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] == thought
    assert usage["completion_tokens"] >= thought
    answer = parse_chat(body)
    assert (answer.finish_reason, bool(answer.text)) == (("length", False) if thought == 500 else ("stop", True))
