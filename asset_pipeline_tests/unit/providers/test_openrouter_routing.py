"""Which providers a question may reach: those that fit and whose price can be trusted, and no others."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.providers.language_prices import MESSAGE_OVERHEAD_TOKENS
from asset_pipeline.providers.openrouter import Endpoint
from asset_pipeline.providers.openrouter.routing import Format, Needs, NoRoute, find_routes, why_forbidden

MODEL = "maker/model"
SCHEMA = {"max_tokens", "response_format", "structured_outputs"}
OBJECT = {"max_tokens", "response_format"}
WORDS = {"max_tokens"}


def endpoint(tag, parameters=SCHEMA, *, prompt="0.0000001", completion="0.0000005", pricing=None, **more):
    """Return a provider of the model."""
    prices = {"prompt": prompt, "completion": completion} if pricing is None else pricing
    return Endpoint(tag, prices, frozenset(parameters), **more)


def routes(*endpoints, model=MODEL, prompt_bytes=1000, max_tokens=600, providers=()):
    """Return where a question may go."""
    return find_routes(endpoints, model=model, needs=Needs(prompt_bytes, max_tokens, providers), as_of="2026-11-01")


def tags(*endpoints, **needs):
    """Return who may be asked in each format, the strongest first."""
    return {str(route.format): route.tags for route in routes(*endpoints, **needs)}


def test_each_format_is_asked_of_those_who_list_it_the_strongest_first():
    found = tags(endpoint("words", WORDS), endpoint("schema"), endpoint("object", OBJECT))
    assert list(found.items()) == [
        ("json_schema", ("schema",)),
        ("json_object", ("schema", "object")),
        ("text", ("words", "schema", "object")),
    ]


def test_who_lists_any_json_is_not_trusted_with_a_schema():
    """Some take a schema without an error and answer freely."""
    assert list(tags(endpoint("vertex", OBJECT))) == ["json_object", "text"]


def test_the_price_is_the_dearest_of_those_that_may_be_asked_and_of_no_others():
    cheap, dear = endpoint("cheap"), endpoint("dear", completion="0.000001")
    dearer = endpoint("words", WORDS, prompt="0.000009")
    schema, _, text = routes(cheap, dear, dearer)
    assert (schema.price.input_usd, schema.price.output_usd) == (Decimal("0.0000001"), Decimal("0.000001"))
    assert text.price.input_usd == Decimal("0.000009")


def test_only_they_are_named_and_none_may_charge_more_than_the_dearest_lists():
    first = endpoint(
        "one", pricing={"prompt": "0.0000001", "completion": "0.0000005", "input_cache_write": "0.0000002"}
    )
    second = endpoint("two", completion="0.000001")
    found, *_ = routes(first, second, endpoint("odd", prompt="-1"))
    assert found.preferences(data_collection="deny") == {
        "only": ["one", "two"],
        "allow_fallbacks": True,
        "require_parameters": True,
        "data_collection": "deny",
        "max_price": {"prompt": pytest.approx(0.1), "completion": pytest.approx(1)},
    }


def test_one_provider_alone_has_nobody_to_fall_back_to():
    assert routes(endpoint("one"))[0].preferences(data_collection="allow")["allow_fallbacks"] is False


def test_dearer_hours_count_in_the_guard_too():
    peak = {"utc_start": "0100", "utc_end": "0400", "prompt": "0.0000002", "completion": "0.0000012"}
    pricing = {"prompt": "0.0000001", "completion": "0.0000006", "overrides": [peak]}
    guard = routes(endpoint("one", pricing=pricing))[0].preferences(data_collection="deny")["max_price"]
    assert guard == {"prompt": pytest.approx(0.2), "completion": pytest.approx(1.2)}


@given(prompt=st.decimals(0, "0.001", places=12), completion=st.decimals("0.000000000001", "0.001", places=12))
def test_the_guard_never_stumbles_over_the_price_it_was_made_of(prompt, completion):
    """However the other side multiplies, and it is no further off than the billionth part."""
    found, *_ = routes(endpoint("one", prompt=str(prompt), completion=str(completion)))
    guard = found.preferences(data_collection="deny")["max_price"]
    for price, most in ((prompt, guard["prompt"]), (completion, guard["completion"])):
        assert float(price) * 1e6 <= most
        assert Decimal(most) <= price * 1_000_000 * Decimal("1.00000001")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prompt": "-1", "completion": "-1"}, "names no price that can be trusted"),
        ({"pricing": {}}, "names no price that can be trusted"),
        ({"completion": "0"}, "names no price that can be trusted"),
        ({"max_completion_tokens": 599}, "answers in 599 tokens, of 600"),
        ({"max_prompt_tokens": 1000}, f"reads 1000 tokens, of up to {1000 + MESSAGE_OVERHEAD_TOKENS}"),
        ({"context_length": 1700}, f"has room for 1700 tokens, of up to {1600 + MESSAGE_OVERHEAD_TOKENS}"),
    ],
)
def test_a_provider_that_does_not_fit_is_left_out_and_where_none_fits_each_reason_is_said(changes, said):
    assert tags(endpoint("bad", **changes), endpoint("good"))["text"] == ("good",)
    got = routes(endpoint("bad", **changes))
    assert got == NoRoute(f"no provider of {MODEL} can be asked: bad {said}")


def test_a_limit_that_is_just_met_is_no_obstacle():
    exact = endpoint("exact", max_completion_tokens=600, max_prompt_tokens=1200, context_length=1800)
    assert tags(exact)["text"] == ("exact",)


def test_one_in_trouble_is_asked_only_where_there_is_no_other():
    ill = endpoint("ill", is_degraded=True)
    assert tags(ill, endpoint("well"))["json_schema"] == ("well",)
    assert tags(ill)["json_schema"] == ("ill",)


def test_other_tiers_are_never_asked():
    assert tags(endpoint("one"), endpoint("one/fast", service_tier="fast"))["text"] == ("one",)
    assert routes(endpoint("one/fast", service_tier="fast")) == NoRoute(f"OpenRouter names no provider of {MODEL}")


def test_a_tag_stands_for_all_below_it_so_none_of_them_may_be_unfit_and_all_count():
    base, below = endpoint("base"), endpoint("base/fp8", completion="0.000002")
    schema, *_ = routes(base, below)
    assert schema.tags == ("base", "base/fp8")
    assert routes(base, below, providers=["base/fp8"])[0].tags == ("base/fp8",)
    unpriced = endpoint("base/fp8", prompt="-1")
    assert routes(base, unpriced) == NoRoute(
        f"no provider of {MODEL} can be asked: base names no price that can be trusted;"
        " base/fp8 names no price that can be trusted"
    )


def test_what_has_the_same_tag_is_reached_together():
    one, other = endpoint("same"), endpoint("same", completion="0.000003")
    found, *_ = routes(one, other)
    assert (found.tags, found.price.output_usd) == (("same",), Decimal("0.000003"))


def test_the_owner_may_name_who_is_asked():
    three = [endpoint("one"), endpoint("two", OBJECT), endpoint("three")]
    assert tags(*three, providers=["two", "three"]) == {
        "json_schema": ("three",),
        "json_object": ("two", "three"),
        "text": ("two", "three"),
    }
    assert tags(endpoint("google/eu"), endpoint("azure"), providers=["google"])["text"] == ("google/eu",)


def test_a_name_that_nobody_has_is_a_failure_that_says_who_there_is():
    got = routes(endpoint("one"), endpoint("two"), providers=["one", "tow"])
    assert got == NoRoute(f"openrouter.providers names tow for {MODEL}, which is served by one, two")


def test_those_who_can_be_told_how_much_to_think_are_preferred():
    deaf, listens = endpoint("deaf"), endpoint("listens", SCHEMA | {"reasoning"}, completion="0.000009")
    found, *_ = routes(deaf, listens)
    assert (found.tags, found.can_reason) == (("listens",), True)
    assert routes(deaf)[0].can_reason is False


@pytest.mark.parametrize(
    ("parameters", "asked", "word"),
    [
        ([{"max_tokens"}, {"max_tokens", "max_completion_tokens"}], ("p0", "p1"), "max_tokens"),
        ([{"max_tokens"}, {"max_completion_tokens"}], ("p0",), "max_tokens"),
        ([{"max_completion_tokens"}, set()], ("p0",), "max_completion_tokens"),
        ([set(), {"seed"}], ("p0", "p1"), "max_tokens"),
    ],
)
def test_all_that_are_asked_know_the_same_word_for_the_longest_answer(parameters, asked, word):
    (found,) = routes(*(endpoint(f"p{n}", names) for n, names in enumerate(parameters)))
    assert (found.format, found.tags, found.length_parameter) == (Format.TEXT, asked, word)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("openrouter/auto", "router"),
        ("openrouter/bodybuilder", "router"),
        ("maker/model:batch", ":batch"),
        ("maker/model:nitro", "dearer tiers"),
        ("maker/model:floor", "other tiers"),
        ("maker/model:online", "web searches"),
        ("~maker/model-latest", "another model"),
        ("maker/model-latest", "another model"),
    ],
)
def test_a_name_that_does_not_fix_its_price_is_refused(model, said):
    got = routes(endpoint("one"), model=model)
    assert isinstance(got, NoRoute)
    assert got.reason.startswith(f"{model} is not called: ")
    assert said in got.reason


@pytest.mark.parametrize("model", ["maker/model", "maker/model:thinking", "maker/latest-model", "maker/auto"])
def test_any_other_name_is_taken(model):
    assert why_forbidden(model) is None


def test_a_model_that_nobody_serves_has_no_route():
    assert routes() == NoRoute(f"OpenRouter names no provider of {MODEL}")
    assert routes(endpoint("")) == NoRoute(f"OpenRouter names no provider of {MODEL}")


TAGS = st.sampled_from(["a", "a/x", "a/y", "b", "c/z", "d"])
ENDPOINTS = st.builds(
    endpoint,
    TAGS,
    st.sets(st.sampled_from([*SCHEMA, "reasoning", "max_completion_tokens", "seed"])),
    prompt=st.sampled_from(["0.0000001", "0.000002", "-1"]),
    completion=st.sampled_from(["0.0000005", "0.00001", "0", "odd"]),
    is_degraded=st.booleans(),
    service_tier=st.sampled_from(["", "default", "fast"]),
    max_completion_tokens=st.sampled_from([None, 100, 8000]),
)


@given(endpoints=st.lists(ENDPOINTS, max_size=6), providers=st.lists(TAGS, max_size=2))
def test_whoever_a_request_can_reach_supports_what_it_asks_and_charges_no_more_than_is_held(endpoints, providers):
    found = routes(*endpoints, providers=providers)
    if isinstance(found, NoRoute):
        return
    assert [route.format for route in found] == sorted((route.format for route in found), key=list(Format).index)
    for route in found:
        reached = [
            one for one in endpoints if one.is_default_tier and any(one.is_reached_by(tag) for tag in route.tags)
        ]
        assert reached
        for one in reached:
            assert route.format.suits(one)
            assert one.max_completion_tokens != 100
            assert Decimal(one.pricing["prompt"]) <= route.price.input_usd
            assert Decimal(one.pricing["completion"]) <= route.price.output_usd
