"""A question is asked in the strongest way that its model takes, and in a weaker one where that is refused."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from asset_pipeline.prompts.chat import Question
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.settings.providers import OpenRouterSettings
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.prompts.scripted import ScriptedModels, desk, refuses, says, spender

MODEL = "maker/model"
SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}}
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say yes."}]
QUESTION = Question("writer", MODEL, MESSAGES, "yes", SCHEMA, 100)
YES = says({"said": "yes"})
UNSUPPORTED = refuses(404, "No endpoints found that can handle the requested parameters")
ALL = ("max_tokens", "response_format", "structured_outputs", "reasoning")
OBJECT, WORDS = ("max_tokens", "response_format"), ("max_tokens",)


def ask(tmp_path, answer, *, parameters=ALL, questions=(QUESTION,), models=None, **settings):
    """Ask; return the endings, the questions that came, and state, cost and hold of each call, oldest first."""
    models = models or ScriptedModels({MODEL: answer}, parameters=parameters)

    async def run():
        async with desk(tmp_path, models, OpenRouterSettings.model_validate(settings)) as at:
            endings = [await at.buyer.ask(one, spender(wanted()), lambda value: value["said"]) for one in questions]
            await at.buyer.booked()
            return endings, at.rows("SELECT state, cost_usd, held_usd FROM calls ORDER BY created_at")

    endings, rows = asyncio.run(run())
    return endings, models.bodies, rows


def way(body):
    """Return how a question was asked: the answer's form, and how much was to be thought."""
    return body.get("response_format", {}).get("type"), (body.get("reasoning") or {}).get("effort")


def accepts(*ways):
    """Return models of which one takes some ways of asking only, and refuses all others for their parameters."""

    class Picky(ScriptedModels):
        def __call__(self, request):
            if request.url.path.endswith("/completions") and way(json.loads(request.content)) not in ways:
                self.bodies.append(json.loads(request.content))
                return UNSUPPORTED("none")
            return super().__call__(request)

    return Picky({MODEL: YES}, parameters=ALL)


def test_where_a_schema_can_be_given_it_is_given_strictly(tmp_path):
    _, (body,), _ = ask(tmp_path, YES)
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "yes", "strict": True, "schema": SCHEMA},
    }
    assert body["messages"] == MESSAGES


@pytest.mark.parametrize(("parameters", "form"), [(OBJECT, {"type": "json_object"}), (WORDS, None)])
def test_where_none_can_be_given_it_is_spoken_of_to_the_system(tmp_path, parameters, form):
    (ending,), (body,), _ = ask(tmp_path, YES, parameters=parameters)
    assert ending.value == "yes"
    assert body.get("response_format") == form
    told, asked = body["messages"]
    assert told["content"].startswith("Be brief.\n\n")
    assert json.dumps(SCHEMA, separators=(",", ":"), sort_keys=True) in told["content"]
    assert asked == MESSAGES[1]


def test_a_question_that_says_nothing_to_the_system_gets_a_message_that_does(tmp_path):
    question = replace(QUESTION, messages=MESSAGES[1:])
    _, (body,), _ = ask(tmp_path, YES, parameters=WORDS, questions=[question])
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_request_names_its_providers_and_the_most_they_may_charge(tmp_path):
    _, (body,), _ = ask(tmp_path, YES)
    assert body["provider"] == {
        "only": ["scripted"],
        "allow_fallbacks": False,
        "require_parameters": True,
        "data_collection": "deny",
        "max_price": {"prompt": pytest.approx(1), "completion": pytest.approx(20)},
    }
    assert body["max_tokens"] == 100


def test_the_owner_may_let_others_keep_what_they_are_sent(tmp_path):
    _, (body,), _ = ask(tmp_path, YES, data_collection="allow")
    assert body["provider"]["data_collection"] == "allow"


def test_what_a_provider_does_not_support_is_not_sent(tmp_path):
    _, (body,), _ = ask(tmp_path, YES, parameters=WORDS, reasoning={MODEL: {"effort": "high"}})
    assert set(body) == {"model", "messages", "max_tokens", "provider"}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({}, {"effort": "low", "exclude": True}),
        ({MODEL: {"effort": "high"}}, {"effort": "high", "exclude": True}),
        ({MODEL: {"max_tokens": 50}}, {"max_tokens": 50, "exclude": True}),
        ({MODEL: {"enabled": False}}, {"enabled": False, "exclude": True}),
        ({"other/model": {"effort": "high"}}, {"effort": "low", "exclude": True}),
    ],
)
def test_a_model_that_can_think_thinks_little_unless_it_is_told_otherwise_and_keeps_its_thoughts(tmp_path, said, sent):
    _, (body,), _ = ask(tmp_path, YES, reasoning=said)
    assert body["reasoning"] == sent


@pytest.mark.parametrize("parameters", [("max_completion_tokens",), ("max_tokens", "max_completion_tokens"), ()])
def test_the_longest_answer_is_always_said_in_the_word_that_the_provider_knows(tmp_path, parameters):
    _, (body,), _ = ask(tmp_path, YES, parameters=parameters)
    name = "max_completion_tokens" if parameters == ("max_completion_tokens",) else "max_tokens"
    assert {key: value for key, value in body.items() if key.startswith("max_")} == {name: 100}


LADDER = [
    ("json_schema", "low"),
    ("json_schema", None),
    ("json_object", "low"),
    ("json_object", None),
    (None, "low"),
    (None, None),
]


@pytest.mark.parametrize("taken", range(len(LADDER)))
def test_a_way_that_is_refused_for_its_parameters_leads_to_the_next_weaker_one_as_a_call_of_its_own(tmp_path, taken):
    models = accepts(LADDER[taken])
    (ending,), bodies, rows = ask(tmp_path, YES, models=models)
    assert ending.value == "yes"
    assert [way(body) for body in bodies] == LADDER[: taken + 1]
    assert rows == [("released", 0, 0)] * taken + [("settled", Decimal("0.001"), 0)]


def test_what_was_refused_is_not_tried_again_in_the_same_run(tmp_path):
    questions = [replace(QUESTION, max_tokens=100 + n) for n in range(3)]
    _, bodies, _ = ask(tmp_path, YES, models=accepts(("json_object", None)), questions=questions)
    assert [way(body) for body in bodies] == [*LADDER[:4], ("json_object", None), ("json_object", None)]


def test_where_every_way_is_refused_the_question_fails_with_the_reason_and_costs_nothing(tmp_path):
    (ending,), bodies, rows = ask(tmp_path, UNSUPPORTED)
    assert isinstance(ending, Failed)
    assert ending.reason.count("No endpoints found") == 1
    assert len(bodies) == len(LADDER)
    assert rows == [("released", 0, 0)] * len(LADDER)


def test_a_wish_of_the_owner_is_not_dropped_where_it_is_refused(tmp_path):
    _, bodies, _ = ask(tmp_path, UNSUPPORTED, reasoning={MODEL: {"effort": "max"}})
    assert [way(body) for body in bodies] == [("json_schema", "max"), ("json_object", "max"), (None, "max")]


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "No endpoints available matching your guardrail restrictions and data policy", Failed),
        (403, "Request blocked: prompt injection patterns detected", Failed),
        (400, "x is not a valid model ID", Failed),
        (402, "This request requires more credits, or fewer max_tokens", Waiting),
        (502, "response_format is broken", Waiting),
    ],
)
def test_any_other_refusal_is_not_asked_in_another_way(tmp_path, status, message, kind):
    (ending,), bodies, _ = ask(tmp_path, refuses(status, message))
    assert isinstance(ending, kind)
    assert len(bodies) == 1


def test_providers_that_the_owner_names_and_nobody_knows_are_a_failure_that_says_who_there_is(tmp_path):
    (ending,), bodies, rows = ask(tmp_path, YES, providers={MODEL: ["azure"]})
    assert ending == Failed(f"openrouter.providers names azure for {MODEL}, which is served by scripted")
    assert (bodies, rows) == ([], [])


@pytest.mark.parametrize("model", ["openrouter/auto", "maker/model:batch", "maker/model:nitro", "~maker/model-latest"])
def test_a_name_that_does_not_fix_its_price_is_not_called(tmp_path, model):
    (ending,), bodies, _ = ask(tmp_path, YES, questions=[replace(QUESTION, model=model)])
    assert isinstance(ending, Failed)
    assert model in ending.reason
    assert bodies == []


def test_an_answer_is_not_bought_again_when_prices_providers_or_formats_have_changed(tmp_path):
    pricing = {MODEL: {"prompt": "0.000002", "completion": "0.00001"}}
    later = ScriptedModels({MODEL: YES}, parameters=WORDS, pricing=pricing)
    (first,), _, _ = ask(tmp_path, YES)
    (second,), bodies, _ = ask(tmp_path, YES, models=later, data_collection="allow")
    assert (second.call_id, second.cost_usd, bodies) == (first.call_id, 0, [])


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "judge"},
        {"model": "maker/other"},
        {"messages": MESSAGES[1:]},
        {"schema": {"type": "object"}},
        {"max_tokens": 101},
    ],
)
def test_whatever_decides_the_answer_makes_it_another_question(change):
    assert QUESTION.content_key(mode="live", reasoning=None) != replace(QUESTION, **change).content_key(
        mode="live", reasoning=None
    )


def test_mode_and_reasoning_make_it_another_question_too():
    keys = {
        QUESTION.content_key(mode=mode, reasoning=reasoning)
        for mode in ("live", "sandbox")
        for reasoning in (None, {"effort": "low"}, {"effort": "high"})
    }
    assert len(keys) == 6


def test_the_hold_covers_the_question_in_each_of_its_forms(tmp_path):
    models = accepts((None, None))

    async def run():
        async with desk(tmp_path, models) as at:
            worst = await at.buyer.worst_usd(QUESTION)
            await at.buyer.ask(QUESTION, spender(wanted()), lambda value: value["said"])
            await at.buyer.booked()
            return worst, at.rows("SELECT DISTINCT worst_usd FROM store.calls"), models.bodies

    worst, held, bodies = asyncio.run(run())
    assert held == [(worst,)]
    longest = max(len(json.dumps([body["messages"], body.get("response_format")])) for body in bodies)
    assert worst >= longest * Decimal("0.000001") + 100 * Decimal("0.00002")


def test_providers_that_cannot_be_looked_up_fail_the_question_before_anything_is_held(tmp_path):
    class Silent(ScriptedModels):
        def __call__(self, request):
            return httpx.Response(400, json={"error": {"message": "no", "code": 400}})

    (ending,), _, rows = ask(tmp_path, YES, models=Silent({}))
    assert isinstance(ending, Failed)
    assert "could not be looked up" in ending.reason
    assert rows == []
