"""What OpenRouter charges: what an answer says, what a bill says later, what each provider asks; never a guess."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.openrouter import KeyInformation, answered_usd, parse_chat
from asset_pipeline_tests.unit.providers.support import OPENROUTER, openrouter, run


@pytest.mark.parametrize(
    ("usage", "content", "cost"),
    [
        ({"cost": 0.00002415, "is_byok": False}, "Hello", "0.00002415"),
        ({"cost": 8.41005e-05}, "Hello", "0.0000841005"),
        ({"cost": "0.0055"}, "Hello", "0.0055"),
        ({"cost": 0.0051}, "", "0.0051"),
        ({"cost": 0}, "", "0"),
        ({"prompt_tokens": 0, "completion_tokens": 0, "cost": 0}, "Hello", None),
        ({"cost": 0}, "Hello", None),
        ({"cost": 0, "completion_tokens": 500}, "", None),
        ({"cost": None}, "Hello", None),
        ({}, "Hello", None),
        (None, "Hello", None),
        ([], "Hello", None),
        ({"cost": 0.01, "is_byok": True}, "Hello", None),
        ({"cost": -0.01}, "Hello", None),
        ({"cost": "much"}, "Hello", None),
        ({"cost": True}, "Hello", None),
        ({"cost": float("nan")}, "Hello", None),
        ({"cost": float("inf")}, "Hello", None),
        ({"cost": 1e19}, "Hello", None),
        ({"cost": "1e300"}, "Hello", None),
    ],
)
def test_the_cost_is_what_the_answer_says_and_never_guessed(usage, content, cost):
    message = {"content": content}
    got = parse_chat({"choices": [{"message": message}], "usage": usage})
    assert got.cost_usd == (None if cost is None else Decimal(cost))


@pytest.mark.parametrize(
    ("finish", "error", "cost"),
    [
        ("error", None, 0),
        ("error", {"code": 502, "message": "upstream"}, 0),
        (None, None, 0),
        ("stop", {"code": 502, "message": "upstream"}, 0),
        ("stop", None, None),
        ("length", None, None),
        ("content_filter", None, None),
    ],
)
def test_a_zero_without_words_is_believed_only_where_such_answers_are_not_charged(finish, error, cost):
    """What is cut off, filtered or simply empty is paid; only an error, or nothing at all, is insured."""
    choice = {"finish_reason": finish, "error": error, "message": {"content": ""}}
    got = parse_chat({"choices": [choice], "usage": {"cost": 0, "completion_tokens": 0}})
    assert got.cost_usd == cost


@pytest.mark.parametrize(
    ("usage", "cost"),
    [({"cost": 0.0387}, "0.0387"), ({"cost": 0}, "0"), ({"cost": 0.01, "is_byok": True}, None), ({}, None), (7, None)],
)
def test_an_amount_alone_is_read_as_it_is(usage, cost):
    assert answered_usd(usage, may_be_free=True) == (None if cost is None else Decimal(cost))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "content", "text", "cost", "refusal", "is_byok"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["choices", "usage", "model", "error"]), ANY_JSON))
def test_any_answer_can_be_read_and_its_cost_is_an_amount_or_not_known(body):
    got = parse_chat(body)
    assert got.cost_usd is None or (got.cost_usd.is_finite() and got.cost_usd >= 0)
    assert not (got.text and got.cost_usd == 0)


def generation_cost():
    async def main():
        async with openrouter() as client:
            return await client.generation_cost("gen-1")

    return run(main())


@respx.mock
def test_a_bill_that_is_not_there_yet_is_asked_for_again():
    missing = httpx.Response(404, json={"error": {"code": 404, "message": "Generation gen-1 not found"}})
    bill = httpx.Response(200, json={"data": {"id": "gen-1", "total_cost": 0.0015, "is_byok": False}})
    respx.get(f"{OPENROUTER}/generation", params={"id": "gen-1"}).mock(side_effect=[missing, missing, missing, bill])
    assert generation_cost() == Decimal("0.0015")


@respx.mock
def test_a_bill_that_never_comes_is_an_error_and_not_a_price():
    respx.get(f"{OPENROUTER}/generation").respond(404, json={"error": {"code": 404}})
    with pytest.raises(GetError):
        generation_cost()


@respx.mock
@pytest.mark.parametrize(
    ("body", "cost"),
    [
        ({"data": {"total_cost": 0}}, "0"),
        ({"data": {"total_cost": "0.25"}}, "0.25"),
        ({"data": {"total_cost": None}}, None),
        ({"data": {}}, None),
        ({"data": None}, None),
        ({}, None),
        ([], None),
        ({"data": {"total_cost": "much"}}, None),
        ({"data": {"total_cost": -1}}, None),
        ({"data": {"total_cost": 0.25, "is_byok": True}}, None),
    ],
)
def test_a_bill_without_a_readable_amount_names_no_cost(body, cost):
    respx.get(f"{OPENROUTER}/generation").respond(json=body)
    assert generation_cost() == (None if cost is None else Decimal(cost))


def endpoints():
    async def main():
        async with openrouter() as client:
            return await client.endpoints("openai/gpt-6-luna")

    return run(main())


@respx.mock
def test_the_providers_of_a_model_come_with_their_prices_and_abilities():
    one = {"tag": "openai", "provider_name": "OpenAI", "pricing": {"prompt": "0.1"}, "supported_parameters": ["seed"]}
    bare = {"provider_name": "Azure", "pricing": None, "supported_parameters": None}
    respx.get(f"{OPENROUTER}/models/openai/gpt-6-luna/endpoints").respond(json={"data": {"endpoints": [one, bare]}})
    first, second = endpoints()
    assert (first.tag, first.pricing, first.parameters) == ("openai", {"prompt": "0.1"}, {"seed"})
    assert (second.tag, second.pricing, second.parameters) == ("Azure", {}, frozenset())


@respx.mock
def test_the_limits_tier_and_state_of_a_provider_are_read_and_what_cannot_be_read_is_no_limit():
    full = {
        "tag": "openai/fast",
        "context_length": 400_000,
        "max_prompt_tokens": 272_000,
        "max_completion_tokens": 128_000,
        "service_tier": "fast",
        "status": -2,
    }
    odd = {"tag": "azure", "context_length": "much", "max_completion_tokens": 0, "service_tier": None, "status": "up"}
    respx.get(f"{OPENROUTER}/models/openai/gpt-6-luna/endpoints").respond(json={"data": {"endpoints": [full, odd, 7]}})
    first, second = endpoints()
    assert (first.context_length, first.max_prompt_tokens, first.max_completion_tokens) == (400_000, 272_000, 128_000)
    assert (first.is_default_tier, first.is_degraded) == (False, True)
    assert (second.context_length, second.max_completion_tokens) == (None, None)
    assert (second.is_default_tier, second.is_degraded) == (True, False)


@respx.mock
@pytest.mark.parametrize("body", [{}, [], {"data": None}, {"data": {}}, {"data": {"endpoints": None}}])
def test_a_model_without_providers_has_none(body):
    respx.get(f"{OPENROUTER}/models/openai/gpt-6-luna/endpoints").respond(json=body)
    assert list(endpoints()) == []


def key_information():
    async def main():
        async with openrouter() as client:
            return await client.key_information(), await client.key_usage()

    return run(main())


@respx.mock
def test_what_a_key_may_spend_is_read():
    data = {
        "label": "sk-or-v1-au7...890",
        "limit": 100,
        "limit_remaining": 74.5,
        "limit_reset": "monthly",
        "usage": 25.5,
        "is_free_tier": False,
        "is_management_key": True,
        "expires_at": "2027-12-31T23:59:59Z",
    }
    respx.get(f"{OPENROUTER}/key").respond(json={"data": data})
    expires_at = datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)
    known = KeyInformation(Decimal("25.5"), Decimal(100), Decimal("74.5"), False, expires_at, True, data["label"])
    assert key_information() == (known, Decimal("25.5"))


@respx.mock
def test_an_overdrawn_key_does_not_look_like_one_without_a_limit():
    respx.get(f"{OPENROUTER}/key").respond(json={"data": {"limit": 10, "limit_remaining": -0.25}})
    assert key_information()[0].limit_remaining == Decimal("-0.25")


@respx.mock
@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"data": None},
        {"data": {"limit": None, "usage": "much", "limit_remaining": True}},
        {"data": {"is_free_tier": "no", "expires_at": "some day"}},
        {"data": {"expires_at": 1_800_000_000, "is_management_key": None}},
    ],
)
def test_what_is_not_said_of_a_key_is_not_known(body):
    respx.get(f"{OPENROUTER}/key").respond(json=body)
    assert key_information() == (KeyInformation(None, None, None, None, None, None), None)
