"""The competition: the best prompt wins by the judge's scores, and nothing is paid twice."""

import asyncio
import hashlib
import json
from decimal import Decimal

import pytest

from asset_pipeline.prompts import Draft, Winner
from asset_pipeline.prompts.briefs import BUILT_IN
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.settings.prompts import PromptSettings
from asset_pipeline_tests.support.specs import TITLES
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.prompts.scripted import (
    ALL_CRITERIA,
    ScriptedModels,
    desk,
    judges,
    refuses,
    says,
    scored,
    spender,
)

WRITERS = ("zeuxis/musa-9", "quillon/penna-4")
THIRD = "apelles/linea-2"
JUDGE = "momus/censor-1"
SETTINGS = PromptSettings(writers=WRITERS, judge=JUDGE)
ALL_WRITERS = (*WRITERS, THIRD)
THREE = PromptSettings(writers=ALL_WRITERS, judge=JUDGE)
PROMPTS = {model: f"An engraved lantern, teal on pale blue, as {model[::-1]} sees it." for model in ALL_WRITERS}
REFUSAL = "I can't help with creating this image, as it may be misleading to people."


def draft_of(image):
    """Return what is wanted, in a few words."""
    text = f"An icon of {image.title.lower()}, drawn calmly in two colours on plain paper."
    return Draft(text, hashlib.sha256(text.encode()).hexdigest())


def writes(model, **told):
    """Return a writer that gives its prompt."""
    return says({"prompt": PROMPTS[model], "negative_prompt": "text", "rationale": "Clearer."}, **told)


def scores(*by_position):
    """Return a judge that scores by position only."""
    return says(scored(*by_position), usage={"cost": 0.002})


def compete(tmp_path, answers, *, image=None, times=1, settings=SETTINGS, reads=None):
    """Hold a competition, each time with an empty memory; return the endings, and a way to ask the database."""
    image = image or wanted()
    draft = draft_of(image)
    models = ScriptedModels({model: writes(model) for model in ALL_WRITERS} | answers, reads=reads or {})

    async def run():
        async with desk(tmp_path, models) as at:
            endings = []
            for _ in range(times):
                competition = at.competition(settings)
                await competition.load([draft])
                endings.append(await competition.run(spender(image), draft))
            candidates = at.rows(
                "SELECT position, model, prompt, score, scores, reason, won, cost_usd, judge_call_id IS NULL, brief,"
                " disqualified FROM prompt_candidates ORDER BY position"
            )
            calls = at.rows("SELECT kind, outcome, cost_usd, request, call_id FROM calls ORDER BY created_at, model")
            return endings, candidates, calls

    return asyncio.run(run())


@pytest.mark.parametrize("best", [0, 1])
def test_the_prompt_with_the_highest_score_wins_and_all_candidates_are_kept(tmp_path, best):
    given = [6, 6]
    given[best] = 9
    (winner,), candidates, calls = compete(tmp_path, {JUDGE: scores(*given)})
    assert [row[0] for row in candidates] == [0, 1]
    assert {row[1]: row[2] for row in candidates} == {model: PROMPTS[model] for model in WRITERS}
    assert [row[3] for row in candidates] == given
    assert {name: Decimal(text) for name, text in json.loads(candidates[best][4]).items()} == (
        dict.fromkeys(ALL_CRITERIA, 9)
    )
    assert [(row[6], row[7]) for row in candidates] == [(n == best, Decimal("0.001")) for n in (0, 1)]
    assert candidates[0][5].startswith("Place 0, emotional_intelligence. Place 0, luxury_aesthetic.")
    assert {row[1]: row[9] for row in candidates} == dict(zip(WRITERS, BUILT_IN, strict=False))
    assert (winner.model, winner.prompt, winner.score) == (candidates[best][1], candidates[best][2], 9)
    assert winner.cost_usd == sum(call[2] for call in calls) == Decimal("0.004")


def test_the_three_of_a_seeded_set_are_judged_by_their_texts_and_each_wins_some(tmp_path):
    def worth(prompt):
        return int(hashlib.sha256(prompt.encode()).hexdigest()[:4], 16) % 1000 / 100

    winners = []
    for title in TITLES[:8]:
        answers = {
            model: says({"prompt": f"{PROMPTS[model]} For {title}.", "negative_prompt": "", "rationale": ""})
            for model in ALL_WRITERS
        }
        image = wanted(title=title)
        (winner,), candidates, _ = compete(
            tmp_path / title, answers, image=image, settings=THREE, reads={JUDGE: judges(worth)}
        )
        best = max(candidates, key=lambda row: worth(row[2]))
        assert (winner.model, winner.prompt) == best[1:3]
        assert winner.score == max(row[3] for row in candidates)
        winners.append(winner.model)
    assert set(winners) == set(ALL_WRITERS)


def test_each_writer_is_asked_under_its_own_brief(tmp_path):
    _, _, calls = compete(tmp_path, {JUDGE: scores(1, 5, 9)}, settings=THREE)
    asked = {}
    for call in calls:
        request = json.loads(call[3])
        asked[request["model"]] = request["messages"][0]["content"].partition("What you are after: ")[2]
    assert [asked[model] for model in ALL_WRITERS] == list(BUILT_IN.values())[:3]


@pytest.mark.parametrize("cheaper", WRITERS)
def test_a_tie_goes_to_the_cheaper_writer(tmp_path, cheaper):
    (winner,), _, _ = compete(tmp_path, {cheaper: writes(cheaper, usage={"cost": 0.0004}), JUDGE: scores(8, 8)})
    assert (winner.model, winner.score) == (cheaper, 8)


@pytest.mark.parametrize("cheaper", WRITERS)
def test_a_tie_goes_to_the_cheaper_writer_even_if_its_answer_was_bought_before(tmp_path, cheaper):
    told = {cheaper: writes(cheaper, usage={"cost": 0.0004})}
    (failed,), _, _ = compete(tmp_path, told | {JUDGE: says("No idea.")})
    assert isinstance(failed, Failed)
    (winner,), _, _ = compete(tmp_path, {JUDGE: scores(8, 8)})
    assert winner.model == cheaper


def test_a_tie_between_equally_dear_writers_goes_by_the_text_alone(tmp_path):
    won = {
        compete(tmp_path / title, {JUDGE: scores(8, 8)}, image=wanted(title=title))[0][0].model
        for title in TITLES[5:11]
    }
    assert len(won) == 1


def test_the_order_of_candidates_is_not_the_order_of_writers_and_is_the_same_every_time(tmp_path):
    def first_of(title, folder):
        _, candidates, _ = compete(tmp_path / folder, {JUDGE: scores(5, 5)}, image=wanted(title=title))
        return candidates[0][1]

    firsts = [first_of(title, title) for title in TITLES[5:11]]
    assert set(firsts) == set(WRITERS)
    assert [first_of(title, f"again-{title}") for title in TITLES[5:8]] == firsts[:3]


def test_the_judges_request_as_it_was_kept_names_no_writer_and_no_brief(tmp_path):
    _, _, calls = compete(tmp_path, {JUDGE: scores(5, 6)})
    (request,) = [json.loads(call[3]) for call in calls if call[0] == "judge"]
    assert request.pop("model") == JUDGE
    text = json.dumps(request)
    assert all(PROMPTS[model] in text for model in WRITERS)
    assert not any(part in text for model in WRITERS for part in model.split("/"))
    assert not any(name in text or brief in text for name, brief in BUILT_IN.items())


def test_what_one_competition_has_won_another_image_of_the_same_wish_shares(tmp_path):
    images = [wanted(slug=f"lantern-{n}", variant=n) for n in range(1, 5)]
    draft = draft_of(images[0])
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


def test_a_competition_that_failed_is_paid_once_and_fails_every_image_of_the_same_wish(tmp_path):
    images = [wanted(slug=f"lantern-{n}", variant=n) for n in range(1, 5)]
    models = ScriptedModels({model: writes(model) for model in WRITERS} | {JUDGE: says("I like both.")})

    async def run():
        async with desk(tmp_path, models) as at:
            competition = at.competition(SETTINGS)
            draft = draft_of(images[0])
            endings = await asyncio.gather(*(competition.run(spender(image), draft) for image in images))
            return endings, at.rows("SELECT kind, count(*) FROM calls GROUP BY kind ORDER BY kind")

    endings, calls = asyncio.run(run())
    assert all(isinstance(one, Failed) and JUDGE in one.reason for one in endings)
    assert calls == [("judge", 1), ("writer", 2)]


@pytest.mark.parametrize(
    "answer",
    [
        says("I like both."),
        says({"verdicts": [{"candidate": ["A"]}]}),
        says({"verdicts": 2}),
        scores(5),
        scores(11, 5),
    ],
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


def test_a_single_writer_is_asked_alone_under_the_first_brief_and_nobody_judges(tmp_path):
    (winner,), candidates, calls = compete(tmp_path, {}, settings=PromptSettings(mode="single", writers=ALL_WRITERS))
    assert (winner.model, winner.score, winner.fallback) == (WRITERS[0], None, "")
    assert [(row[1], row[6], row[9]) for row in candidates] == [(WRITERS[0], True, "emotional_depth")]
    assert [call[0] for call in calls] == ["writer"]


def test_in_template_mode_the_draft_is_the_prompt_and_nobody_is_asked(tmp_path):
    (winner,), candidates, calls = compete(tmp_path, {}, settings=PromptSettings(mode="template"))
    assert isinstance(winner, Winner)
    assert winner.prompt == draft_of(wanted()).text
    assert (winner.model, winner.cost_usd, candidates, calls) == ("template", 0, [], [])
