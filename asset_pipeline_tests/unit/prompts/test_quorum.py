"""Too few usable prompts are no competition: the image fails, unless the settings say what to do, and that is said."""

from decimal import Decimal

import pytest

from asset_pipeline.results import Failed
from asset_pipeline.settings.prompts import PromptSettings
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.prompts.scripted import refuses, says
from asset_pipeline_tests.unit.prompts.test_competition import (
    ALL_WRITERS,
    JUDGE,
    PROMPTS,
    REFUSAL,
    SETTINGS,
    THREE,
    WRITERS,
    compete,
    draft_of,
    scores,
    writes,
)

REFUSES = says({"prompt": REFUSAL, "negative_prompt": "", "rationale": ""})


@pytest.mark.parametrize("failing", WRITERS)
@pytest.mark.parametrize(
    ("answer", "cost", "why"),
    [
        (refuses(422, "no such parameter"), "0", "HTTP 422: no such parameter"),
        (says("prose"), "0.001", "not the JSON"),
        (says({"prompt": "short"}), "0.001", "5 characters"),
        (REFUSES, "0.001", 'describes no image: "i can\'t"'),
    ],
    ids=["refused", "rubbish", "too-short", "refusal"],
)
def test_where_one_of_two_writers_fails_the_image_fails_and_says_who_and_how_many_are_needed(
    tmp_path, failing, answer, cost, why
):
    (failed,), _, calls = compete(tmp_path, {failing: answer, JUDGE: scores(1, 1)})
    assert isinstance(failed, Failed)
    assert failed.reason.startswith(f"1 of 2 writers gave a usable prompt, and 2 are needed: {failing}: ")
    assert why in failed.reason
    assert {call[0] for call in calls} == {"writer"}
    assert sum(call[2] for call in calls) == Decimal("0.001") + Decimal(cost)


def test_the_next_run_asks_only_those_that_failed_and_all_their_answers_stay_on_record(tmp_path):
    first, second = WRITERS
    (failed,), lost, _ = compete(tmp_path, {second: REFUSES})
    assert isinstance(failed, Failed)
    assert [(row[1], row[6], row[10]) for row in lost] == [
        (second, False, 'refusal: the prompt describes no image: "i can\'t"')
    ]
    (winner,), candidates, calls = compete(tmp_path, {JUDGE: scores(5, 6)})
    assert winner.score == 6
    assert [row[0] for row in candidates] == [0, 1, 2]
    assert [row[10] is None for row in candidates] == [False, True, True]
    assert [row[6] for row in candidates] == [False, False, True]
    assert sorted(call[:2] for call in calls) == [
        ("judge", "succeeded"), ("writer", "succeeded"), ("writer", "succeeded"), ("writer", "unusable"),
    ]  # fmt: skip
    assert first in {row[1] for row in candidates}


def test_where_two_of_three_are_usable_they_compete_and_the_third_is_kept_with_its_name(tmp_path):
    (winner,), candidates, calls = compete(tmp_path, {WRITERS[1]: REFUSES, JUDGE: scores(5, 6)}, settings=THREE)
    assert winner.model in {WRITERS[0], ALL_WRITERS[2]}
    assert [row[3] for row in candidates] == [5, 6, None]
    loser = candidates[2]
    assert (loser[1], loser[6], loser[7], loser[8]) == (WRITERS[1], False, Decimal("0.001"), True)
    assert loser[2].startswith('{"prompt": "I can')
    assert loser[10].startswith("refusal: ")
    assert winner.cost_usd == sum(call[2] for call in calls) == Decimal("0.005")
    assert winner.fallback == ""


def test_where_all_writers_fail_the_image_fails_with_every_reason(tmp_path):
    answers = {WRITERS[0]: says("prose"), WRITERS[1]: refuses(404, "gone")}
    (failed,), candidates, calls = compete(tmp_path, answers)
    assert isinstance(failed, Failed)
    assert f"{WRITERS[0]}: the answer is not the JSON" in failed.reason
    assert "HTTP 404: gone" in failed.reason
    assert [row[10] for row in candidates] == ["malformed: the answer is not the JSON that was asked for"]
    assert sum(call[2] for call in calls) == Decimal("0.001")


def test_a_copy_of_the_draft_does_not_compete(tmp_path):
    copied = says({"prompt": f"{draft_of(wanted()).text} Nice."})
    (winner,), candidates, _ = compete(tmp_path, {WRITERS[0]: copied, JUDGE: scores(9, 1)}, settings=THREE)
    assert winner.model != WRITERS[0]
    assert candidates[2][10] == "copy: 91% of the prompt is the draft, unchanged"


@pytest.mark.parametrize("quorum", [1, 3])
def test_the_quorum_is_a_setting_and_never_more_than_the_writers(tmp_path, quorum):
    settings = PromptSettings(writers=WRITERS, judge=JUDGE, quorum=quorum)
    (ending,), candidates, _ = compete(tmp_path / "one", {WRITERS[0]: REFUSES}, settings=settings)
    if quorum == 1:
        assert (ending.model, ending.score, ending.fallback) == (WRITERS[1], None, "")
        assert [row[6] for row in candidates] == [True, False]
    else:
        assert "1 of 2 writers gave a usable prompt, and 2 are needed" in ending.reason
    (full,), _, _ = compete(tmp_path / "all", {JUDGE: scores(5, 6)}, settings=settings)
    assert full.score == 6


def fall_back(tmp_path, to, answers, **told):
    """Compete where fewer than a quorum may be made do with."""
    settings = PromptSettings(writers=ALL_WRITERS, judge=JUDGE, quorum=3, on_no_quorum=to)
    return compete(tmp_path, answers, settings=settings, **told)


def test_a_single_usable_prompt_is_taken_where_the_settings_say_so_and_that_is_on_record(tmp_path):
    endings, candidates, calls = fall_back(tmp_path, "single", {WRITERS[0]: REFUSES}, times=2)
    for winner in endings:
        assert (winner.model, winner.prompt, winner.score) == (WRITERS[1], PROMPTS[WRITERS[1]], None)
        assert winner.fallback.startswith(
            f"single: 2 of 3 writers gave a usable prompt, and 3 are needed: {WRITERS[0]}: the prompt describes no"
        )
    assert endings[1].reused
    assert {row[1]: row[6] for row in candidates} == {WRITERS[0]: False, WRITERS[1]: True, ALL_WRITERS[2]: False}
    assert [call[0] for call in calls] == ["writer"] * 3


def test_the_template_is_taken_where_the_settings_say_so_and_that_is_on_record(tmp_path):
    endings, candidates, _ = fall_back(tmp_path, "template", dict.fromkeys(ALL_WRITERS, REFUSES), times=2)
    for winner in endings:
        assert (winner.model, winner.prompt) == ("template", draft_of(wanted()).text)
        assert winner.fallback.startswith("template: 0 of 3 writers gave a usable prompt, and 3 are needed: ")
    assert [row[6] for row in candidates] == [False] * 3


def test_where_nobody_is_of_use_there_is_no_single_prompt_to_take(tmp_path):
    (failed,), _, _ = fall_back(tmp_path, "single", dict.fromkeys(ALL_WRITERS, REFUSES))
    assert isinstance(failed, Failed)


def test_what_was_fallen_back_on_is_no_winner_once_that_is_not_allowed_any_more(tmp_path):
    (fallback,), _, _ = fall_back(tmp_path, "template", {WRITERS[0]: REFUSES})
    (winner,), _, _ = compete(tmp_path, {JUDGE: scores(3, 5, 7)}, settings=THREE)
    assert fallback.model == "template"
    assert (winner.score, winner.fallback) == (7, "")
    (found,), _, _ = fall_back(tmp_path, "template", {})
    assert (found.score, found.reused) == (7, True)


def test_a_writer_that_only_says_what_it_was_told_loses_by_name(tmp_path):
    echo = says({"prompt": "You write prompts for text-to-image models, one better prompt for a lantern."})
    (failed,), candidates, _ = compete(tmp_path, {WRITERS[0]: echo}, settings=SETTINGS)
    assert isinstance(failed, Failed)
    assert candidates[0][10].startswith("echo: ")


def test_a_ladders_single_writer_needs_no_other(tmp_path):
    settings = SETTINGS.model_copy(update={"writers": WRITERS[:1]})
    (winner,), _, calls = compete(tmp_path, {WRITERS[0]: writes(WRITERS[0])}, settings=settings)
    assert (winner.model, winner.score, len(calls)) == (WRITERS[0], None, 1)
