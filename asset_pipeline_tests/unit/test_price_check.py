"""Which prices a project relies on, and what is said of each."""

from datetime import date, timedelta

import pytest

from asset_pipeline.price_check import Verdict, check_prices, show_image_price
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.specs import Collection
from asset_pipeline_tests.support.wanted import wanted

TODAY = date(2026, 10, 10)
TEMPLATES = {"prompts": {"mode": "template"}}


@pytest.fixture
def check(project):
    """Check the prices of images under settings."""

    def checked(*images, max_age_days=180, today=TODAY, **settings):
        opened = project.open(**(TEMPLATES | settings))
        collections = [Collection("test", "Test", "spec.yaml", "0" * 64, images)] if images else []
        table = PriceTable(opened.settings.prices, today=today)
        return check_prices(opened.settings, collections, table, today=today, max_age_days=max_age_days)

    return checked


def test_every_model_of_specs_and_settings_is_checked_once_with_all_places_that_name_it(check):
    images = (
        wanted(fallbacks=("black-forest-labs/flux-dev",)),
        wanted(slug="other", model="black-forest-labs/flux-dev"),
        wanted(slug="third"),
    )
    settings = {"budget": {"cheaper_models": {"recraft-ai/recraft-v3": "black-forest-labs/flux-schnell"}}}
    found = check(*images, prompts={"mode": "competition"}, **settings)
    assert {one.model: one.places for one in found} == {
        "recraft-ai/recraft-v3": ("test.icons",),
        "black-forest-labs/flux-dev": ("test.icons (fallback)", "test.icons"),
        "black-forest-labs/flux-schnell": ("budget.cheaper_models.recraft-ai/recraft-v3",),
        "openai/gpt-6-luna": ("prompts.writers",),
        "anthropic/claude-haiku-5.5": ("prompts.writers",),
        "google/gemini-3.5-flash-lite": ("prompts.judge",),
    }
    assert [one.kind for one in found] == ["image"] * 3 + ["language"] * 3
    assert all(one.source and one.price and one.seen for one in found)


def test_a_model_without_a_price_is_missing_and_says_which_setting_gives_it_one(check):
    (found,) = check(wanted(model="nobody/nothing"))
    assert (found.verdict, found.price, found.seen) == (Verdict.MISSING, "", None)
    assert "prices.nobody/nothing in pipeline.yaml" in found.fix


def test_a_price_of_the_settings_is_as_fresh_as_today(check):
    (found,) = check(wanted(model="nobody/nothing"), max_age_days=0, prices={"nobody/nothing": "0.5"})
    assert (found.verdict, found.price, found.seen, found.source) == (
        Verdict.OK,
        "$0.5 per image",
        TODAY,
        "pipeline.yaml",
    )


@pytest.mark.parametrize(("days", "verdict"), [(180, Verdict.OK), (181, Verdict.OLD)])
def test_a_price_is_old_the_day_after_its_last_good_one(check, days, verdict):
    seen = date(2026, 2, 1)  # of recraft-v3
    (found,) = check(wanted(), today=seen + timedelta(days=days))
    assert (found.verdict, found.seen) == (verdict, seen)
    assert bool(found.fix) is (verdict is Verdict.OLD)


def test_where_the_input_decides_the_price_only_what_is_asked_for_is_listed(check):
    model = "openai/gpt-image-1.5"
    dear = wanted(model=model, input=(("quality", "high"),))
    assert [one.price for one in check(dear)] == ["$0.136 per image"]
    both = check(dear, wanted(slug="other", model=model, input=(("quality", "low"),)))
    assert [one.price for one in both] == ["$0.136 per image", "$0.013 per image"]


def test_a_model_that_only_the_settings_name_is_listed_with_all_its_prices(check):
    settings = {"budget": {"cheaper_models": {"recraft-ai/recraft-v3": "openai/gpt-image-1.5"}}}
    assert len(check(**settings)) == 3


def test_a_language_model_without_an_estimate_is_no_obstacle(check):
    found = check(prompts={"mode": "competition", "judge": "nobody/talks"})
    judge = next(one for one in found if one.model == "nobody/talks")
    assert judge.verdict is Verdict.NO_ESTIMATE
    assert "asks OpenRouter" in judge.fix


def test_a_language_models_estimate_gets_old_too(check):
    found = check(prompts={"mode": "competition"}, today=TODAY + timedelta(days=1000))
    assert {one.verdict for one in found} == {Verdict.OLD}
    assert all("only `plan` uses it" in one.fix for one in found)


def test_a_price_of_several_units_and_one_by_time_are_said_in_full():
    table = PriceTable(today=TODAY)
    (mixed,) = table.rows("black-forest-labs/flux-2-pro")
    (timed,) = table.rows("stability-ai/sdxl")
    assert show_image_price(mixed) == "$0.015 per run + $0.015 per megapixel"
    assert show_image_price(timed) == "$0.000975 per second (at most 120 s)"
