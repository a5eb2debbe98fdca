"""One answer, bought: asked once, booked at what it cost, and of use or not."""

import asyncio
import json
from decimal import Decimal

import pytest

from asset_pipeline.prompts.chat import Bought, Question
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.prompts.scripted import ScriptedModels, desk, refuses, says, spender

MODEL = "maker/model"
QUESTION = Question("writer", MODEL, [{"role": "user", "content": "Say yes."}], "yes", {"type": "object"}, 100)
BOOKED = (
    "SELECT c.state, outcome, c.cost_usd, c.held_usd, l.reason"
    " FROM calls c JOIN ledger l USING (call_id) WHERE l.state = c.state"
)
YES = {"said": "yes"}


def check(value):
    """Take `{"said": ...}` only."""
    return value["said"] if isinstance(value, dict) and "said" in value else Failed("it is not what was asked for")


def ask(tmp_path, answer, *, times=1, **models):
    """Ask the question some times in a row; return the endings, the booked rows, and how often a model was asked."""
    scripted = ScriptedModels({MODEL: answer}, **models)

    async def run():
        async with desk(tmp_path, scripted) as at:
            endings = [await at.buyer.ask(QUESTION, spender(wanted()), check) for _ in range(times)]
            await at.buyer.booked()
            return endings, at.rows(BOOKED), scripted.asked

    return asyncio.run(run())


def test_an_answer_is_booked_at_what_it_says_it_cost_and_the_rest_of_the_hold_is_free(tmp_path):
    (ending,), rows, _ = ask(tmp_path, says(YES))
    assert (ending.value, ending.cost_usd) == ("yes", Decimal("0.001"))
    assert rows == [("settled", "succeeded", Decimal("0.001"), 0, None)]


def test_the_same_question_is_paid_once(tmp_path):
    endings, rows, asked = ask(tmp_path, says(YES), times=3)
    assert [(one.value, one.cost_usd) for one in endings] == [("yes", Decimal("0.001")), ("yes", 0), ("yes", 0)]
    assert len({one.call_id for one in endings}) == asked == len(rows) == 1


@pytest.mark.parametrize("text", ['```json\n{"said": "yes"}\n```', '```\n{"said": "yes"}\n```', ' {"said": "yes"}\n'])
def test_json_in_or_out_of_a_fence_is_read(tmp_path, text):
    (ending,), _, _ = ask(tmp_path, says(text))
    assert ending.value == "yes"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says("Sure! Here it is."), "not what was asked for"),
        (says('Sure: {"said": "yes"}'), "not what was asked for"),
        (says('{"said": "ye'), "not what was asked for"),
        (says("[" * 100_000), "not what was asked for"),
        (says(""), "the answer is empty"),
        (says(" \n"), "the answer is empty"),
        (says(YES, finish="length"), "cut off (length)"),
        (says(YES, finish="content_filter"), "cut off (content_filter)"),
        (says(YES, refusal="I would rather not."), "it refused: I would rather not."),
    ],
    ids=["prose", "prose-around", "cut", "deep", "empty", "blank", "length", "filter", "refusal"],
)
def test_an_answer_of_no_use_is_paid_and_says_why_and_may_be_asked_for_again(tmp_path, answer, said):
    endings, rows, asked = ask(tmp_path, answer, times=2)
    assert all(isinstance(one, Failed) and said in one.reason and MODEL in one.reason for one in endings)
    assert [row[:4] for row in rows] == [("settled", "unusable", Decimal("0.001"), 0)] * 2
    assert asked == 2


@pytest.mark.parametrize("usage", [{}, {"cost": None}, {"cost": 0}, {"cost": -1}, {"cost": "a lot"}, "free"])
def test_a_cost_that_the_answer_does_not_say_is_looked_up(tmp_path, usage):
    (ending,), rows, _ = ask(tmp_path, says(YES, usage=usage), looked_up=0.0007)
    assert ending.cost_usd == rows[0][2] == Decimal("0.0007")


def test_a_cost_that_nobody_says_is_booked_at_the_worst_case_with_a_remark(tmp_path):
    (ending,), rows, _ = ask(tmp_path, says(YES, usage={}))
    size = len(json.dumps(QUESTION.request(), separators=(",", ":"), ensure_ascii=False).encode())
    assert ending.cost_usd == (size + 200) * Decimal("0.000001") + 100 * Decimal("0.00002")
    assert rows == [("settled", "succeeded", ending.cost_usd, 0, "OpenRouter names no cost; booked at the worst case")]


@pytest.mark.parametrize(
    "pricing",
    [{}, {"prompt": "1"}, {"prompt": "-1", "completion": "-1"}, {"prompt": "x", "completion": "1"}],
    ids=["none", "half", "negative", "text"],
)
def test_a_model_without_a_price_that_can_be_trusted_is_not_called(tmp_path, pricing):
    (ending,), rows, asked = ask(tmp_path, says(YES), pricing={MODEL: pricing})
    assert ending == Failed(f"OpenRouter names no usable price for {MODEL}, so it is not called")
    assert (rows, asked) == ([], 0)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Failed), (404, Failed), (422, Failed), (401, Waiting), (402, Waiting)]
)
def test_a_request_that_is_not_taken_costs_nothing_and_fails_unless_it_may_be_taken_once_key_and_credit_are_seen_to(
    tmp_path, status, kind
):
    (ending,), rows, asked = ask(tmp_path, refuses(status, "not like this"))
    assert ending == kind(f"HTTP {status}: not like this")
    assert [row[:4] for row in rows] == [("released", None, 0, 0)]
    assert asked == 1


@pytest.mark.parametrize("status", [408, 500, 502, 524])
def test_an_answer_that_may_have_been_paid_is_never_asked_for_again(tmp_path, status):
    endings, rows, asked = ask(tmp_path, refuses(status, "oops"), times=2)
    assert [type(one) for one in endings] == [Waiting, Waiting]
    assert "its money stays held" in endings[0].reason
    assert "its outcome is not known yet" in endings[1].reason
    ((state, _, cost, held, _),) = rows
    assert (state, cost, asked) == ("unknown", 0, 1)
    assert held > 0


def test_a_question_that_the_budget_cannot_pay_is_refused_and_moves_no_money(tmp_path):
    (ending,), rows, asked = ask(tmp_path, says(YES), pricing={MODEL: {"prompt": "1", "completion": "1"}})
    assert isinstance(ending, Waiting)
    assert ending.refused.scope == "total"
    assert (rows, asked) == ([], 0)


def test_bought_answers_are_kept_as_the_model_gave_them(tmp_path):
    async def run():
        async with desk(tmp_path, ScriptedModels({MODEL: says("```json\n{}\n```")})) as at:
            ending = await at.buyer.ask(QUESTION, spender(wanted()), lambda value: ("read", value))
            await at.buyer.booked()
            return ending, at.rows("SELECT call_id, answer, run_id, image_key, provider_call_id FROM calls")

    ending, rows = asyncio.run(run())
    assert isinstance(ending, Bought)
    assert ending.value == ("read", {})
    assert rows == [(ending.call_id, "```json\n{}\n```", "run-1", "test.icons.lantern", "gen-0")]
