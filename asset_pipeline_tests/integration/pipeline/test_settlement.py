"""What is booked is what the provider bills for what it delivered, in whatever unit it charges."""

from decimal import Decimal

import pytest

from asset_pipeline.images import Delivered, model_desk
from asset_pipeline_tests.support.specs import spec_of

TEMPLATE = {"mode": "template"}
BOOKED = "SELECT model, cost_usd, held_usd, outcome FROM calls ORDER BY created_at"
RECRAFT, FLUX_2, SDXL = "recraft-ai/recraft-v3", "black-forest-labs/flux-2-pro", "stability-ai/sdxl"
GPT = "openai/gpt-image-1.5"


def make(house, model, *, size="64x64", given="", calls=1):
    """Make one image by a model; return what was booked for it."""
    house.want(spec_of(1, extra=[f'types: {{icons: {{model: "{model}", size: {size}{given}}}}}']))
    made = house.make_one(prompts=TEMPLATE)
    assert isinstance(made, Delivered), made
    rows = house.project.rows(BOOKED)
    assert len(rows) == calls
    assert rows[-1] == (model, house.spent, 0, "succeeded")  # `spent` compares itself with the sandbox's invoice
    assert made.cost_usd == house.spent
    return house.spent


def test_a_model_that_is_paid_by_the_image(house):
    assert make(house, RECRAFT) == Decimal("0.04")


@pytest.mark.parametrize(("size", "cost"), [("64x64", "0.03"), ("2048x2048", "0.075")])
def test_a_model_that_is_paid_by_the_run_and_the_megapixel(house, size, cost):
    assert make(house, FLUX_2, size=size) == Decimal(cost)


def test_a_model_that_is_paid_by_the_second_and_is_called_by_its_version(house, sandbox):
    spent = make(house, SDXL)
    (prediction,) = sandbox.state.predictions()
    assert 0 < spent < 120 * Decimal("0.000975")
    assert len(prediction.version) == 64
    assert prediction.deadline_s == 120  # what was held for is as long as the provider lets it run


def test_a_model_of_which_nobody_knows_whether_it_is_official_is_asked_by_name_and_then_by_its_version(
    house, sandbox, monkeypatch
):
    monkeypatch.setattr(model_desk, "built_in_facts", lambda _: None)
    spent = make(house, SDXL, calls=2)
    assert house.project.rows("SELECT state, cost_usd FROM calls ORDER BY created_at") == [
        ("released", 0),
        ("settled", spent),
    ]
    assert len(sandbox.state.predictions()[0].version) == 64


def test_an_official_model_is_called_by_its_name(house, sandbox):
    make(house, RECRAFT)
    assert sandbox.state.predictions()[0].version == "hidden"


@pytest.mark.parametrize(("quality", "cost"), [("low", "0.013"), ("medium", "0.05"), ("high", "0.136")])
def test_a_model_whose_price_depends_on_the_quality_is_asked_for_the_one_that_was_priced(house, quality, cost):
    assert make(house, GPT, given=f", input: {{quality: {quality}}}") == Decimal(cost)


def test_a_quality_that_the_provider_would_choose_itself_is_never_left_to_it(house, sandbox):
    assert make(house, GPT) == Decimal("0.05")
    assert sandbox.state.predictions()[0].input["quality"] == "medium"


def test_a_pinned_version_is_the_one_that_is_asked_and_recorded(house, sandbox):
    make(house, SDXL)
    (latest,) = sandbox.state.predictions()
    sandbox.reset()
    house.project.database.unlink()
    make(house, f"{SDXL}:{latest.version}")
    assert house.project.rows("SELECT model, model_version FROM store.originals") == [(SDXL, latest.version)]


@pytest.mark.parametrize(("fault", "times"), [("no_usage", 1), ("zero_usage", 1), ("dear", 20)])
def test_an_answer_of_a_language_model_costs_what_is_billed_even_if_it_does_not_say_so_or_is_dearer_than_held(
    house, sandbox, fault, times
):
    house.want(spec_of(1))
    sandbox.script({"fault": fault, "on": "chat", "nth": 1})
    house.make_all()
    assert house.spent == sandbox.total()
    costs = dict(house.project.rows("SELECT call_id, cost_usd FROM calls WHERE kind <> 'image'"))
    assert len(costs) == 3
    assert all(cost > 0 for cost in costs.values())
    if times > 1:
        assert max(costs.values()) > times * min(costs.values()) / 10
