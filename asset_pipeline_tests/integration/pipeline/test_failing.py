"""How a purchase can end badly: each ending is told, booked at what it cost, and touches no other image."""

from decimal import Decimal

import pytest

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.images import Delivered
from asset_pipeline.prompts import Winner
from asset_pipeline.results import Failed
from asset_pipeline.specs import Catalog
from asset_pipeline_tests.support.specs import spec_of

WRITERS = ("openai/gpt-6-luna", "anthropic/claude-haiku-5.5")
PRICE = Decimal("0.04")
IMAGE_CALLS = "SELECT state, outcome, cost_usd, held_usd FROM calls WHERE kind = 'image' ORDER BY created_at"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("flagged", "failed: The input or output was flagged as sensitive"),
        ("failed", "failed: Director: unexpected error handling prediction"),
        ("failed_silently", "failed: no reason was given"),
        ("aborted", "aborted: no reason was given"),
    ],
)
def test_a_prediction_that_ends_badly_is_told_and_free_and_the_next_run_buys_anew(house, sandbox, fault, said):
    house.want(spec_of(2))
    sandbox.script({"fault": fault, "contains": "lantern"})
    results = {key: one.payload for (key, _), one in house.make().items()}
    failed = results["test.icons.lantern"]
    assert isinstance(failed, Failed)
    assert said in failed.reason
    assert not failed.is_lost
    assert isinstance(results["test.icons.compass"], Delivered)
    assert sorted(house.project.rows(IMAGE_CALLS)) == sorted(
        [("settled", "failed", 0, 0), ("settled", "succeeded", PRICE, 0)]
    )
    assert house.project.rows("SELECT reason FROM images WHERE state = 'failed'") == [(failed.reason,)]
    spent, asked = house.spent, house.bought("openrouter")
    house.make_all()
    assert house.spent == spent + PRICE
    assert house.bought("openrouter") == asked
    assert house.project.rows("SELECT DISTINCT state, reason FROM images") == [("done", None)]


@pytest.mark.parametrize("fault", ["not_found", "invalid"])
def test_a_prediction_that_is_not_taken_fails_with_what_the_provider_says_and_costs_nothing(house, sandbox, fault):
    house.want(spec_of(1))
    sandbox.script({"fault": fault, "on": "predictions"})
    failed = house.make_one()
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("HTTP 4")
    assert house.project.rows(IMAGE_CALLS) == [("released", None, 0, 0)]
    assert house.bought("replicate") == 0


def test_a_throttled_request_is_made_again_when_the_provider_says_so_as_a_new_call(house, sandbox):
    house.want(spec_of(1))
    sandbox.script({"fault": "throttled", "on": "predictions"})
    house.make_all()
    assert [row[0] for row in house.project.rows(IMAGE_CALLS)] == ["released", "settled"]
    assert house.bought("replicate") == 1


@pytest.mark.parametrize("failing", WRITERS)
def test_where_one_writer_is_refused_nobody_wins_and_the_next_run_asks_that_one_and_the_judge(house, sandbox, failing):
    house.want(spec_of(1))
    sandbox.script({"fault": "invalid", "on": "chat", "contains": failing})
    failed = house.make_one()
    assert failed.reason.startswith("1 of 2 writers gave a usable prompt, and 2 are needed: ")
    assert house.bought("openrouter") == 1
    house.make_all()
    assert house.bought("openrouter") == 3


@pytest.mark.parametrize("failing", WRITERS)
def test_where_the_settings_allow_it_the_other_writer_wins_unjudged_and_the_image_is_made(house, sandbox, failing):
    house.want(spec_of(1))
    sandbox.script({"fault": "invalid", "on": "chat", "contains": failing})
    _, winner, image = (one.payload for one in house.make(prompts={"on_no_quorum": "single"}).values())
    assert isinstance(winner, Winner)
    assert isinstance(image, Delivered)
    (other,) = set(WRITERS) - {failing}
    assert (winner.model, winner.score, len(winner.candidates)) == (other, None, 1)
    assert winner.fallback.startswith("single: 1 of 2 writers gave a usable prompt, and 2 are needed: ")
    assert house.bought("openrouter") == 1


def test_where_no_writer_answers_the_image_fails_with_both_reasons_at_no_cost(house, sandbox):
    house.want(spec_of(1))
    sandbox.script({"fault": "invalid", "on": "chat", "times": 2})
    failed = house.make_one()
    reasons = "; ".join(f"{writer}: HTTP 422: Invalid argument" for writer in WRITERS)
    assert failed.reason == f"0 of 2 writers gave a usable prompt, and 2 are needed: {reasons}"
    assert house.spent == 0


def test_a_judge_that_is_cut_off_fails_the_image_is_booked_and_alone_is_asked_again(house):
    house.want(spec_of(1))
    short = {"prompts": {"judge_max_tokens": 64}}
    failed = house.make_one(**short)
    assert isinstance(failed, Failed)
    assert "the answer was cut off (length)" in failed.reason
    rows = house.project.rows("SELECT kind, outcome, cost_usd > 0 FROM calls ORDER BY kind")
    assert rows == [("judge", "unusable", True), ("writer", "succeeded", True), ("writer", "succeeded", True)]
    assert house.bought("replicate") == 0
    assert house.spent > 0
    house.make_one(**short)
    assert house.bought("openrouter") == 4
    assert house.spent > 0


def test_each_failing_image_is_named_once_and_all_others_are_made(house, sandbox):
    house.want(spec_of(8))
    sandbox.script(*({"fault": "failed", "on": "predictions", "nth": n} for n in (2, 5, 7)))
    results = house.make()
    failed = {key for (key, _), one in results.items() if isinstance(one.payload, Failed)}
    assert len(failed) == 3
    assert house.project.images().keys() == {key for key, _ in results} - failed
    assert house.spent > 5 * PRICE


def test_a_ledger_that_is_busy_as_one_failure_is_noted_leaves_that_state_as_it_was_and_all_others_are_made(
    house, sandbox, monkeypatch
):
    house.want(spec_of(6))
    sandbox.script({"fault": "failed", "on": "predictions", "contains": "lantern"})

    async def busy(*_):
        raise LedgerBusyError("another process has kept it locked", fix="end that one")

    monkeypatch.setattr(Catalog, "mark", busy)
    results = house.make(prompts={"mode": "template"})
    failed = {key for (key, _), one in results.items() if isinstance(one.payload, Failed)}
    assert failed == {"test.icons.lantern"}
    assert house.project.images().keys() == {key for key, _ in results} - failed
    assert house.spent == 5 * PRICE
    assert house.project.rows("SELECT image_key, reason FROM images WHERE state <> 'done'") == [
        ("test.icons.lantern", None)
    ]
    (notice,) = house.notices
    assert notice.startswith("what became of test.icons.lantern could not be noted, so its state is the one it had")
    assert notice.endswith(": another process has kept it locked\n  → end that one")
