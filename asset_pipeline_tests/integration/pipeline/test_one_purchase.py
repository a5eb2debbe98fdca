"""While nobody knows what became of a call for an image, no other way to make it is paid: no model, no provider."""

from decimal import Decimal

import pytest

from asset_pipeline.images import Delivered
from asset_pipeline.results import Waiting
from asset_pipeline_tests.support.specs import TITLES, spec_of

TEMPLATE = {"mode": "template"}
FIRST, SECOND, OTHER = (
    "recraft-ai/recraft-v3",
    "black-forest-labs/flux-schnell",
    "openrouter:bytedance-seed/seedream-4.5",
)
LOST = {"fault": "lost_answer", "on": "predictions"}
FLAGGED = {"fault": "flagged", "on": "predictions"}


def want(house, *fallbacks, count=1):
    named = ", ".join(f'"{model}"' for model in fallbacks)
    house.want(spec_of(count, extra=[f"types: {{icons: {{model: {FIRST}, fallbacks: [{named}]}}}}"]))


def paid(sandbox):
    return [call["model"] for call in sandbox.invoice() if Decimal(call["usd"])]


@pytest.mark.parametrize("reconciled", [False, True])
@pytest.mark.parametrize(("fallback", "lost"), [(SECOND, LOST), (OTHER, {"fault": "lost_answer", "on": "pictures"})])
def test_a_fallback_whose_answer_was_lost_keeps_the_first_model_from_being_tried_again(
    house, sandbox, fallback, lost, reconciled
):
    want(house, fallback)
    sandbox.script(FLAGGED, lost)
    assert isinstance(house.make_one(prompts=TEMPLATE), Waiting)
    if reconciled:
        house.reconcile(replicate={"lost_after_s": 3000})
    house.make_one(prompts=TEMPLATE)
    assert paid(sandbox) == [fallback.removeprefix("openrouter:")]
    assert house.project.rows("SELECT count(*) FROM calls WHERE state = 'settled' AND cost_usd > 0")[0][0] <= 1


def test_a_first_model_whose_answer_was_lost_keeps_the_others_from_being_asked_even_when_its_provider_is_down(
    house, sandbox
):
    want(house, OTHER, count=2)
    lost, good = (f"test.icons.{title.lower()}" for title in TITLES[:2])
    sandbox.script(LOST | {"contains": TITLES[0]})
    house.make([lost], prompts=TEMPLATE)
    sandbox.script({"fault": "no_credit", "on": "predictions", "times": 0})
    results = house.make([good, lost], prompts=TEMPLATE, images={"in_flight": 1})
    made = {key: one.payload for (key, _), one in results.items()}
    assert isinstance(made[good], Delivered)
    assert isinstance(made[lost], Waiting)
    assert sorted(paid(sandbox)) == sorted([FIRST, OTHER.removeprefix("openrouter:")])


def test_a_cheaper_way_is_not_bought_while_the_full_one_may_have_been(house, sandbox):
    want(house)
    sandbox.script(LOST)
    assert isinstance(house.make_one(prompts=TEMPLATE), Waiting)
    short = {"total_usd": "0.05", "degrade": ["cheaper_model"], "cheaper_models": {FIRST: SECOND}}
    assert isinstance(house.make_one(prompts=TEMPLATE, budget=short), Waiting)
    assert paid(sandbox) == [FIRST]


def test_once_it_is_known_that_the_lost_call_never_arrived_the_image_is_made(house, sandbox):
    want(house, SECOND)
    sandbox.script({"fault": "reset", "on": "predictions"})
    assert isinstance(house.make_one(prompts=TEMPLATE), Waiting)
    house.reconcile(replicate={"lost_after_s": 0})
    assert house.make_one(prompts=TEMPLATE).model == FIRST
    assert paid(sandbox) == [FIRST]


def test_what_a_lost_call_of_another_model_had_brought_is_delivered_for_one_price(house, sandbox):
    want(house, SECOND)
    sandbox.script(FLAGGED, LOST)
    house.make_one(prompts=TEMPLATE)
    house.reconcile(replicate={"lost_after_s": 0})
    made = house.make_one(prompts=TEMPLATE)
    assert (made.model, made.reused) == (SECOND, True)
    assert paid(sandbox) == [SECOND]
