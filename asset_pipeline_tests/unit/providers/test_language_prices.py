"""Prices of language models: the dearest of many providers, and no price where one cannot be trusted."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.providers.language_prices import LanguagePrice, dearest
from asset_pipeline.providers.openrouter import Endpoint
from asset_pipeline.providers.prices import PriceTable


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
