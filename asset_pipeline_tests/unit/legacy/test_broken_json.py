"""JSON that was cut off, or has something in it that is no JSON: all that is whole is saved."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.legacy.broken_json import read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.lists(st.fixed_dictionaries({"id": st.text(max_size=9), "rest": VALUES}), max_size=6)


@given(ENTRIES, st.data())
def test_of_a_log_that_was_cut_off_anywhere_every_whole_entry_is_saved(entries, data):
    text = json.dumps({"total_cost": 1, "transactions": entries}, ensure_ascii=False)
    cut = data.draw(st.integers(0, len(text)))
    whole, position = 0, text.index("[") + 1
    for entry in entries:
        position += len(json.dumps(entry, ensure_ascii=False))
        whole += position <= cut
        position += len(", ")
    got = read_json(text[:cut])
    saved = (got.value or {}).get("transactions") or []
    assert saved[:whole] == entries[:whole]
    assert len(saved) <= whole + 1


@given(st.text(max_size=60) | st.text(alphabet='{}[]",:\\1a ', max_size=40))
def test_no_text_is_too_strange(text):
    read_json(text)


def test_entries_behind_a_broken_one_are_saved_with_their_lines():
    text = '{"transactions": [\n {"id": "a", "cost": 0.1},\n {"id": "b", "output": <File at 0x1>},\n {"id": "c"}\n]}'
    got = read_json(text)
    assert got.value == {"transactions": [{"id": "a", "cost": Decimal("0.1")}, {"id": "b"}]}
    assert got.more == ((4, {"id": "c"}),)
    assert got.problem == "no valid JSON from line 3 on: Expecting value"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d"', "\ufffd"),
        (r'"x\uDE00"', "x\ufffd"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        ("NaN", None),
        ("-7", -7),
        ("9" * 5000, Decimal("9" * 5000)),
        ("1e99999999999999999999", None),
    ],
)
def test_half_a_character_and_what_is_no_number_stop_nothing(text, value):
    assert read_json(text).value == value


def test_half_a_character_behind_the_broken_place_stops_nothing_either():
    got = read_json(r'[{"id": "a"}, <nothing>, {"id": "b", "said": "\ud83d"}]')
    assert got.more == ((1, {"id": "b", "said": "\ufffd"}),)


@pytest.mark.parametrize("text", ["", "no", "[" * 100_000, '{"a": ' * 100_000, "[" * 900 + "]" * 900])
def test_what_is_no_json_has_no_value_and_a_problem(text):
    got = read_json(text)
    assert got.problem
    assert not got.value
