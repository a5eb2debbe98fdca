"""What has been won stays won: only what decides the worth of a prompt changes the key of its competition."""

import hashlib
import json

import pytest

from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.settings.prompts import Criteria, PromptSettings
from asset_pipeline.settings.providers import ReasoningSettings

DRAFT = Draft("An engraved lantern.", "key")
LITTLE = ReasoningSettings(effort="low")
WRITERS = ("openai/gpt-6-luna", "anthropic/claude-haiku-5.5")
OLD_CRITERIA = {"subject": "0.30", "theme": "0.25", "purpose": "0.25", "craft": "0.20"}


def terms(reasoning=None, of="sandbox", **prompts):
    """Return terms under settings of prompts; `of` is the pipeline's mode."""
    return Terms(PromptSettings(**prompts), reasoning or {}, of)


def key(**told):
    """Return the key of a competition."""
    return terms(**told).key(DRAFT)


def as_first_won(**changed):
    """Return the key under which the first competitions were kept."""
    settings = {
        "mode": "competition",
        "writers": list(WRITERS),
        "judge": "google/gemini-3.5-flash-lite",
        "criteria": OLD_CRITERIA,
        "writer_max_tokens": 600,
        "judge_max_tokens": 800,
    } | changed
    whole = {"stage": "orchestrated_prompt", "mode": "live", "draft": DRAFT.text, "settings": settings}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"writers": ["a/b", "c/d", "e/f"]},
        {"judge": "a/b"},
        {"writer_max_tokens": 700},
        {"judge_max_tokens": 900},
    ],
    ids=",".join or "defaults",
)
def test_what_was_won_before_there_were_briefs_is_found_under_the_same_settings(changed):
    assert key(of="live", **changed) == as_first_won(**changed)


def test_what_one_writer_won_for_want_of_money_is_found_too():
    assert terms(of="live").among(1).key(DRAFT) == as_first_won(writers=[WRITERS[0]])


@pytest.mark.parametrize(
    "changed",
    [
        {"rejudge_margin": "2"},
        {"quorum": 1},
        {"on_no_quorum": "template"},
        {"allocation": "thompson"},
        {"allocation": "thompson", "allocation_writers": 3},
        {"reasoning": {"who/else": LITTLE}},
    ],
    ids=",".join,
)
def test_how_a_prompt_is_found_does_not_have_it_bought_again(changed):
    assert key(**changed) == key()


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "single"},
        {"writers": WRITERS[::-1]},
        {"briefs": {"calm": "Calm above all."}},
        {"criteria": Criteria(innovation="0.20", relevance="0")},
        {"reasoning": {WRITERS[1]: LITTLE}},
        {"reasoning": {"google/gemini-3.5-flash-lite": LITTLE}},
        {"of": "live"},
    ],
    ids=",".join,
)
def test_what_decides_the_worth_of_a_prompt_changes_the_key(changed):
    assert key(**changed) != key()


def test_a_brief_counts_for_those_who_write_under_it_and_by_its_words_alone():
    one = key(briefs={"calm": "Calm above all."})
    assert key(briefs={"quiet": "Calm above all."}) == one
    assert key(briefs={"calm": "Loud."}) != one
    built_in = {"a": "One.", "b": "Two."}
    assert key(briefs=built_in | {"c": "Three."}) == key(briefs=built_in)


def test_a_single_writers_prompt_depends_on_that_writer_alone():
    alone = key(mode="single", writers=("a/one",))
    assert key(mode="single", writers=("a/one", "b/two"), judge="c/three", judge_max_tokens=900) == alone
    assert key(mode="single", writers=("b/two", "a/one")) != alone
    assert key(mode="single", writers=("a/one",), reasoning={"google/gemini-3.5-flash-lite": LITTLE}) == alone
    assert key(mode="single", writers=("a/one",), reasoning={"a/one": LITTLE}) != alone


def test_what_was_fallen_back_on_counts_only_while_that_is_allowed():
    fail, single, template = (terms(on_no_quorum=name).keys(DRAFT) for name in ("fail", "single", "template"))
    assert fail == (key(),)
    assert single[0] == template[0] == key()
    assert len({*fail, *single, *template}) == 3


def test_the_template_is_the_template_whatever_else_is_set():
    assert terms(mode="template", judge="a/b", on_no_quorum="single").keys(DRAFT) == (key(mode="template"),)
