"""Judging: blind to names and order, twice where it is close, and every score with where it comes from."""

import asyncio
import hashlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.prompts.briefs import Brief, Writer
from asset_pipeline.prompts.chat import Bought
from asset_pipeline.prompts.judging import Score, Verdict
from asset_pipeline.prompts.panel import Entry, Judged, in_judging_order
from asset_pipeline.prompts.writing import Written
from asset_pipeline.results import Failed
from asset_pipeline.settings.prompts import Criteria, PromptSettings
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.prompts.scripted import ALL_CRITERIA, ScriptedModels, desk, says, scored, spender
from asset_pipeline_tests.unit.prompts.test_competition import JUDGE, PROMPTS, SETTINGS, WRITERS, draft_of, writes

CRITERIA = Criteria()


def hold(tmp_path, *answers, settings=SETTINGS):
    """Hold a competition whose judge gives these answers in turn; return the ending, the scores and the calls."""
    given_answers = iter(answers)
    models = ScriptedModels(
        {model: writes(model) for model in WRITERS}, reads={JUDGE: lambda _body: says(next(given_answers))}
    )
    image = wanted()

    async def run():
        async with desk(tmp_path, models) as at:
            ending = await at.competition(settings).run(spender(image), draft_of(image))
            marks = at.rows(
                "SELECT position, round, criterion, score, reason, judge_model, judge_call_id, answer_sha256, mode"
                " FROM prompt_scores ORDER BY ALL"
            )
            calls = at.rows(
                "SELECT c.call_id, l.answer_sha256, c.answer, c.request FROM calls c JOIN ledger l USING (call_id)"
                " WHERE kind = 'judge' AND answer_sha256 IS NOT NULL ORDER BY c.created_at"
            )
            stored = at.rows("SELECT score, scores FROM prompt_candidates ORDER BY position")
            return ending, marks, calls, stored

    return asyncio.run(run())


def order_in(request):
    """Return the prompts in the order in which a judge saw them."""
    text = json.loads(request)["messages"][-1]["content"]
    return sorted((prompt for prompt in PROMPTS.values() if prompt in text), key=text.index)


def test_a_clear_lead_is_judged_once(tmp_path):
    winner, marks, calls, _ = hold(tmp_path, scored(6, 7))
    assert winner.score == 7
    assert len(calls) == 1
    assert {mark[1] for mark in marks} == {1}


def test_a_close_one_is_judged_again_in_opposite_order_and_the_scores_are_averaged(tmp_path):
    # The first judging has the second ahead by a little, the second one the first by a lot: B then is A now.
    winner, _, calls, stored = hold(tmp_path, scored(6.9, 7), scored(5, 8))
    assert order_in(calls[0][3]) == order_in(calls[1][3])[::-1]
    assert [row[0] for row in stored] == [Decimal("7.45"), Decimal("6")]
    assert winner.prompt == order_in(calls[0][3])[0]
    assert winner.score == Decimal("7.45")
    assert {Decimal(text) for text in json.loads(stored[0][1]).values()} == {Decimal("7.45")}
    assert winner.cost_usd == Decimal("0.004")


@pytest.mark.parametrize(("margin", "times"), [("0", 1), ("0.1", 1), ("0.1001", 2), ("10", 2)])
def test_what_is_close_is_a_setting(tmp_path, margin, times):
    settings = PromptSettings(writers=WRITERS, judge=JUDGE, rejudge_margin=margin)
    _, _, calls, _ = hold(tmp_path, scored(6.9, 7), scored(7, 6.9), settings=settings)
    assert len(calls) == times


def test_where_the_second_judging_is_of_no_use_nobody_has_won(tmp_path):
    ending, marks, _, _ = hold(tmp_path, scored(7, 7), {"verdicts": []})
    assert isinstance(ending, Failed)
    assert marks == []


def test_every_score_carries_its_judge_its_call_its_sentence_and_the_hash_of_the_raw_answer(tmp_path):
    _, marks, calls, _ = hold(tmp_path, scored(7, 7.1), scored(6, 6.3))
    by_call = {call[0]: call[1] for call in calls}
    assert len(by_call) == 2
    assert all(len(digest) == 64 for digest in by_call.values())
    assert len(marks) == 2 * 2 * len(ALL_CRITERIA)
    for position, turn, criterion, score, reason, judge, call_id, digest, mode in marks:
        place = position if turn == 1 else 1 - position
        assert score == [[Decimal(7), Decimal("7.1")], [Decimal(6), Decimal("6.3")]][turn - 1][place]
        assert (reason, judge, mode) == (f"Place {place}, {criterion}.", JUDGE, "sandbox")
        assert (call_id, digest) == (calls[turn - 1][0], by_call[call_id])


def entry(number, model, text, usd):
    """Return a prompt that competes."""
    written = Written(text, "", "")
    paid = Decimal(usd)
    return Entry(Writer(model, Brief(f"brief-{number}", "Be.")), Bought(f"call-{number}", written, paid, paid))


def taste(text, name):
    """Score a text by what it says."""
    return Decimal(int(hashlib.sha256(f"{text}{name}".encode()).hexdigest()[:6], 16) % 1001) / 100


def judged(entries, key, *, coarse=False):
    """Judge entries by their texts, as a fair judge would."""

    def points(text, name):
        return Decimal(int(taste(text, name)) // 6 * 6) if coarse else taste(text, name)

    def verdicts(shown):
        return [Verdict({n: Score(points(e.prompt, n), "") for n in CRITERIA.weights()}) for e in shown]

    shown = in_judging_order(entries, key)
    return Judged(shown, (Bought("j", verdicts(shown), Decimal(0), Decimal(0)),), CRITERIA)


prompts = st.lists(st.text("abcdef ", min_size=1, max_size=12), min_size=2, max_size=8, unique=True)
names = st.permutations([f"maker/{letter}" for letter in "abcdefgh"])


@given(
    texts=prompts,
    order=st.randoms(use_true_random=False),
    one=names,
    other=names,
    prices=st.lists(st.sampled_from(["0.001", "0.002"]), min_size=8, max_size=8),
    keys=st.tuples(st.text(max_size=3), st.text(max_size=3)),
    coarse=st.booleans(),
)
def test_order_names_and_the_seed_of_the_order_do_not_move_the_result(texts, order, one, other, prices, keys, coarse):
    entries = [entry(n, one[n], text, prices[n]) for n, text in enumerate(texts)]
    renamed = [entry(7 - n, other[n], text, prices[n]) for n, text in enumerate(texts)]
    order.shuffle(renamed)
    first, second = (judged(some, key, coarse=coarse) for some, key in zip((entries, renamed), keys, strict=True))
    assert first.entries[first.best].prompt == second.entries[second.best].prompt
    assert max(first.totals) == first.totals[first.best] == second.totals[second.best]


@given(texts=prompts, one=names, other=names, key=st.text(max_size=3))
def test_the_judge_sees_the_same_texts_in_the_same_order_whoever_wrote_them(texts, one, other, key):
    orders = [
        [e.prompt for e in in_judging_order([entry(n, who[n], text, "0.001") for n, text in enumerate(texts)], key)]
        for who in (one, other)
    ]
    assert orders[0] == orders[1]
