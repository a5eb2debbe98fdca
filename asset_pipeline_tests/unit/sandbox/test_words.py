"""What the sandbox's language models say: JSON by the schema asked for, the same each time, judged by its text."""

import json

import jsonschema
import pytest

from asset_pipeline.prompts.brief import judge_question, read_verdicts, read_written, writer_question
from asset_pipeline.prompts.render import Draft
from asset_pipeline.sandbox.words import answer_chat
from asset_pipeline.settings import PromptSettings
from asset_pipeline.specs.loader import require_specs
from asset_pipeline_tests.support.specs import spec_of

DRAFT = Draft('A "flat" icon of a compass,\nengraved — ünïcödé & <b>tags</b>', "key")
SETTINGS = PromptSettings()
PROMPTS = ["A compass, engraved.", "A compass on parchment, lit from the left.", "Something with a compass, perhaps."]


@pytest.fixture
def wanted(project):
    """An image that somebody wants."""
    (collection,) = require_specs([project.spec(spec_of(1))], root=project.root, max_file_mb=2)
    return collection.images[0]


def asked(question):
    """Return what a question is answered, checked against the schema that it asks for."""
    answer = json.loads(answer_chat(question.request()))
    jsonschema.validate(answer, question.schema)
    return answer


def test_a_writer_answers_by_the_schema_with_the_draft_in_its_prompt(wanted):
    answer = asked(writer_question(wanted, DRAFT, SETTINGS.writers[0], SETTINGS))
    assert " ".join(DRAFT.text.split()) in answer["prompt"]
    assert answer["negative_prompt"] == "text"
    assert read_written(answer, DRAFT).prompt == answer["prompt"]


def test_two_writers_write_differently_and_each_the_same_every_time(wanted):
    first, second = (writer_question(wanted, DRAFT, model, SETTINGS) for model in SETTINGS.writers)
    assert asked(first)["prompt"] != asked(second)["prompt"]
    assert asked(first) == asked(first)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_judge_scores_each_candidate_by_each_criterion(count):
    answer = asked(judge_question(DRAFT, PROMPTS[:count], SETTINGS))
    verdicts = read_verdicts(answer, count, SETTINGS.criteria)
    assert len(verdicts) == count
    assert all(0 < one.score < 10 and one.reason for one in verdicts)


def test_a_judge_looks_at_the_prompt_and_not_at_its_place():
    there = read_verdicts(asked(judge_question(DRAFT, PROMPTS, SETTINGS)), 3, SETTINGS.criteria)
    back = read_verdicts(asked(judge_question(DRAFT, PROMPTS[::-1], SETTINGS)), 3, SETTINGS.criteria)
    assert [one.score for one in there] == [one.score for one in back][::-1]
    assert len({one.score for one in there}) == 3


@pytest.mark.parametrize(
    "body", [{}, {"messages": []}, {"response_format": None}, {"response_format": {"type": "text"}}]
)
def test_whoever_asks_for_nothing_in_particular_hears_plain_words(body):
    assert answer_chat(body) == "The sandbox has nothing to say to that."
