"""An answer that is lost was perhaps paid: its money stays held, and it is found, never bought again blindly."""

from decimal import Decimal

import pytest

from asset_pipeline.images import Delivered
from asset_pipeline.results import Waiting
from asset_pipeline_tests.integration.pipeline.conftest import House
from asset_pipeline_tests.support.sandboxes import served
from asset_pipeline_tests.support.specs import spec_of

FLUX = ["types: {icons: {model: black-forest-labs/flux-schnell}}"]
TWO_VARIANTS = spec_of(1).replace("title: Lantern", "title: Lantern, variants: 2")
OPEN = "SELECT kind, state, cost_usd, held_usd > 0 FROM calls WHERE state NOT IN ('settled', 'released')"


def test_a_lost_prediction_stays_held_and_running_again_does_not_buy_it_again(house, sandbox):
    house.want(spec_of(1, extra=FLUX))
    sandbox.script({"fault": "lost_answer", "on": "predictions"})
    for _ in range(2):
        waiting = house.make_one()
        assert isinstance(waiting, Waiting)
        assert house.project.rows(OPEN) == [("image", "unknown", 0, True)]
        assert house.bought("replicate") == 1
    assert house.project.images() == {}
    assert house.project.rows("SELECT state, held_usd > 0 FROM images") == [("held", True)]


@pytest.mark.parametrize("extra", [FLUX, ()], ids=["with-seed", "without-seed"])
def test_reconciling_finds_a_lost_prediction_and_the_next_run_delivers_it_without_paying(house, sandbox, extra):
    house.want(spec_of(2, extra=extra))
    sandbox.script({"fault": "lost_answer", "on": "predictions", "contains": "lantern"})
    results = {key: one.payload for (key, _), one in house.make().items()}
    assert isinstance(results["test.icons.compass"], Delivered)
    (found,) = house.reconcile()
    assert (found.image_key, found.resolved) == ("test.icons.lantern", True)
    assert "was found and kept" in found.message
    spent = house.spent
    delivered = house.make_all()["test.icons.lantern"]
    assert (delivered.call_id, delivered.reused, delivered.cost_usd) == (found.call_id, True, 0)
    assert (house.spent, house.bought("replicate")) == (spent, 2)
    assert house.reconcile() == []


def test_a_lost_prediction_that_failed_is_closed_at_no_cost_and_bought_again(house, sandbox):
    house.want(spec_of(1, extra=FLUX))
    sandbox.script({"fault": "server_error", "on": "predictions"})
    assert isinstance(house.make_one(), Waiting)
    (young,) = house.reconcile()
    assert not young.resolved
    assert "look again in" in young.message
    (old,) = house.reconcile(replicate={"lost_after_s": 0})
    assert old.resolved
    assert "its money is free again" in old.message
    assert house.project.rows("SELECT state, held_usd FROM calls WHERE kind = 'image'") == [("released", 0)]
    house.make_all()
    assert house.bought("replicate") == 1
    assert house.spent > 0


def test_a_prediction_that_another_call_has_paid_is_never_taken_for_a_lost_one(house, sandbox):
    """Variants of a model without a seed send the same input; the second one's request never arrived."""
    house.want(TWO_VARIANTS)
    sandbox.script({"fault": "server_error", "on": "predictions", "nth": 2})
    results = [one.payload for one in house.make(images={"in_flight": 1}).values()]
    assert sum(isinstance(one, Delivered) for one in results) == 1
    (left,) = house.reconcile()
    assert not left.resolved
    house.reconcile(replicate={"lost_after_s": 0})
    made = house.make_all()
    assert len({one.call_id for one in made.values()}) == 2
    assert house.bought("replicate") == 2
    assert house.spent > Decimal("0.08")


@pytest.fixture
def slow_house(project, tmp_path):
    """A house before a sandbox that takes a while, without writers."""
    with served(tmp_path / "slow", latency_s=1.0) as slow:
        yield House(project, slow)


TEMPLATE = {"mode": "template"}


def test_a_slow_prediction_is_left_open_and_the_next_run_goes_on_with_it(slow_house):
    house = slow_house
    house.want(spec_of(1))
    waiting = house.make_one(replicate={"prediction_timeout_s": 0.01}, prompts=TEMPLATE)
    assert isinstance(waiting, Waiting)
    assert "the next run goes on with it" in waiting.reason
    assert house.project.rows(OPEN) == [("image", "submitted", 0, True)]
    assert house.reconcile() == [], "a living process has made it, and it is left to it"
    (delivered,) = house.make_all(prompts=TEMPLATE).values()
    assert house.bought("replicate") == 1
    assert house.spent == Decimal("0.04")
    assert delivered.cost_usd == Decimal("0.04")


@pytest.mark.parametrize(("nth", "kind"), [(1, "writer"), (3, "judge")])
def test_a_lost_chat_answer_holds_its_image_and_is_booked_at_what_it_cost_when_reconciled(house, sandbox, nth, kind):
    house.want(spec_of(1))
    assert house.reconcile() == []  # as every run does first: what the key has used so far is remembered
    sandbox.script({"fault": "lost_answer", "on": "chat", "nth": nth})
    assert isinstance(house.make_one(), Waiting)
    assert house.project.rows(OPEN) == [(kind, "unknown", 0, True)]
    assert house.bought("replicate") == 0
    (booked,) = house.reconcile(openrouter={"usage_lag_s": 0})
    assert booked.resolved
    assert "found in the key's usage" in booked.message
    assert house.spent == sandbox.total()
    assert house.project.rows(f"SELECT outcome, held_usd FROM calls WHERE call_id = '{booked.call_id}'") == [
        ("unusable", 0)
    ]
    house.make_all()
    assert house.bought("openrouter") == 4
