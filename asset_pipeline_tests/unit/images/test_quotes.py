"""Quotes: what would be bought, by which content key, and what it can cost at most."""

from decimal import Decimal

import pytest

from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.order import Purchase
from asset_pipeline.images.quotes import Quotes
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.results import Failed
from asset_pipeline_tests.support.wanted import wanted

RECRAFT, SCHNELL, SEEDREAM = (
    "recraft-ai/recraft-v3",
    "black-forest-labs/flux-schnell",
    "openrouter:bytedance-seed/seedream-4.5",
)
QUOTES = Quotes(ModelBook(), PriceTable(), mode="sandbox")


def key(**changes):
    offer = QUOTES.quote(wanted(**changes), prompt="A lantern")
    assert isinstance(offer, Purchase)
    return offer.content_key


def test_a_quote_names_input_price_and_key():
    offer = QUOTES.quote(wanted(), prompt="A lantern")
    assert offer.chosen.values["prompt"] == "A lantern"
    assert offer.worst_usd == Decimal("0.04")
    assert len(offer.content_key) == 64


def test_fallbacks_are_no_part_of_what_is_bought():
    assert key(fallbacks=(SCHNELL,)) == key()


@pytest.mark.parametrize(
    "changes",
    [{"model": SCHNELL}, {"variant": 2}, {"take": 2}, {"input": (("style", "digital_illustration"),)}, {"width": 512}],
)
def test_whatever_decides_the_picture_is_part_of_its_key(changes):
    assert key(**changes) != key()


def test_each_model_that_may_make_an_image_has_a_key_of_its_own():
    keys = QUOTES.content_keys(wanted(fallbacks=(SCHNELL, SEEDREAM)), prompt="A lantern")
    assert list(keys) == [RECRAFT, SCHNELL, SEEDREAM]
    assert len(set(keys.values())) == 3
    assert keys[RECRAFT] == key()
    assert keys[SCHNELL] == key(model=SCHNELL)


def test_further_input_is_the_first_models_alone():
    styled = (("style", "digital_illustration"),)
    keys = QUOTES.content_keys(wanted(input=styled, fallbacks=(SCHNELL,)), prompt="A lantern")
    assert keys[SCHNELL] == key(model=SCHNELL)


def test_the_worst_case_is_the_dearest_of_all_models_by_provider():
    assert QUOTES.worst_usd(wanted(fallbacks=(SCHNELL, SEEDREAM))) == {
        "replicate": Decimal("0.04"),
        "openrouter": Decimal("0.05"),
    }


def test_a_model_without_a_price_is_passed_over_where_another_has_one():
    assert QUOTES.worst_usd(wanted(fallbacks=("somebody/new",))) == {"replicate": Decimal("0.04")}


def test_where_no_model_has_a_price_it_is_said_how_to_give_it_one():
    failed = QUOTES.worst_usd(wanted(model="somebody/new"))
    assert isinstance(failed, Failed)
    assert "set prices.somebody/new in pipeline.yaml" in failed.reason


def test_input_that_the_model_does_not_take_is_refused_before_anything_is_paid():
    failed = QUOTES.quote(wanted(input=(("style", "digital_ilustration"),)), prompt="A lantern")
    assert isinstance(failed, Failed)
    assert "digital_illustration" in failed.reason
