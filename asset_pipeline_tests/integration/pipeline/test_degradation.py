"""Less for less money: only where the settings say so, in their order, on record, and never over a limit."""

from decimal import Decimal

import pytest
import structlog

from asset_pipeline.errors import SettingsError
from asset_pipeline.image_work import Asset
from asset_pipeline.images import Delivered
from asset_pipeline.ledger import Database
from asset_pipeline.planning import Planner
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.specs import require_specs
from asset_pipeline_tests.support.specs import spec_of

KEY = "test.icons.lantern"
FULL_MODEL, CHEAP_MODEL = "recraft-ai/recraft-v3", "black-forest-labs/flux-schnell"
WRITERS = ["openai/gpt-6-luna", "anthropic/claude-haiku-5.5", "openai/gpt-6-sol"]
STEPS = ["fewer_writers", "one_writer", "cheaper_model"]
CHEAPER = {"cheaper_models": {FULL_MODEL: CHEAP_MODEL}}
NAMES = ["", "fewer_writers", "one_writer", f"one_writer, cheaper_model ({CHEAP_MODEL})"]


def less(*steps):
    """Return settings of a budget that may leave these things out."""
    return {"degrade": list(steps), "safety_margin": 0} | CHEAPER


def make(house, assets=tuple(Asset), *, limit="25", **budget):
    """Make all images under a limit, with three writers; return the results."""
    budget = {"sample_usd": limit} | budget
    return house.make(assets=assets, budget=budget, prompts={"writers": WRITERS})


def need(house, *steps):
    """Return what the image needs at its worst, made as cheaply as these steps allow."""
    refused = list(make(house, limit="0.000000001", **less(*steps)).values())[-1].payload
    assert isinstance(refused, Waiting)
    return refused.refused.needed_usd


def calls(house):
    """Return kind, model and note of all calls, by kind and model."""
    return house.project.rows("SELECT kind, model, note FROM calls ORDER BY kind, model")


@pytest.mark.parametrize("count", range(4))
def test_the_first_way_that_fits_is_taken_on_record_and_within_the_limit(house, count):
    house.want(spec_of(1))
    limit = need(house, *STEPS[:count])
    with structlog.testing.capture_logs() as logged:
        _, winner, image = make(house, limit=limit, **less(*STEPS)).values()
    assert isinstance(image.payload, Delivered)
    assert image.audit.is_as_wanted
    assert image.audit.is_as_booked
    named = NAMES[count]
    for result in (winner, image):
        assert result.degraded.partition(": ")[0] == named
        assert ("in full it needs up to $" in result.degraded) is (count > 0)
    said = [one["event"] for one in logged if "left out" in one["event"]]
    assert said == [f"{step} left out, as the budget is short" for step in named.partition(" (")[0].split(", ") if step]
    made = calls(house)
    assert [model for kind, model, _ in made if kind == "writer"] == sorted(WRITERS[: [3, 2, 1, 1][count]])
    assert [kind for kind, _, _ in made].count("judge") == (1 if count < 2 else 0)
    assert [model for kind, model, _ in made if kind == "image"] == [CHEAP_MODEL if count == 3 else FULL_MODEL]
    assert {note for _, _, note in made} == ({f"degraded: {named}"} if named else {None})
    assert house.spent <= limit


def test_the_order_of_the_steps_is_the_settings(house):
    house.want(spec_of(1))
    limit = need(house, "cheaper_model")
    result = list(make(house, limit=limit, **less(*reversed(STEPS))).values())[-1]
    assert result.degraded.startswith(f"cheaper_model ({CHEAP_MODEL}): ")
    assert len([kind for kind, _, _ in calls(house) if kind == "writer"]) == 3


def test_without_the_setting_the_image_is_left_missing_and_nothing_is_paid(house):
    house.want(spec_of(1))
    limit = need(house, *STEPS)
    result = list(make(house, limit=limit, safety_margin=0, **CHEAPER).values())[-1]
    assert isinstance(result.payload, Waiting)
    assert "the image with its prompt needs up to" in result.payload.reason
    assert result.degraded == ""
    assert house.spent == 0


def test_where_even_the_cheapest_way_does_not_fit_the_refusal_names_it_and_the_limit_it_names_lets_it_pass(house):
    house.want(spec_of(1))
    waiting = list(make(house, limit="0.001", **less(*STEPS)).values())[-1].payload
    assert f"the image with its prompt, made with {NAMES[3]}, needs up to" in waiting.reason
    assert house.spent == 0
    passed = list(make(house, limit=waiting.refused.passing_limit_usd, **less(*STEPS)).values())[-1]
    assert isinstance(passed.payload, Delivered)


def test_of_many_images_those_that_fit_are_full_and_the_rest_are_cheaper_with_each_step_said_once(house):
    house.want(spec_of(8))
    with structlog.testing.capture_logs() as logged:
        results = make(house, limit="0.20", **less(*STEPS))
    images = [one for (_, asset), one in results.items() if asset is Asset.GENERATED_IMAGES]
    assert all(isinstance(one.payload, Delivered) for one in images)
    degraded = [one for one in images if one.degraded]
    assert 0 < len(degraded) < 8
    assert house.spent <= Decimal("0.20")
    said = [one["event"] for one in logged if "left out" in one["event"]]
    assert len(said) == len(set(said))
    peak = "SELECT max(used) FROM (SELECT sum(held_usd + cost_usd) OVER (ORDER BY entry_id) AS used FROM ledger)"
    assert house.project.rows(peak)[0][0] <= Decimal("0.20")


def test_a_provider_whose_own_limit_is_short_is_degraded_where_that_helps(house):
    house.want(spec_of(1))
    result = list(make(house, **less(*STEPS), providers={"replicate": "0.01"}).values())[-1]
    assert isinstance(result.payload, Delivered)
    assert "budget 'provider:replicate' has $0.01 left" in result.degraded
    assert result.degraded.startswith(f"{NAMES[3]}: ")


def is_current(house, **budget):
    """Say whether a plan takes the image for done."""
    opened = house.open(budget=budget, prompts={"writers": WRITERS})
    (collection,) = require_specs(
        [house.project.root / "data" / "specs" / "spec.yaml"], root=opened.root, max_file_mb=2
    )
    with Database(opened.paths.database) as database:
        return Planner(opened, database).plan(collection.images).images[0].is_current


def test_a_degraded_image_is_done_until_the_spec_or_the_settings_change(house):
    house.want(spec_of(1))
    limit = need(house, *STEPS)
    make(house, limit=limit, **less(*STEPS))
    spent = house.spent
    assert is_current(house, **less(*STEPS))
    again = list(make(house, **less(*STEPS)).values())[-1]
    assert again.payload.reused
    assert again.degraded == f"{NAMES[3]}: as it was made before"
    assert house.spent == spent

    assert not is_current(house, safety_margin=0)
    full = list(make(house).values())[-1]
    assert full.degraded == ""
    assert not full.payload.reused
    assert [model for kind, model, _ in calls(house) if kind == "image"] == [CHEAP_MODEL, FULL_MODEL]
    assert is_current(house)


def test_a_degraded_prompt_is_no_full_one_and_serves_a_picture_that_is_asked_for_alone(house):
    house.want(spec_of(1))
    limit = need(house, "one_writer") - Decimal("0.04")
    make(house, [Asset.PROMPTS, Asset.ORCHESTRATED_PROMPTS], limit=limit, **less("one_writer"))
    (picture,) = make(house, [Asset.GENERATED_IMAGES], **less("one_writer")).values()
    assert isinstance(picture.payload, Delivered)
    assert picture.degraded == "one_writer: as it was made before"
    (refused,) = make(house, [Asset.GENERATED_IMAGES]).values()
    assert isinstance(refused.payload, Failed)
    assert f"{KEY} has no orchestrated prompt" in refused.payload.reason


def test_a_stand_in_without_a_known_price_is_refused_before_anything_is_spent(house):
    house.want(spec_of(1))
    unknown = less("cheaper_model") | {"cheaper_models": {FULL_MODEL: "somebody/new"}}
    with pytest.raises(SettingsError, match=r"'somebody/new' has no known price.*set prices\.somebody/new"):
        make(house, limit="0.01", **unknown)
    assert house.spent == 0
