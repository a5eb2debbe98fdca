"""What writers and judge are told, and which of their answers are of no use."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.prompts.brief import judge_question, labels, read_verdicts, read_written, writer_question
from asset_pipeline.providers.openrouter.routing import Format
from asset_pipeline.results import Failed
from asset_pipeline.settings import Criteria, PromptSettings
from asset_pipeline_tests.support.wanted import wanted

SETTINGS = PromptSettings()
CRITERIA = Criteria()
DRAFT = PromptRenderer().render(wanted())
PROMPTS = ["A lantern, engraved, teal on pale blue.", "One lantern glows in a calm field of teal."]
GOOD = "An engraved brass lantern, centred, teal on pale blue."
FULL = dict.fromkeys(CRITERIA.weights(), 7)


def verdict(label, **changes):
    """Return a judge's verdict on one candidate."""
    return {"candidate": label, "scores": FULL, "reason": "Clear."} | changes


def test_a_writer_is_told_the_draft_the_kind_the_size_and_what_to_avoid():
    text = writer_question(wanted(type="letter_headers", width=1920), DRAFT, "a/b", SETTINGS).messages[-1]["content"]
    for said in (DRAFT.text, "letter headers", "1920x64", "text, people"):
        assert said in text


def test_writers_get_the_same_words_whoever_they_are():
    one, other = (writer_question(wanted(), DRAFT, model, SETTINGS) for model in SETTINGS.writers)
    assert one.messages == other.messages
    assert [one.model, other.model] == list(SETTINGS.writers)


def test_a_judge_is_told_every_criterion_with_its_meaning_and_each_prompt_under_a_letter():
    text = judge_question(DRAFT, PROMPTS, SETTINGS).messages[-1]["content"]
    for name, field in Criteria.model_fields.items():
        assert f"- {name}: {field.description}" in text
    for label, prompt in zip("AB", PROMPTS, strict=True):
        assert f'<candidate label="{label}">\n{prompt}\n</candidate>' in text


def test_a_judge_is_never_told_who_wrote_what():
    question = judge_question(DRAFT, PROMPTS, SETTINGS)
    request = json.dumps([question.model, *(question.form(form) for form in Format)])
    for writer in SETTINGS.writers:
        owner, _, name = writer.partition("/")
        assert owner not in request
        assert name not in request
    assert SETTINGS.judge in request


def test_a_judge_may_only_name_the_letters_it_was_given():
    schema = judge_question(DRAFT, [*PROMPTS, GOOD], SETTINGS).schema
    assert schema["properties"]["verdicts"]["items"]["properties"]["candidate"]["enum"] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "not the JSON"),
        ("prose", "not the JSON"),
        ([], "not the JSON"),
        ({}, "not the JSON"),
        ({"prompt": None}, "not the JSON"),
        ({"prompt": ["a"]}, "not the JSON"),
        ({"prompt": ""}, "0 characters"),
        ({"prompt": " " * 500}, "0 characters"),
        ({"prompt": "x" * 39}, "39 characters"),
        ({"prompt": "x" * 2501}, "2501 characters"),
        ({"prompt": DRAFT.text}, "unchanged"),
        ({"prompt": DRAFT.text.replace(" ", "\n ")}, "unchanged"),
    ],
)
def test_a_writers_answer_that_is_of_no_use_is_refused_with_a_reason(answer, said):
    refused = read_written(answer, DRAFT)
    assert isinstance(refused, Failed)
    assert said in refused.reason


@pytest.mark.parametrize("length", [40, 2500])
def test_a_prompt_of_the_shortest_and_the_longest_length_is_taken(length):
    assert read_written({"prompt": "x" * length}, DRAFT).prompt == "x" * length


def test_a_writers_answer_is_read_without_stray_spaces_and_what_is_missing_is_empty():
    read = read_written({"prompt": f"  {GOOD}\n", "negative_prompt": None}, DRAFT)
    assert (read.prompt, read.negative_prompt, read.rationale) == (GOOD, "", "")


def test_halves_of_characters_that_no_database_takes_are_left_out_of_what_models_say():
    cut = "\ud83d"
    read = read_written({"prompt": GOOD + cut, "negative_prompt": cut, "rationale": cut}, DRAFT)
    assert (read.prompt, read.negative_prompt, read.rationale) == (GOOD, "", "")
    (judged,) = read_verdicts({"verdicts": [verdict("A", reason=f"Clear{cut}.")]}, 1, CRITERIA)
    assert judged.reason == "Clear."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "nothing about candidate A"),
        ("rubbish", "nothing about candidate A"),
        (7, "nothing about candidate A"),
        ([verdict("A"), verdict("B")], "nothing about candidate A"),
        ({"verdicts": None}, "nothing about candidate A"),
        ({"verdicts": 7}, "nothing about candidate A"),
        ({"verdicts": "AB"}, "nothing about candidate A"),
        ({"verdicts": {"A": FULL, "B": FULL}}, "nothing about candidate A"),
        ({"verdicts": ["A", "B"]}, "nothing about candidate A"),
        ({"verdicts": [verdict(["A"]), verdict({"A": 1})]}, "nothing about candidate A"),
        ({"verdicts": [verdict("A")]}, "nothing about candidate B"),
        ({"verdicts": [verdict("A"), verdict("C")]}, "nothing about candidate B"),
        ({"verdicts": [verdict("A"), verdict("B", scores=7)]}, "nothing about candidate B"),
        ({"verdicts": [verdict("A"), verdict("B", scores={})]}, "for subject, theme, purpose, craft"),
    ],
)
def test_a_judges_answer_that_leaves_something_out_is_refused_with_a_reason(answer, said):
    refused = read_verdicts(answer, 2, CRITERIA)
    assert isinstance(refused, Failed)
    assert said in refused.reason


@pytest.mark.parametrize(
    "score", [None, True, "high", "", [7], {}, -0.1, 10.01, 1e9, float("nan"), float("inf"), "NaN", "-Infinity"]
)
def test_a_score_that_is_no_number_from_0_to_10_is_refused_by_name(score):
    answer = {"verdicts": [verdict("A"), verdict("B", scores=FULL | {"craft": score})]}
    assert read_verdicts(answer, 2, CRITERIA) == Failed("the judge gave candidate B no score from 0 to 10 for craft")


def test_verdicts_come_in_the_order_of_the_candidates_whatever_order_the_judge_has():
    answer = {"verdicts": [verdict("B", reason="second"), verdict("A", reason="first")]}
    assert [one.reason for one in read_verdicts(answer, 2, CRITERIA)] == ["first", "second"]


def test_a_score_counts_by_the_weight_of_its_criterion():
    criteria = Criteria(subject=Decimal(1), theme=Decimal(0), purpose=Decimal(0), craft=Decimal(0))
    answer = {"verdicts": [verdict("A", scores={"subject": "9.5", "theme": 0, "purpose": 1, "craft": 2})]}
    (read,) = read_verdicts(answer, 1, criteria)
    assert read.score == Decimal("9.5")
    assert read.scores == {"subject": Decimal("9.5"), "theme": 0, "purpose": 1, "craft": 2}


@given(st.lists(st.decimals(0, 10, places=2), min_size=4, max_size=4))
def test_a_weighted_score_lies_between_the_lowest_and_the_highest(scores):
    given_scores = {name: str(score) for name, score in zip(FULL, scores, strict=True)}
    (read,) = read_verdicts({"verdicts": [verdict("A", scores=given_scores)]}, 1, CRITERIA)
    assert min(scores) <= read.score <= max(scores)


def test_there_is_a_letter_for_each_of_the_most_writers_that_can_be_set():
    assert labels(8) == list("ABCDEFGH")
