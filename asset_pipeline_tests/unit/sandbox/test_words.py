"""What the sandbox's language models say: JSON by the schema asked for, the same each time, judged by its text."""

import json
import random

import jsonschema
import pytest

from asset_pipeline.prompts.briefs import Writer, writers_of
from asset_pipeline.prompts.judging import judge_question, read_verdicts
from asset_pipeline.prompts.reading import json_in
from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.writing import read_written, writer_question
from asset_pipeline.providers.openrouter.routing import Format
from asset_pipeline.sandbox.schema_words import fill
from asset_pipeline.sandbox.words import answer_chat
from asset_pipeline.settings.prompts import PromptSettings
from asset_pipeline.specs.loader import require_specs
from asset_pipeline_tests.support.specs import spec_of

DRAFT = Draft('A "flat" icon of a compass,\nengraved — ünïcödé & <b>tags</b>', "key")
SETTINGS = PromptSettings()
CRITERIA = SETTINGS.criteria
FIRST, SECOND = writers_of(SETTINGS)
PROMPTS = ["A compass, engraved.", "A compass on parchment, lit from the left.", "Something with a compass, perhaps."]


@pytest.fixture
def wanted(project):
    """An image that somebody wants."""
    (collection,) = require_specs([project.spec(spec_of(1))], root=project.root, max_file_mb=2)
    return collection.images[0]


def asked(question, form=Format.SCHEMA):
    """Return what a question is answered, checked against the schema that it asks for."""
    answer = json_in(answer_chat({"model": question.model, **question.form(form)}))
    jsonschema.validate(answer, question.schema)
    return answer


def test_a_writer_answers_by_the_schema_with_the_draft_in_its_prompt(wanted):
    answer = asked(writer_question(wanted, DRAFT, FIRST, SETTINGS))
    assert " ".join(DRAFT.text.split()) in answer["prompt"]
    assert answer["negative_prompt"] == "text"
    assert read_written(answer, DRAFT, FIRST).prompt == answer["prompt"]


def test_two_writers_write_differently_and_each_the_same_every_time(wanted):
    first, second = (writer_question(wanted, DRAFT, writer, SETTINGS) for writer in (FIRST, SECOND))
    assert asked(first)["prompt"] != asked(second)["prompt"]
    assert asked(first) == asked(first)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_judge_scores_each_candidate_by_each_criterion(count):
    answer = asked(judge_question(DRAFT, PROMPTS[:count], SETTINGS))
    verdicts = read_verdicts(answer, count, SETTINGS.criteria)
    assert len(verdicts) == count
    assert all(0 < one.total(CRITERIA) < 10 for one in verdicts)
    assert all(score.reason for one in verdicts for score in one.scores.values())


def test_a_judge_looks_at_the_prompt_and_not_at_its_place():
    there = read_verdicts(asked(judge_question(DRAFT, PROMPTS, SETTINGS)), 3, SETTINGS.criteria)
    back = read_verdicts(asked(judge_question(DRAFT, PROMPTS[::-1], SETTINGS)), 3, SETTINGS.criteria)
    assert there == back[::-1]
    assert len({one.total(CRITERIA) for one in there}) == 3


def test_models_differ_in_skill_and_the_judge_sees_it_in_their_texts(wanted):
    strong, weak = "openai/gpt-6-sol", "xiaomi/mimo-v2.6-flash"

    def mean(model):
        drafts = [Draft(f"{DRAFT.text} of the {number}th room", "key") for number in range(40)]
        questions = [writer_question(wanted, draft, Writer(model, FIRST.brief), SETTINGS) for draft in drafts]
        prompts = [asked(question)["prompt"] for question in questions]
        verdicts = [read_verdicts(asked(judge_question(DRAFT, [one], SETTINGS)), 1, CRITERIA)[0] for one in prompts]
        return sum(one.total(CRITERIA) for one in verdicts) / len(verdicts)

    assert mean(strong) > mean(weak) + 1


@pytest.mark.parametrize(
    "body", [{}, {"messages": []}, {"response_format": None}, {"response_format": {"type": "text"}}]
)
def test_whoever_asks_for_nothing_in_particular_hears_plain_words(body):
    assert answer_chat(body) == "The sandbox has nothing to say to that."


@pytest.mark.parametrize("form", Format)
def test_writer_and_judge_answer_in_whichever_form_they_are_asked(wanted, form):
    written = read_written(asked(writer_question(wanted, DRAFT, FIRST, SETTINGS), form), DRAFT, FIRST)
    verdicts = read_verdicts(asked(judge_question(DRAFT, PROMPTS, SETTINGS), form), 3, SETTINGS.criteria)
    assert " ".join(DRAFT.text.split()) in written.prompt
    assert [bool(one.scores) for one in verdicts] == [True] * 3


def test_json_that_is_only_spoken_of_comes_among_words(wanted):
    question = writer_question(wanted, DRAFT, FIRST, SETTINGS)
    plain = answer_chat({"model": question.model, **question.form(Format.TEXT)})
    strict = answer_chat({"model": question.model, **question.form(Format.OBJECT)})
    assert not plain.startswith("{")
    assert json.loads(strict).keys() == json_in(plain).keys() == question.schema["properties"].keys()


def test_any_json_is_an_empty_object_where_nobody_says_which():
    assert answer_chat({"messages": [], "response_format": {"type": "json_object"}}) == "{}"


def test_words_may_be_asked_in_parts():
    parts = [{"type": "text", "text": 'It must fit this JSON Schema: {"type": "string"}'}]
    assert isinstance(json_in(answer_chat({"messages": [{"role": "user", "content": parts}]})), str)


@pytest.mark.parametrize("text", ["JSON Schema: {broken", "JSON Schema: none", "JSON Schema"])
def test_a_schema_that_cannot_be_read_is_none(text):
    assert "nothing to say" in answer_chat({"messages": [{"role": "user", "content": text}]})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a", "b"]},
        {"type": "array", "items": {"type": "number"}},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"enum": ["x", "y"]}}},
        {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
        {"type": ["null", "string"]},
        {"const": 7},
        {"type": "null"},
        {},
    ],
)
def test_a_form_that_nobody_knows_is_filled_in_all_the_same(schema):
    jsonschema.validate(fill(schema, random.Random(1)), schema)


def test_a_form_that_contains_itself_ends_somewhere():
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}}}
    jsonschema.validate(fill(schema, random.Random(1)), schema)
