"""What a writer is told, each under a brief of its own, and how its answer is read."""

import json

import pytest

from asset_pipeline.prompts.briefs import BUILT_IN, Brief, Writer, writers_of
from asset_pipeline.prompts.disqualify import Disqualified, Fault
from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.writing import read_written, writer_question
from asset_pipeline.settings.prompts import MAX_WRITERS, PromptSettings
from asset_pipeline_tests.support.wanted import wanted

DRAFT = Draft("An engraved icon of a lantern, teal on pale blue, centred on a plain ground.", "key")
WRITER = Writer("a/b", Brief("calm", "Calm above all."))
GOOD = "An engraved brass lantern with one glowing pane, teal on pale blue."


def test_a_writer_is_told_the_draft_the_kind_the_size_and_what_to_avoid():
    image = wanted(type="letter_headers", width=1920)
    text = writer_question(image, DRAFT, WRITER, PromptSettings()).messages[-1]["content"]
    for said in (DRAFT.text, "letter headers", "1920x64", "text, people"):
        assert said in text


def test_writers_get_the_same_words_but_for_their_briefs():
    settings = PromptSettings(writers=("a/one", "b/two", "c/three"))
    questions = [writer_question(wanted(), DRAFT, writer, settings) for writer in writers_of(settings)]
    assert [one.model for one in questions] == list(settings.writers)
    systems = [one.messages[0]["content"] for one in questions]
    assert [one.partition("What you are after: ")[2] for one in systems] == list(BUILT_IN.values())[:3]
    assert len({one.partition("What you are after: ")[0] for one in systems}) == 1
    assert len({json.dumps(one.messages[1:]) for one in questions}) == 1


def test_there_are_enough_briefs_for_the_most_writers_and_the_first_three_are_those_that_are_promised():
    writers = writers_of(PromptSettings(writers=tuple(f"a/{n}" for n in range(MAX_WRITERS))))
    assert len({writer.brief.text for writer in writers}) == MAX_WRITERS
    names = [writer.brief.name for writer in writers]
    assert names[:3] == ["emotional_depth", "brand_and_craft", "technical_precision"]


def test_briefs_of_the_settings_come_first_in_their_order_and_built_in_ones_follow():
    briefs = {"loud": "Be loud.", "brand_and_craft": "Ours.", "calm": "Be calm."}
    settings = PromptSettings(writers=("a/1", "a/2", "a/3", "a/4", "a/5"), briefs=briefs)
    assert [(one.brief.name, one.brief.text) for one in writers_of(settings)] == [
        ("loud", "Be loud."),
        ("brand_and_craft", "Ours."),
        ("calm", "Be calm."),
        ("emotional_depth", BUILT_IN["emotional_depth"]),
        ("technical_precision", BUILT_IN["technical_precision"]),
    ]


@pytest.mark.parametrize(("mode", "count"), [("competition", 2), ("single", 1), ("template", 0)])
def test_who_writes_depends_on_the_mode(mode, count):
    assert [one.model for one in writers_of(PromptSettings(mode=mode))] == list(PromptSettings().writers[:count])


@pytest.mark.parametrize("answer", [None, "prose", [], {}, {"prompt": None}, {"prompt": ["a"]}])
def test_an_answer_of_another_form_does_not_compete(answer):
    read = read_written(answer, DRAFT, WRITER)
    assert read == Disqualified("the answer is not the JSON that was asked for", fault=Fault.MALFORMED)


def test_a_prompt_is_looked_at_as_it_came_with_its_lines():
    read = read_written({"prompt": f"- {GOOD}\n- {GOOD}"}, DRAFT, WRITER)
    assert read.fault is Fault.LIST


def test_a_brief_that_comes_back_as_the_prompt_does_not_compete():
    writer = Writer("a/b", Brief("calm", "Still water, one stone, no wind, nothing that moves or wants to be noticed."))
    assert read_written({"prompt": writer.brief.text}, DRAFT, writer).fault is Fault.ECHO
    assert read_written({"prompt": writer.brief.text}, DRAFT, WRITER).prompt == writer.brief.text


def test_a_writers_answer_is_read_without_stray_spaces_and_what_is_missing_is_empty():
    read = read_written({"prompt": f"  {GOOD}\n", "negative_prompt": None}, DRAFT, WRITER)
    assert (read.prompt, read.negative_prompt, read.rationale) == (GOOD, "", "")


def test_halves_of_characters_that_no_database_takes_are_left_out():
    cut = "\ud83d"
    read = read_written({"prompt": GOOD + cut, "negative_prompt": cut, "rationale": cut}, DRAFT, WRITER)
    assert (read.prompt, read.negative_prompt, read.rationale) == (GOOD, "", "")
