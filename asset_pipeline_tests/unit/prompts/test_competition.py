"""The competition: the best prompt wins by the judge's scores, and nothing is paid twice."""

import asyncio
import json
from decimal import Decimal

import pytest

from asset_pipeline.prompts import PromptRenderer, Winner
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.settings import PromptSettings
from asset_pipeline_tests.support.specs import TITLES
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.prompts.scripted import ScriptedModels, desk, refuses, says, spender

WRITERS = ("zeuxis/musa-9", "quillon/penna-4")
JUDGE = "momus/censor-1"
SETTINGS = PromptSettings(writers=WRITERS, judge=JUDGE)
PROMPTS = {model: f"An engraved lantern, teal on pale blue, as {model[::-1]} sees it." for model in WRITERS}


def writes(model, **told):
    """Return a writer that gives its prompt."""
    return says({"prompt": PROMPTS[model], "negative_prompt": "text", "rationale": "Clearer."}, **told)


def scores(*by_position):
    """Return a judge that scores by position only."""
    criteria = ("subject", "theme", "purpose", "craft")
    verdicts = [
        {"candidate": "AB"[n], "scores": dict.fromkeys(criteria, score), "reason": f"Place {n}."}
        for n, score in enumerate(by_position)
    ]
    return says({"verdicts": verdicts}, usage={"cost": 0.002})


def compete(tmp_path, answers, *, image=None, times=1, settings=SETTINGS):
    """Hold a competition, each time with an empty memory; return the endings, and a way to ask the database."""
    image = image or wanted()
    draft = PromptRenderer().render(image)
    models = ScriptedModels({WRITERS[0]: writes(WRITERS[0]), WRITERS[1]: writes(WRITERS[1])} | answers)

    async def run():
        async with desk(tmp_path, models) as at:
            endings = []
            for _ in range(times):
                competition = at.competition(settings)
                await competition.load([draft])
                endings.append(await competition.run(spender(image), draft))
            candidates = at.rows(
                "SELECT position, model, prompt, score, scores, reason, won, cost_usd, judge_call_id IS NULL"
                " FROM prompt_candidates ORDER BY position"
            )
            calls = at.rows("SELECT kind, outcome, cost_usd, request FROM calls ORDER BY created_at, model")
            return endings, candidates, calls

    return asyncio.run(run())


@pytest.mark.parametrize("best", [0, 1])
def test_the_prompt_with_the_highest_score_wins_and_all_candidates_are_kept(tmp_path, best):
    given = [6, 6]
    given[best] = 9
    (winner,), candidates, calls = compete(tmp_path, {JUDGE: scores(*given)})
    assert [row[0] for row in candidates] == [0, 1]
    assert {row[1]: row[2] for row in candidates} == PROMPTS
    assert [row[3] for row in candidates] == given
    assert json.loads(candidates[best][4]) == dict.fromkeys(("subject", "theme", "purpose", "craft"), "9")
    assert [(row[5], row[6], row[7]) for row in candidates] == [
        (f"Place {n}.", n == best, Decimal("0.001")) for n in (0, 1)
    ]
    assert (winner.model, winner.prompt, winner.score) == (candidates[best][1], candidates[best][2], 9)
    assert winner.cost_usd == sum(call[2] for call in calls) == Decimal("0.004")


@pytest.mark.parametrize("cheaper", WRITERS)
def test_a_tie_goes_to_the_cheaper_writer(tmp_path, cheaper):
    (winner,), _, _ = compete(tmp_path, {cheaper: writes(cheaper, usage={"cost": 0.0004}), JUDGE: scores(8, 8)})
    assert (winner.model, winner.score) == (cheaper, 8)


def test_a_tie_between_equally_dear_writers_goes_to_the_first_that_was_judged(tmp_path):
    (winner,), candidates, _ = compete(tmp_path, {JUDGE: scores(8, 8)})
    assert winner.model == candidates[0][1]


def test_the_order_of_candidates_is_not_the_order_of_writers_and_is_the_same_every_time(tmp_path):
    def first_of(title, folder):
        _, candidates, _ = compete(tmp_path / folder, {JUDGE: scores(5, 5)}, image=wanted(title=title))
        return candidates[0][1]

    firsts = [first_of(title, title) for title in TITLES[:8]]
    assert set(firsts) == set(WRITERS)
    assert [first_of(title, f"again-{title}") for title in TITLES[:3]] == firsts[:3]


def test_the_judges_request_as_it_was_kept_names_no_writer(tmp_path):
    _, _, calls = compete(tmp_path, {JUDGE: scores(5, 6)})
    (request,) = [json.loads(call[3]) for call in calls if call[0] == "judge"]
    assert request.pop("model") == JUDGE
    text = json.dumps(request)
    assert all(prompt in text for prompt in PROMPTS.values())
    assert not any(part in text for model in WRITERS for part in model.split("/"))


@pytest.mark.parametrize("failing", WRITERS)
@pytest.mark.parametrize(
    ("answer", "cost"),
    [(refuses(422, "no such parameter"), "0"), (says("prose"), "0.001"), (says({"prompt": "short"}), "0.001")],
    ids=["refused", "rubbish", "too-short"],
)
def test_where_one_writer_fails_the_other_wins_unjudged(tmp_path, failing, answer, cost):
    (winner,), candidates, calls = compete(tmp_path, {failing: answer, JUDGE: scores(1, 1)})
    (other,) = set(WRITERS) - {failing}
    assert (winner.model, winner.prompt, winner.score) == (other, PROMPTS[other], None)
    assert [(row[1], row[3], row[6], row[8]) for row in candidates] == [(other, None, True, True)]
    assert {call[0] for call in calls} == {"writer"}
    assert sum(call[2] for call in calls) == Decimal("0.001") + Decimal(cost)


def test_where_all_writers_fail_the_image_fails_with_every_reason(tmp_path):
    answers = {WRITERS[0]: says("prose"), WRITERS[1]: refuses(404, "gone")}
    (failed,), candidates, calls = compete(tmp_path, answers)
    assert isinstance(failed, Failed)
    assert f"{WRITERS[0]}: the answer is not the JSON" in failed.reason
    assert "HTTP 404: gone" in failed.reason
    assert candidates == []
    assert sum(call[2] for call in calls) == Decimal("0.001")


def test_where_one_writer_drafts_nothing_new_its_answer_does_not_compete(tmp_path):
    draft = PromptRenderer().render(wanted()).text
    (winner,), _, _ = compete(tmp_path, {WRITERS[0]: says({"prompt": draft})})
    assert winner.model == WRITERS[1]


@pytest.mark.parametrize(
    "answer",
    [says("I like both."), says({"verdicts": [{"candidate": ["A"]}]}), says({"verdicts": 2}), scores(5), scores(11, 5)],
    ids=["prose", "odd-label", "number", "one-missing", "too-high"],
)
def test_a_judge_that_answers_rubbish_fails_the_image_is_paid_and_is_asked_again_alone(tmp_path, answer):
    endings, candidates, calls = compete(tmp_path, {JUDGE: answer}, times=2)
    assert all(isinstance(one, Failed) and JUDGE in one.reason for one in endings)
    assert candidates == []
    assert [call[:2] for call in calls].count(("writer", "succeeded")) == 2
    assert [call[:2] for call in calls].count(("judge", "unusable")) == 2
    assert all(call[2] > 0 for call in calls)


@pytest.mark.parametrize("lost", [*WRITERS, JUDGE])
def test_a_lost_answer_holds_the_image_and_nobody_wins_meanwhile(tmp_path, lost):
    (ending,), candidates, calls = compete(tmp_path, {JUDGE: scores(5, 6), lost: refuses(502, "bad gateway")})
    assert isinstance(ending, Waiting)
    assert candidates == []
    assert [call[1] for call in calls].count(None) == 1


def test_what_was_won_before_is_found_again_at_no_cost(tmp_path):
    (first, second, third), candidates, calls = compete(tmp_path, {JUDGE: scores(5, 6)}, times=3)
    assert len(calls) == 3
    assert len(candidates) == 2
    assert first.cost_usd == Decimal("0.004")
    for again in (second, third):
        assert (again.prompt, again.score, again.reused, again.cost_usd) == (first.prompt, first.score, True, 0)
        assert again.candidates == first.candidates


def test_equal_wishes_at_the_same_moment_hold_one_competition(tmp_path):
    images = [wanted(slug=f"lantern-{n}", variant=n) for n in range(1, 5)]
    draft = PromptRenderer().render(images[0])
    models = ScriptedModels({model: writes(model) for model in WRITERS} | {JUDGE: scores(5, 6)})

    async def run():
        async with desk(tmp_path, models) as at:
            competition = at.competition(SETTINGS)
            endings = await asyncio.gather(*(competition.run(spender(image), draft) for image in images))
            return endings, at.rows("SELECT count(*), sum(cost_usd) FROM calls")

    endings, rows = asyncio.run(run())
    assert {one.prompt for one in endings} == {endings[0].prompt}
    assert sorted(one.cost_usd for one in endings) == [0, 0, 0, Decimal("0.004")]
    assert rows == [(3, Decimal("0.004"))]


def test_in_template_mode_the_draft_is_the_prompt_and_nobody_is_asked(tmp_path):
    (winner,), candidates, calls = compete(tmp_path, {}, settings=PromptSettings(mode="template"))
    assert isinstance(winner, Winner)
    assert winner.prompt == PromptRenderer().render(wanted()).text
    assert (winner.model, winner.cost_usd, candidates, calls) == ("template", 0, [], [])
