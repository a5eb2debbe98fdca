"""Where a model is down or refuses, the spec's next one is asked, and only if the first certainly cost nothing."""

from decimal import Decimal

import pytest

from asset_pipeline.images import Delivered
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.specs import spec_of

TEMPLATE = {"mode": "template"}
FIRST, SECOND, OTHER = (
    "recraft-ai/recraft-v3",
    "black-forest-labs/flux-schnell",
    "openrouter:bytedance-seed/seedream-4.5",
)
USD = {FIRST: Decimal("0.04"), SECOND: Decimal("0.003"), OTHER: Decimal("0.05")}
CALLS = "SELECT model, state, outcome, cost_usd FROM calls WHERE kind = 'image' ORDER BY created_at"


def fallbacks(*models):
    """Return a spec's line that gives icons a model and others to fall back to."""
    return [f"types: {{icons: {{model: {FIRST}, fallbacks: [{', '.join(models)}]}}}}"]


@pytest.fixture
def one(house):
    """A house that wants one image, which two models can make."""
    house.want(spec_of(1, extra=fallbacks(SECOND)))
    return house


def make(house, **settings):
    return house.make_one(prompts=TEMPLATE, **settings)


def models_billed(sandbox):
    return [(call["model"], Decimal(call["usd"])) for call in sandbox.invoice()]


@pytest.mark.parametrize("fate", ["flagged", "failed", "failed_silently", "aborted"])
def test_a_prompt_that_is_refused_or_a_run_that_fails_goes_to_the_next_model(one, sandbox, fate):
    sandbox.script({"fault": fate, "on": "predictions"})
    made = make(one)
    assert isinstance(made, Delivered)
    assert made.model == SECOND
    assert made.fallback.startswith(f"{FIRST}: prediction ")
    assert one.project.rows(CALLS) == [
        (FIRST, "settled", "failed", 0),
        (SECOND, "settled", "succeeded", USD[SECOND]),
    ]
    assert one.spent == made.cost_usd == USD[SECOND]


@pytest.mark.parametrize("refusal", ["not_found", "invalid"])
def test_a_model_that_is_not_there_or_takes_no_such_input_gives_way_to_the_next(one, sandbox, refusal):
    sandbox.script({"fault": refusal, "on": "predictions"})
    assert make(one).model == SECOND
    assert one.project.rows(CALLS) == [
        (FIRST, "released", None, 0),
        (SECOND, "settled", "succeeded", USD[SECOND]),
    ]


def test_the_journal_says_of_the_second_call_why_it_was_made(one, sandbox):
    sandbox.script({"fault": "flagged", "on": "predictions"})
    make(one)
    ((note,),) = one.project.rows(f"SELECT note FROM calls WHERE model = '{SECOND}'")
    assert note.startswith(f"fallback to {SECOND}: {FIRST}: prediction ")


def test_what_a_fallback_made_is_done_and_never_bought_again_even_if_its_file_is_gone(one, sandbox):
    sandbox.script({"fault": "flagged", "on": "predictions"})
    made = make(one)
    (file,) = one.project.images().values()
    file.unlink()
    again = make(one)
    assert (again.reused, again.model, again.cost_usd) == (True, SECOND, 0)
    assert again.file.sha256 == made.file.sha256
    assert len(models_billed(sandbox)) == 2
    assert one.spent == USD[SECOND]


@pytest.mark.parametrize("fate", ["no_output", "canceled", "not_an_image"])
def test_an_image_that_was_paid_and_is_lost_is_not_bought_again_from_another_model(one, sandbox, fate):
    sandbox.script({"fault": fate, "on": "predictions"})
    for _ in range(2):
        lost = make(one)
        assert isinstance(lost, Failed)
        assert lost.is_lost
    assert models_billed(sandbox) == [(FIRST, USD[FIRST])]


@pytest.mark.parametrize("loss", ["lost_answer", "reset_after", "cut_body"])
def test_while_nobody_knows_what_became_of_the_first_no_other_model_is_asked(one, sandbox, loss):
    sandbox.script({"fault": loss, "on": "predictions"})
    assert isinstance(make(one), Waiting)
    assert models_billed(sandbox) == [(FIRST, USD[FIRST])]


def test_where_all_models_refuse_the_image_fails_and_every_reason_is_told(one, sandbox):
    sandbox.script({"fault": "flagged", "on": "predictions", "times": 0})
    failed = make(one)
    assert isinstance(failed, Failed)
    assert f"{FIRST}: prediction" in failed.reason
    assert f"{SECOND}: prediction" in failed.reason
    assert one.spent == 0


def test_without_fallbacks_a_refusal_is_the_end(house, sandbox):
    house.want(spec_of(1))
    sandbox.script({"fault": "flagged", "on": "predictions"})
    assert isinstance(make(house), Failed)
    assert len(models_billed(sandbox)) == 1


@pytest.mark.parametrize("refusal", ["no_credit", "unauthenticated"])
def test_where_a_provider_takes_nothing_more_in_this_run_another_one_makes_the_image(house, sandbox, refusal):
    house.want(spec_of(2, extra=fallbacks(SECOND, OTHER)))
    sandbox.script({"fault": refusal, "on": "predictions", "times": 0})
    made = house.make_all(prompts=TEMPLATE)
    assert {one.model for one in made.values()} == {OTHER}
    assert models_billed(sandbox) == [(OTHER.removeprefix("openrouter:"), USD[OTHER])] * 2
    assert house.spent == 2 * USD[OTHER]


def test_while_a_provider_pauses_another_one_makes_the_images_without_waiting_for_it(house, sandbox):
    house.want(spec_of(8, extra=fallbacks(OTHER)))
    sandbox.script({"fault": "unavailable", "on": "predictions", "times": 0})
    settings = {"flow": {"breaker_failures": 1, "breaker_pause_s": 300}, "images": {"in_flight": 2}}
    results = house.make(prompts=TEMPLATE, **settings)
    made = [one.payload for one in results.values() if isinstance(one.payload, Delivered)]
    unknown = [one.payload for one in results.values() if isinstance(one.payload, Waiting)]
    assert len(made) >= 6  # two were under way when the breaker opened, and nobody knows what became of those
    assert {one.model for one in made} == {OTHER}
    assert len(made) + len(unknown) == 8
    assert house.spent == len(made) * USD[OTHER]


def test_a_provider_that_pauses_is_waited_for_where_the_other_model_cannot_be_asked(house, sandbox):
    house.want(spec_of(4, extra=fallbacks("openrouter:somebody/unpriced")))
    sandbox.script({"fault": "unavailable", "on": "predictions", "nth": 1})
    settings = {"flow": {"breaker_failures": 1, "breaker_pause_s": 0.2}, "images": {"in_flight": 1}}
    results = house.make(prompts=TEMPLATE, **settings)
    made = [one.payload.model for one in results.values() if isinstance(one.payload, Delivered)]
    assert made == [FIRST] * 3
    assert not any(isinstance(one.payload, Failed) for one in results.values())


def test_a_budget_that_is_too_small_is_no_reason_to_ask_another_model(house, sandbox):
    house.want(spec_of(1, extra=fallbacks(SECOND)))
    waiting = make(house, budget={"sample_usd": "0.03"})
    assert isinstance(waiting, Waiting)
    assert waiting.refused.scope == "sample"
    assert sandbox.invoice() == []


def test_a_fallback_without_a_price_is_passed_over(house, sandbox):
    house.want(spec_of(1, extra=fallbacks("somebody/unpriced", SECOND)))
    sandbox.script({"fault": "flagged", "on": "predictions"})
    assert make(house).model == SECOND


def test_a_degraded_image_has_no_fallbacks_but_its_own_model(house, sandbox):
    """The cheaper model stands for all of them."""
    house.want(spec_of(1, extra=fallbacks("google/imagen-4")))
    budget = {"sample_usd": "0.02", "degrade": ["cheaper_model"], "cheaper_models": {FIRST: SECOND}}
    assert make(house, budget=budget).model == SECOND
    assert models_billed(sandbox) == [(SECOND, USD[SECOND])]
