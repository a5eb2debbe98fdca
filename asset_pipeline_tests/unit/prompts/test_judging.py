"""What the judge is told, and which of its answers are of no use."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.prompts.judging import judge_question, labels, read_verdicts
from asset_pipeline.prompts.render import Draft
from asset_pipeline.providers.openrouter.routing import Format
from asset_pipeline.results import Failed
from asset_pipeline.settings.prompts import Criteria, PromptSettings

SETTINGS = PromptSettings()
CRITERIA = Criteria()
NAMES = list(CRITERIA.weights())
DRAFT = Draft("An engraved icon of a lantern, teal on pale blue, centred on a plain ground.", "key")
PROMPTS = ["A lantern, engraved, teal on pale blue.", "One lantern glows in a calm field of teal."]
FULL = {name: {"reason": "Clear.", "score": 7} for name in NAMES}
ONE_COUNTS = Criteria(**dict.fromkeys(NAMES, Decimal(0)) | {"innovation": Decimal(1)})


def verdict(label, **changes):
    """Return a judge's verdict on one candidate."""
    return {"candidate": label, "scores": FULL} | changes


def told(settings=SETTINGS, prompts=PROMPTS):
    """Return what the judge is told besides its task."""
    return judge_question(DRAFT, prompts, settings).messages[-1]["content"]


def test_a_judge_is_told_every_criterion_with_its_meaning_and_each_prompt_under_a_letter():
    for name, field in Criteria.model_fields.items():
        assert f"- {name}: {field.description}" in told()
    for label, prompt in zip("AB", PROMPTS, strict=True):
        assert f'<candidate label="{label}">\n{prompt}\n</candidate>' in told()


def test_a_judge_is_told_what_the_numbers_mean():
    assert all(f"\n{number}: " in told() for number in (2, 5, 8, 10))


def test_a_criterion_without_weight_is_not_asked():
    settings = PromptSettings(criteria=ONE_COUNTS)
    question = judge_question(DRAFT, PROMPTS, settings)
    assert [name for name in NAMES if f"- {name}:" in told(settings)] == ["innovation"]
    scores = question.schema["properties"]["verdicts"]["items"]["properties"]["scores"]
    assert scores["required"] == ["innovation"]


def test_a_judge_is_never_told_who_wrote_what_or_under_which_brief():
    question = judge_question(DRAFT, PROMPTS, SETTINGS)
    request = json.dumps([question.model, *(question.form(form) for form in Format)])
    for writer in SETTINGS.writers:
        assert not any(part in request for part in writer.split("/"))
    assert not any(name in request for name in ("emotional_depth", "brand_and_craft"))
    assert SETTINGS.judge in request


def test_a_judge_may_only_name_the_letters_it_was_given_and_has_room_for_each():
    two, three = (judge_question(DRAFT, [*PROMPTS, "another"][:count], SETTINGS) for count in (2, 3))
    assert three.schema["properties"]["verdicts"]["items"]["properties"]["candidate"]["enum"] == ["A", "B", "C"]
    assert (two.max_tokens, three.max_tokens) == (1600, 2400)


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
        ({"verdicts": [verdict("A"), verdict("B", scores={})]}, f"for {', '.join(NAMES)}"),
        ({"verdicts": [verdict("A"), verdict("B", scores=dict.fromkeys(NAMES, 7))]}, f"for {', '.join(NAMES)}"),
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
    scores = FULL | {"innovation": {"reason": "Odd.", "score": score}}
    answer = {"verdicts": [verdict("A"), verdict("B", scores=scores)]}
    assert read_verdicts(answer, 2, CRITERIA) == Failed(
        "the judge gave candidate B no score from 0 to 10 for innovation"
    )


def test_verdicts_come_in_the_order_of_the_candidates_whatever_order_the_judge_has():
    second = FULL | {"innovation": {"reason": "second", "score": 1}}
    answer = {"verdicts": [verdict("B", scores=second), verdict("A")]}
    assert [one.scores["innovation"].reason for one in read_verdicts(answer, 2, CRITERIA)] == ["Clear.", "second"]


def test_a_score_counts_by_the_weight_of_its_criterion_and_keeps_its_sentence():
    scores = FULL | {"innovation": {"reason": " New,\n at last. ", "score": "9.5"}}
    (read,) = read_verdicts({"verdicts": [verdict("A", scores=scores)]}, 1, ONE_COUNTS)
    assert read.total(ONE_COUNTS) == Decimal("9.5")
    assert {name: (one.points, one.reason) for name, one in read.scores.items()} == {
        "innovation": (Decimal("9.5"), "New, at last.")
    }


def test_a_score_without_a_sentence_counts():
    scores = {name: {"score": 7} for name in NAMES}
    (read,) = read_verdicts({"verdicts": [verdict("A", scores=scores)]}, 1, CRITERIA)
    assert read.total(CRITERIA) == 7


@given(st.lists(st.decimals(0, 10, places=2), min_size=len(NAMES), max_size=len(NAMES)))
def test_a_weighted_score_lies_between_the_lowest_and_the_highest(points):
    scores = {name: {"reason": "", "score": str(score)} for name, score in zip(NAMES, points, strict=True)}
    (read,) = read_verdicts({"verdicts": [verdict("A", scores=scores)]}, 1, CRITERIA)
    assert min(points) <= read.total(CRITERIA) <= max(points)


def test_there_is_a_letter_for_each_of_the_most_writers_that_can_be_set():
    assert labels(8) == list("ABCDEFGH")
