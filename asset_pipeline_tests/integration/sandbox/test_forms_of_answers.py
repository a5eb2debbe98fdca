"""Models that differ in what they support, asked for real: all are understood, and paid what the invoice says."""

import asyncio

import pytest

from asset_pipeline.connect import connect_openrouter
from asset_pipeline.ledger import Database, Door
from asset_pipeline.prompts.briefs import Brief, Writer
from asset_pipeline.prompts.chat import Bought, ChatBuyer
from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.writing import Written, read_written, writer_question
from asset_pipeline.results import Failed
from asset_pipeline.services import open_ledger
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.prompts.scripted import spender
from asset_pipeline_tests.unit.sandbox.support import LUNA

DRAFT = Draft("An engraved icon of a lantern, with a thin border and one warm accent colour, on plain paper.", "key")
BRIEF = Brief("calm", "Calm above all.")
MANY, OBJECT, WORDS = "deepseek/deepseek-v4.1-flash", "z-ai/glm-5.3-flash", "xiaomi/mimo-v2.6-flash"
CALLS = (
    "SELECT state, cost_usd, json_extract_string(request, '$.response_format.type'),"
    " json_extract_string(request, '$.reasoning.effort') FROM store.calls ORDER BY created_at"
)


@pytest.fixture
def ask(served_project, sandbox):
    """Ask models for a prompt, one after the other in one run; return the endings and all calls there are."""

    def ask(*models, **openrouter):
        project = served_project.open(
            sandbox={"url": sandbox.url}, openrouter=openrouter, rollout={"require_approval": False}
        )

        async def run():
            with Database(project.paths.database) as database:
                ledger = open_ledger(project, database)
                async with connect_openrouter(project) as client:
                    buyer = ChatBuyer(ledger, Door(ledger), client, project.settings.openrouter)
                    endings = []
                    for number, model in enumerate(models):
                        writer, draft = Writer(model, BRIEF), Draft(f"{DRAFT.text} {number}", "key")
                        image = wanted(slug=f"image-{number}")
                        question = writer_question(image, draft, writer, project.settings.prompts)
                        endings.append(
                            await buyer.ask(
                                question, spender(image), lambda value, to=writer: read_written(value, DRAFT, to)
                            )
                        )
                    await buyer.booked()
                return endings, database.run(lambda connection: connection.execute(CALLS).fetchall())

        endings, calls = asyncio.run(run())
        assert sum(cost for _, cost, _, _ in calls if cost) == sandbox.total()
        return endings, calls

    return ask


def written(endings):
    """Say whether each ending is a prompt that was bought."""
    return all(isinstance(one, Bought) and isinstance(one.value, Written) for one in endings)


def test_each_model_is_asked_in_the_strongest_form_that_it_supports(ask, sandbox):
    endings, calls = ask(LUNA, MANY, OBJECT, WORDS)
    assert written(endings)
    assert [(state, form, effort) for state, _, form, effort in calls] == [
        ("settled", "json_schema", None),
        ("settled", "json_schema", "low"),
        ("settled", "json_object", None),
        ("settled", None, None),
    ]
    assert len(sandbox.invoice()) == 4


def test_a_form_that_is_refused_leads_to_the_next_and_is_remembered_and_nothing_is_paid_twice(ask, sandbox):
    sandbox.script({"fault": "not_found", "on": "chat", "contains": "json_schema", "times": 0})
    endings, calls = ask(LUNA, LUNA)
    assert written(endings)
    assert [(state, form) for state, _, form, _ in calls] == [
        ("released", "json_schema"),
        ("settled", "json_object"),
        ("settled", "json_object"),
    ]
    assert len(sandbox.invoice()) == 2


def test_where_every_form_is_refused_nothing_is_paid_and_the_reason_is_said(ask, sandbox):
    sandbox.script({"fault": "not_found", "on": "chat", "times": 0})
    (ending,), calls = ask(LUNA)
    assert isinstance(ending, Failed)
    assert "No endpoints found that can handle the requested parameters" in ending.reason
    assert {state for state, *_ in calls} == {"released"}
    assert sandbox.invoice() == []


def test_the_owner_says_who_is_asked_and_how_much_is_thought(ask, sandbox):
    settings = {"providers": {MANY: ["together"]}, "reasoning": {MANY: {"effort": "none"}}}
    endings, calls = ask(MANY, **settings)
    assert written(endings)
    assert [(form, effort) for _, _, form, effort in calls] == [("json_schema", "none")]
    (ending,), _ = ask(MANY, providers={MANY: ["tugether"]})
    assert isinstance(ending, Failed)
    assert "tugether" in ending.reason
    assert "deepseek, novita/fp8, together" in ending.reason


def test_an_answer_whose_form_was_weaker_is_not_bought_again_in_a_stronger_one(ask, sandbox):
    sandbox.script({"fault": "not_found", "on": "chat", "contains": "json_schema"})
    (first,), _ = ask(LUNA)
    (second,), calls = ask(LUNA)
    assert (second.call_id, second.cost_usd) == (first.call_id, 0)
    assert len(calls) == 2
    assert len(sandbox.invoice()) == 1


def test_where_a_body_is_cut_its_id_is_kept_so_that_its_cost_can_be_looked_up(ask, sandbox, served_project):
    sandbox.script({"fault": "cut_body", "on": "chat"})
    with pytest.raises(AssertionError):  # the invoice knows of it already, the ledger only of its hold
        ask(LUNA)
    ((call_id,),) = served_project.rows("SELECT provider_call_id FROM calls WHERE state = 'unknown'")
    assert [call["id"] for call in sandbox.invoice()] == [call_id]
