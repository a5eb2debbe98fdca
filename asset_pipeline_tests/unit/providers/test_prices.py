"""Prices of images: what a run cost by its metrics, the worst case where they do not say, and when a price holds."""

import math
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger import Price
from asset_pipeline.providers.prices import ImagePrice, Output, PriceTable, actual_usd
from asset_pipeline.settings.providers import ImagePriceSettings

DAY = date(2026, 1, 1)
PER_IMAGE = ImagePrice({"image": Decimal("0.04")}, DAY, "test", {})
PER_SECOND = ImagePrice({"second": Decimal("0.000975")}, DAY, "test", {}, worst_seconds=Decimal(60))
PER_RUN_AND_MEGAPIXEL = ImagePrice({"run": Decimal("0.015"), "megapixel": Decimal("0.015")}, DAY, "test", {})
SECOND_WORST = Decimal("0.0585")


def paid(price, metrics, *, output=Output()):  # noqa: B008 - frozen
    return actual_usd(price.record(), metrics, worst_usd=price.worst_usd(output))


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
    assert paid(PER_IMAGE, metrics) == (Decimal(cost), None)


@pytest.mark.parametrize("count", [0, -1, "many", None, True, [1], float("nan"), float("inf")])
def test_a_count_that_cannot_be_is_booked_at_the_worst_case_and_flagged(count):
    cost, remark = paid(PER_IMAGE, {"image_output_count": count})
    assert cost == Decimal("0.04")
    assert "image_output_count is" in remark


@pytest.mark.parametrize(
    ("seconds", "cost"), [(3.804328, "0.003709220"), (0, "0"), ("4", "0.0039"), (3e-06, "0.000000003"), (90, "0.08775")]
)
def test_seconds_are_paid_as_they_ran_even_beyond_the_worst_case(seconds, cost):
    assert paid(PER_SECOND, {"predict_time": seconds}) == (Decimal(cost), None)


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"total_time": 4},
        *[{"predict_time": value} for value in (-11136021.178237, "long", None, True, {}, float("inf"), 1e19, "1e300")],
    ],
)
def test_seconds_that_nobody_knows_are_booked_at_the_worst_case_and_flagged(metrics):
    cost, remark = paid(PER_SECOND, metrics)
    assert cost == SECOND_WORST
    assert "worst case" in remark


def test_a_run_and_its_megapixels_add_up_to_what_the_provider_bills_for_what_it_delivered():
    metrics = {"image_output_count": 1, "image_output_megapixel_count": 1, "predict_time": 8.74}
    assert paid(PER_RUN_AND_MEGAPIXEL, metrics) == (Decimal("0.030"), None)
    assert paid(PER_RUN_AND_MEGAPIXEL, {"image_output_megapixel_count": 0.5}) == (Decimal("0.0225"), None)


def test_megapixels_that_nobody_counted_are_booked_at_the_worst_case_and_flagged():
    cost, remark = paid(PER_RUN_AND_MEGAPIXEL, {"image_output_count": 1}, output=Output(2048, 2048))
    assert cost == Decimal("0.075")
    assert "image_output_megapixel_count" in remark


@pytest.mark.parametrize("per", [{}, {"token": "0.1"}, {"image": "0.04", "pixel": "0.1"}])
def test_a_price_that_counts_what_nobody_knows_is_booked_at_the_worst_case(per):
    cost, remark = actual_usd(Price("?", per, "now", "test"), {}, worst_usd=Decimal("0.5"))
    assert (cost, "worst case" in remark) == (Decimal("0.5"), True)


@given(st.decimals(0, 10, places=12), st.decimals(0, 1000, places=3))
def test_a_worst_case_is_never_rounded_down(price, seconds):
    assert ImagePrice({"second": price}, DAY, "test", {}, seconds).worst_usd(Output()) >= price * seconds
    assert ImagePrice({"image": price}, DAY, "test", {}).worst_usd(Output()) >= price


@given(st.integers(16, 4096), st.integers(16, 4096), st.integers(1, 4))
def test_a_worst_case_covers_every_way_to_count_megapixels_that_agrees_with_what_was_seen(width, height, count):
    held = PER_RUN_AND_MEGAPIXEL.worst_usd(Output(width, height, count))
    pixels = width * height
    for each in (pixels / 1024**2, math.ceil(pixels / 1024**2), max(1, round(pixels / 1_000_000))):
        assert paid(PER_RUN_AND_MEGAPIXEL, {"image_output_megapixel_count": str(each * count)})[0] <= held


def test_one_megapixel_as_models_offer_it_is_held_as_one():
    assert PER_RUN_AND_MEGAPIXEL.worst_usd(Output(1024, 1024)) == Decimal("0.03")


def test_every_price_of_the_table_is_dated_has_a_source_and_costs_something():
    table = PriceTable()
    assert len(table.models) > 20
    for model in table.models:
        for price in table.rows(model):
            assert price.worst_usd(Output()) > 0, model
            assert price.valid_from.year >= 2025
            assert price.source


def test_a_model_with_a_version_costs_what_the_model_costs():
    table = PriceTable()
    assert table.image("stability-ai/sdxl:7762fd07", {}) == table.image("stability-ai/sdxl", {})


def test_the_colon_of_a_provider_is_not_that_of_a_version():
    table = PriceTable()
    assert table.image("openrouter:google/gemini-2.5-flash-image", {})
    assert table.image("google/gemini-2.5-flash-image", {}) is None


def test_a_model_that_nobody_priced_has_no_price():
    assert PriceTable().image("somebody/new-model", {}) is None
    assert PriceTable().language("somebody/new-model") is None


@pytest.mark.parametrize(("quality", "cost"), [("low", "0.013"), ("medium", "0.05"), ("high", "0.136")])
def test_where_the_quality_decides_the_price_it_is_the_price_of_that_quality(quality, cost):
    price = PriceTable().image("openai/gpt-image-1.5", {"quality": quality})
    assert price.worst_usd(Output()) == Decimal(cost)


@pytest.mark.parametrize("values", [{"quality": "auto"}, {}])
def test_a_quality_that_has_no_price_of_its_own_has_none(values):
    assert PriceTable().image("openai/gpt-image-1.5", values) is None


def test_a_price_from_the_settings_comes_before_the_table_and_adds_to_it():
    table = PriceTable(
        {
            "recraft-ai/recraft-v3": ImagePriceSettings(image=Decimal("0.05")),
            "somebody/new-model": ImagePriceSettings(second=Decimal("0.001"), worst_seconds=100),
        }
    )
    assert table.image("recraft-ai/recraft-v3", {}).worst_usd(Output()) == Decimal("0.05")
    assert table.image("recraft-ai/recraft-v3", {}).source == "pipeline.yaml"
    assert table.image("somebody/new-model", {}).worst_usd(Output()) == Decimal("0.1")
    assert table.image("black-forest-labs/flux-dev", {}).worst_usd(Output()) == Decimal("0.025")


def test_a_price_per_image_from_the_settings_is_per_image_even_where_the_table_counts_seconds():
    table = PriceTable({"stability-ai/sdxl": ImagePriceSettings(image=Decimal("0.01"))})
    assert paid(table.image("stability-ai/sdxl", {}), {"predict_time": 4.0}) == (Decimal("0.01"), None)


def test_a_price_holds_from_its_day_on_and_the_newest_one_counts():
    assert PriceTable(today=date(2026, 8, 16)).image("black-forest-labs/flux-2-pro", {}) is None
    assert PriceTable(today=date(2026, 8, 17)).image("black-forest-labs/flux-2-pro", {})
