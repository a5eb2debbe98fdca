"""One answer, bought: asked once, booked at what it cost, and of use or not."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
import stamina
import structlog

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


def answers_with(**body):
    """Return a model whose answer has no words, for $0.001, with these keys on top."""
    whole = {"choices": [], "usage": {"cost": 0.001}} | body
    return lambda generation_id: httpx.Response(200, json={"id": generation_id} | whole)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says("Sure! Here it is."), "not what was asked for"),
        (says('{"said": "ye'), "not what was asked for"),
        (says("[" * 100_000), "not what was asked for"),
        (says(""), "the answer is empty"),
        (says(" \n"), "the answer is empty"),
        (says(YES, finish="length"), "cut off (length)"),
        (says(YES, finish="content_filter"), "cut off (content_filter)"),
        (says(YES, refusal="I would rather not."), "it refused: I would rather not."),
        (answers_with(), "the answer is empty"),
        (answers_with(error={"code": 502, "message": "Provider returned error"}), "with an error: Provider returned"),
        (answers_with(choices=[{"finish_reason": "error", "error": {"message": "cut"}}]), "with an error: cut"),
        (answers_with(choices=[{"finish_reason": "error", "message": {"content": "{}"}}]), "cut off (error)"),
    ],
    ids=[
        "prose",
        "cut",
        "deep",
        "empty",
        "blank",
        "length",
        "filter",
        "refusal",
        "no-choices",
        "error",
        "error-in-choice",
        "error-without-reason",
    ],
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
    assert ending.cost_usd == (QUESTION.prompt_bytes + 200) * Decimal("0.000001") + 100 * Decimal("0.00002")
    assert rows == [("settled", "succeeded", ending.cost_usd, 0, "OpenRouter names no cost; booked at the worst case")]


def test_a_bill_that_never_comes_leaves_the_worst_case_booked_with_a_remark(tmp_path):
    class Silent(ScriptedModels):
        def __call__(self, request):
            if request.url.path == "/generation":
                return httpx.Response(404, json={"error": {"code": 404, "message": "Generation not found"}})
            return super().__call__(request)

    async def run():
        async with desk(tmp_path, Silent({MODEL: says(YES, usage={})})) as at:
            ending = await at.buyer.ask(QUESTION, spender(wanted()), check)
            await at.buyer.booked()
            return ending, at.rows("SELECT worst_usd, cost_usd, outcome FROM store.calls"), at.rows(BOOKED)

    with stamina.set_testing(True):  # it is waited for, for minutes; not here
        ending, ((worst, cost, outcome),), rows = asyncio.run(run())
    assert ending.cost_usd == worst == cost > 0
    assert outcome == "succeeded"
    assert "booked at the worst case" in rows[0][4]


@pytest.mark.parametrize(
    "pricing",
    [{}, {"prompt": "1"}, {"prompt": "-1", "completion": "-1"}, {"prompt": "x", "completion": "1"}],
    ids=["none", "half", "negative", "text"],
)
def test_a_model_without_a_price_that_can_be_trusted_is_not_called(tmp_path, pricing):
    (ending,), rows, asked = ask(tmp_path, says(YES), pricing={MODEL: pricing})
    assert ending == Failed(f"no provider of {MODEL} can be asked: scripted names no price that can be trusted")
    assert (rows, asked) == ([], 0)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Failed), (404, Failed), (422, Failed), (401, Waiting), (402, Waiting)]
)
def test_a_request_that_is_not_taken_costs_nothing_and_fails_unless_it_may_be_taken_once_key_and_credit_are_seen_to(
    tmp_path, status, kind
):
    (ending,), rows, asked = ask(tmp_path, refuses(status, "not like this"))
    assert (type(ending), ending.reason) == (kind, f"HTTP {status}: not like this")
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


def lost_after_its_headers(generation_id):
    """Answer with nothing but whitespace, as is seen where a provider gives up."""
    return httpx.Response(200, text="\n\n  \n", headers={"X-Generation-Id": generation_id})


def test_an_answer_of_whitespace_is_unknown_under_its_id_and_keeps_its_money(tmp_path):
    async def run():
        async with desk(tmp_path, ScriptedModels({MODEL: lost_after_its_headers})) as at:
            ending = await at.buyer.ask(QUESTION, spender(wanted()), check)
            return ending, at.rows("SELECT state, provider_call_id, held_usd > 0 FROM calls")

    ending, rows = asyncio.run(run())
    assert isinstance(ending, Waiting)
    assert rows == [("unknown", "gen-0", True)]


def test_an_answer_that_cost_more_than_was_held_is_booked_in_full(tmp_path):
    (ending,), rows, _ = ask(tmp_path, says(YES, usage={"cost": 0.25}))
    assert ending.cost_usd == Decimal("0.25")
    ((_, _, cost, _, reason),) = rows
    assert cost == Decimal("0.25")
    assert "cost more than its worst case" in reason


def test_what_another_key_has_paid_upstream_is_not_known_so_the_worst_case_is_booked(tmp_path):
    (ending,), rows, _ = ask(tmp_path, says(YES, usage={"cost": 0, "is_byok": True}))
    assert ending.cost_usd == rows[0][2] > 0
    assert "worst case" in rows[0][4]


@pytest.mark.parametrize(
    ("answered", "warned"),
    [("openai/gpt-6-astra", 1), (MODEL, 0), (f"{MODEL}-2026-09-01", 0), (None, 0)],
)
def test_an_answer_of_another_model_is_kept_and_said_once(tmp_path, answered, warned):
    def answer(generation_id):
        message = {"content": '{"said": "yes"}'}
        body = {"id": generation_id, "model": answered, "choices": [{"message": message}], "usage": {"cost": 0.001}}
        return httpx.Response(200, json=body)

    async def run():
        async with desk(tmp_path, ScriptedModels({MODEL: answer})) as at:
            questions = [replace(QUESTION, max_tokens=100 + n) for n in range(3)]
            with structlog.testing.capture_logs() as logs:
                endings = [await at.buyer.ask(one, spender(wanted()), check) for one in questions]
                await at.buyer.booked()
            return endings, logs

    endings, logs = asyncio.run(run())
    assert [one.value for one in endings] == ["yes"] * 3
    said = [line for line in logs if line["event"] == "another model answered"]
    assert len(said) == warned
