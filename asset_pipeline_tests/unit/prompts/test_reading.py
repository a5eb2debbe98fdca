"""JSON is found in what a model says, wherever it stands; what is cut off is never made whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.prompts.reading import json_in

OBJECTS = st.dictionaries(
    st.text(max_size=6), st.recursive(st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)),
    min_size=1, max_size=4,
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '{"said": "yes"}',
        '\n\n \t{"said": "yes"}\n',
        '```json\n{"said": "yes"}\n```',
        '```\n{"said": "yes"}\n```',
        '```json{"said": "yes"}```',
        'Here it is:\n\n```json\n{"said": "yes"}\n```\n\nAnything else?',
        'Sure: {"said": "yes"}',
        '{"said": "yes"} I hope that helps.',
        'Use {curly} braces: {"said": "yes"}. Or {"said": "no"}.',
        'I thought:\n```text\nhm\n```\n{ "said" : "yes" }',
        'Here:\n```json\n{"said": "yes"}',
    ],
)
def test_json_is_found_alone_in_a_fence_or_among_words(text):
    assert json_in(text) == {"said": "yes"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "yes",
        '{"said": "ye',
        '```json\n{"said": "ye',
        'Sure: {"said": ["yes", ',
        '{"verdicts": [{"candidate": "A"}, {"cand',
        '{"said": "yes",}',
        "{'said': 'yes'}",
        "[" * 100_000,
        '{"a":' * 100_000,
        "{" * 100_000,
    ],
)
def test_what_is_cut_off_or_is_no_json_stays_unread(text):
    assert json_in(text) is None


@given(OBJECTS, st.text(alphabet=st.characters(exclude_characters="{}`"), max_size=20))
def test_any_object_is_found_among_any_words(value, words):
    text = json.dumps(value)
    assert json_in(f"{words}{text}{words}") == value
    assert json_in(f"{words}\n```json\n{text}\n```\n{words}") == value


@given(OBJECTS, st.data())
def test_no_beginning_of_an_object_is_taken_for_the_whole(value, data):
    text = json.dumps(value)
    cut = data.draw(st.integers(0, len(text) - 1))
    assert json_in(text[:cut]) is None
