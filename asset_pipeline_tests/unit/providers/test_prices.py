"""Prices: what a run cost by its metrics, the worst case where they do not say, and the dearest of many providers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.providers.openrouter import Endpoint
from asset_pipeline.providers.prices import ImagePrice, LanguagePrice, PriceTable, dearest

PER_IMAGE = ImagePrice("image", Decimal("0.04"), "2026-01-01", "test")
PER_SECOND = ImagePrice("second", Decimal("0.000975"), "2026-01-01", "test", worst_seconds=Decimal(60))
SDXL_WORST = Decimal("0.0585")


@pytest.mark.parametrize(
    ("metrics", "cost"),
    [
        ({"image_output_count": 1, "predict_time": 8.74}, "0.04"),
        ({"image_output_count": 3}, "0.12"),
        ({"image_count": 1, "image_output_count": 1, "predict_time": 13.89}, "0.04"),  # not added up
        ({"image_count": 2}, "0.08"),
        ({"image_output_count": "2"}, "0.08"),
        ({"predict_time": 5.2}, "0.04"),
        ({}, "0.04"),
    ],
)
def test_images_are_counted(metrics, cost):
    assert PER_IMAGE.actual_usd(metrics) == (Decimal(cost), None)


@pytest.mark.parametrize("count", [0, -1, "many", None, True, [1], float("nan"), float("inf")])
def test_a_count_that_cannot_be_is_booked_at_the_worst_case_and_flagged(count):
    cost, remark = PER_IMAGE.actual_usd({"image_output_count": count})
    assert cost == PER_IMAGE.worst_usd() == Decimal("0.04")
    assert remark


@pytest.mark.parametrize(
    ("seconds", "cost"), [(3.804328, "0.003709220"), (0, "0"), ("4", "0.0039"), (3e-06, "0.000000003"), (90, "0.08775")]
)
def test_seconds_are_paid_as_they_ran_even_beyond_the_worst_case(seconds, cost):
    assert PER_SECOND.actual_usd({"predict_time": seconds}) == (Decimal(cost), None)


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"total_time": 4},
        *[{"predict_time": value} for value in (-11136021.178237, "long", None, True, {}, float("inf"))],
    ],
)
def test_seconds_that_nobody_knows_are_booked_at_the_worst_case_and_flagged(metrics):
    cost, remark = PER_SECOND.actual_usd(metrics)
    assert cost == SDXL_WORST
    assert "worst case" in remark


@given(st.decimals(0, 10, places=12), st.decimals(0, 1000, places=3))
def test_a_worst_case_is_never_rounded_down(price, seconds):
    assert ImagePrice("second", price, "now", "test", seconds).worst_usd() >= price * seconds
    assert ImagePrice("image", price, "now", "test").worst_usd() >= price


def test_every_price_of_the_table_is_dated_has_a_source_and_costs_something():
    table = PriceTable()
    for model in ("black-forest-labs/flux-schnell", "recraft-ai/recraft-v3", "stability-ai/sdxl"):
        price = table.image(model)
        assert price.worst_usd() > 0
        assert price.as_of[:2] == "20"
        assert price.source
    assert table.image("stability-ai/sdxl").worst_usd() == SDXL_WORST
    assert table.image("recraft-ai/recraft-v3").record().usd == {"image": "0.04"}


def test_a_model_with_a_version_costs_what_the_model_costs():
    table = PriceTable()
    assert table.image("stability-ai/sdxl:7762fd07") == table.image("stability-ai/sdxl")


def test_a_model_that_nobody_priced_has_no_price():
    assert PriceTable().image("somebody/new-model") is None
    assert PriceTable().language("somebody/new-model") is None


def test_a_price_from_the_settings_comes_before_the_table_and_adds_to_it():
    table = PriceTable({"recraft-ai/recraft-v3": Decimal("0.05"), "somebody/new-model": Decimal("0.2")})
    assert table.image("recraft-ai/recraft-v3").worst_usd() == Decimal("0.05")
    assert table.image("recraft-ai/recraft-v3").source == "pipeline.yaml"
    assert table.image("somebody/new-model").actual_usd({"image_output_count": 2}) == (Decimal("0.4"), None)
    assert table.image("black-forest-labs/flux-dev").worst_usd() == Decimal("0.025")


def test_a_price_per_image_from_the_settings_is_per_image_even_where_the_table_counts_seconds():
    table = PriceTable({"stability-ai/sdxl": Decimal("0.01")})
    assert table.image("stability-ai/sdxl").worst_usd() == Decimal("0.01")
    assert table.image("stability-ai/sdxl").actual_usd({"predict_time": 4.0}) == (Decimal("0.01"), None)


def endpoint(**pricing):
    """Return a provider with prices; the usual ones where nothing else is said."""
    usual = {"prompt": "0.0000001", "completion": "0.0000005"}
    return Endpoint("openai", {name: price for name, price in (usual | pricing).items() if price != "left out"}, set())


def test_the_dearest_of_all_prices_is_taken_over_all_providers():
    price = dearest(
        [endpoint(prompt="0.000002"), endpoint(completion="0.00001", request="0.001"), endpoint()], as_of="2026-11-01"
    )
    assert price == LanguagePrice(
        Decimal("0.000002"), Decimal("0.00001"), Decimal("0.001"), "2026-11-01", "openrouter endpoints"
    )


@pytest.mark.parametrize(
    ("pricing", "inputs", "outputs"),
    [
        ({"input_cache_write": "0.000000125"}, "0.000000125", "0.0000005"),
        ({"input_cache_write_1h": "0.0000002"}, "0.0000002", "0.0000005"),
        ({"input_cache_read": "0.00000001"}, "0.0000001", "0.0000005"),
        ({"internal_reasoning": "0.000001"}, "0.0000001", "0.000001"),
        ({"overrides": [{"min_prompt_tokens": 100_000, "prompt": "0.0000005"}]}, "0.0000005", "0.0000005"),
        ({"overrides": [{"utc_start": "0100", "completion": "0.0000025"}]}, "0.0000001", "0.0000025"),
        ({"overrides": [{"input_cache_write": "0.000009"}]}, "0.000009", "0.0000005"),
        ({"overrides": [{"prompt": "0.00000001", "completion": "0.00000001"}]}, "0.0000001", "0.0000005"),
        ({"overrides": None, "web_search": "odd", "discount": 0}, "0.0000001", "0.0000005"),
        ({"input_cache_write": None, "request": None}, "0.0000001", "0.0000005"),
    ],
)
def test_cache_writes_reasoning_and_every_override_count(pricing, inputs, outputs):
    price = dearest([endpoint(**pricing)], as_of="now")
    assert (price.input_usd, price.output_usd) == (Decimal(inputs), Decimal(outputs))


@pytest.mark.parametrize(
    "pricing",
    [
        {"prompt": "left out"}, {"completion": "left out"}, {"prompt": None}, {"prompt": "-1", "completion": "-1"},
        {"prompt": "?"}, {"completion": "NaN"}, {"completion": "0"}, {"input_cache_write": "-1"}, {"request": "ask us"},
        {"internal_reasoning": "-0.5"}, {"overrides": [{"prompt": "-1"}]}, {"overrides": [{"completion": "free?"}]},
    ],
)  # fmt: skip
def test_a_price_that_is_missing_negative_or_unreadable_is_no_price(pricing):
    assert dearest([endpoint(**pricing)], as_of="now") is None


def test_one_provider_that_cannot_be_priced_makes_the_model_unpriced():
    assert dearest([endpoint(), endpoint(prompt="-1")], as_of="now") is None


def test_a_model_without_providers_has_no_price():
    assert dearest([], as_of="now") is None


PRICES = st.decimals(0, "0.001", places=9).map(str)
POSITIVE = st.decimals("0.000000001", "0.001", places=9).map(str)


@given(
    prices=st.lists(st.tuples(PRICES, POSITIVE, PRICES, PRICES), min_size=1, max_size=4),
    prompt=st.text(max_size=60),
    max_tokens=st.integers(1, 8000),
    used=st.floats(0, 1),
)
def test_no_provider_can_charge_more_than_the_worst_case(prices, prompt, max_tokens, used):
    """Whichever one answers, with at most a token per byte of the prompt and as many as it may write."""
    endpoints = [endpoint(prompt=p, completion=c, input_cache_write=w, request=r) for p, c, w, r in prices]
    prompt_bytes = len(prompt.encode())
    worst = dearest(endpoints, as_of="now").worst_usd(prompt_bytes=prompt_bytes, max_tokens=max_tokens)
    for p, c, w, r in prices:
        tokens = Decimal(prompt_bytes) * max(Decimal(p), Decimal(w))
        assert tokens + Decimal(c) * int(max_tokens * used) + Decimal(r) <= worst


def test_what_is_likely_is_less_than_the_worst_case():
    price = PriceTable().language("openai/gpt-6-luna")
    assert 0 < price.likely_usd(prompt_bytes=2000, output_tokens=150) < price.worst_usd(
        prompt_bytes=2000, max_tokens=600
    )  # fmt: skip
    assert set(price.record().usd) == {"input", "output", "request"}
