"""YAML that people write: lines are kept, and what YAML would silently swallow, or choke on, is a problem."""

import hashlib
import string

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_pipeline.yamlfile import MAX_DEPTH, parse_yaml, read_yaml, show_key


def problems(text):
    """Return the problems of a text, as text."""
    document = parse_yaml(text, shown="file.yaml")
    return [str(problem) for problem in document.problems]


def only(text):
    """Return the one problem of a text that cannot be used."""
    document = parse_yaml(text, shown="file.yaml")
    assert document.data is None
    assert len(document.problems) == 1
    return str(document.problems[0])


def laughs(item, wrap):
    """Return nine generations of aliases, each with ten of the one before: a billion values in a few lines."""
    lines = [f"a0: &a0 {item}"]
    lines += [f"a{n}: &a{n} {wrap % ', '.join([f'*a{n - 1}'] * 10)}" for n in range(1, 10)]
    return "\n".join(lines)


def test_every_value_knows_its_line_and_how_it_was_written():
    document = parse_yaml("a: 1\nlist:\n  - x: 0x10\n  -\n    y: yes\n", shown="file.yaml")
    assert document.data == {"a": 1, "list": [{"x": 16}, {"y": True}]}
    places = {("a",): 1, ("list",): 2, ("list", 0): 3, ("list", 0, "x"): 3, ("list", 1): 5, ("list", 1, "y"): 5}
    assert {path: document.line(path) for path in places} == places
    assert document.text(("list", 0, "x")) == "0x10"
    assert document.text(("list", 1, "y")) == "yes"
    assert document.text(("list",)) is None


def test_what_is_not_there_is_placed_at_the_nearest_thing_around_it():
    document = parse_yaml("a: 1\nlist:\n  - x: 1\n  - y: 2\n", shown="file.yaml")
    assert document.line(("list", 1, "missing", "deeper")) == 4
    assert document.line(("nothing",)) == 1


def test_a_path_is_shown_as_people_write_it():
    assert show_key(("images", 3, "slug")) == "images[3].slug"
    assert show_key(()) == ""


def test_a_key_written_twice_is_a_problem_that_names_both_lines():
    assert problems("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 2\n") == [
        "file.yaml:5: b.c: written twice; first on line 3",
        "file.yaml:6: a: written twice; first on line 1",
    ]


def test_keys_are_text_however_yaml_would_read_them():
    assert parse_yaml("yes: 1\n1: 2\n2024-01-01: 3\nnull: 4\n", shown="f").data == {
        "yes": 1,
        "1": 2,
        "2024-01-01": 3,
        "null": 4,
    }
    assert problems("yes: 1\nyes: 2\n") == ["file.yaml:2: yes: written twice; first on line 1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "file.yaml: the file is empty"),
        ("# remark\n", "file.yaml: the file is empty"),
        ("a: [1, 2\n", "file.yaml:2: not valid YAML: while parsing a flow sequence"),
        ("a: 1\n\tb: 2\n", "file.yaml:2: not valid YAML: "),
        ("a: 'x\n", "file.yaml:2: not valid YAML: while scanning a quoted scalar"),
        ("a: *nowhere\n", "file.yaml:1: not valid YAML: found undefined alias"),
        ("a: 1\n---\nb: 2\n", "file.yaml:2: not valid YAML: expected a single document"),
        ("a: \x00\n", "file.yaml: not valid YAML: unacceptable character #x0000"),
        ("? [a]\n: b\n", "file.yaml:1: a key must be plain text"),
        ("a:\n  <<: 3\n", "file.yaml:2: a: << must name a mapping"),
        ("a: 2024-13-45\n", "file.yaml:1: a: '2024-13-45' cannot be read: month must be in 1..12; put it in quotes"),
        ("a: !!bool maybe\n", "file.yaml:1: a: 'maybe' cannot be read: "),
        ("a: !!timestamp soon\n", "file.yaml:1: a: 'soon' cannot be read: "),
        ("a: !!int ''\n", "file.yaml:1: a: '' cannot be read: "),
        ("a: !!float ''\n", "file.yaml:1: a: '' cannot be read: "),
        ("a: !!int x\n", "file.yaml:1: a: 'x' cannot be read: "),
        ("a: !mine x\n", "file.yaml:1: a: 'x' cannot be read: could not determine a constructor for the tag '!mine'"),
        ("a: !!python/name:os.system x\n", "file.yaml:1: a: 'x' cannot be read: could not determine a constructor"),
        ("a: !!python/object/apply:os.system [ls]\n", "file.yaml:1: a: the tag tag:yaml.org,2002:python/object/apply"),
        ("a: !!python/object:os.x {b: 1}\n", "file.yaml:1: a: the tag tag:yaml.org,2002:python/object:os.x is not"),
        ("a: !!set {b}\n", "file.yaml:1: a: the tag tag:yaml.org,2002:set is not allowed"),
        ("&a [*a]\n", "file.yaml:1: [0]: the alias contains itself"),
        ("a: &a\n  b:\n    c: *a\n", "file.yaml:1: a.b.c: the alias contains itself"),
        ("a: &a {<<: *a}\n", "file.yaml:1: a: the alias contains itself"),
        (f"a:\n  {'[' * 51}{']' * 51}", "file.yaml:2: nested deeper than 50 levels"),
        ("[" * 100_000, "file.yaml:1: nested deeper than 50 levels"),
        (f"a: {'{b: ' * 60}1{'}' * 60}", "file.yaml:1: nested deeper than 50 levels"),
    ],
)
def test_a_text_that_cannot_be_used_is_one_problem_with_its_line(text, said):
    assert only(text).startswith(said)


@pytest.mark.parametrize(("item", "wrap"), [("[x, x]", "[%s]"), ("{x: y}", "{<<: [%s]}")], ids=["lists", "merges"])
def test_a_billion_laughs_is_refused(item, wrap):
    assert "its aliases expand to more than 1,000,000 values" in only(laughs(item, wrap))


def test_aliases_that_nest_each_other_without_end_are_refused():
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, MAX_DEPTH + 1))]
    assert f"aliases nest deeper than {MAX_DEPTH} levels" in only("\n".join(lines))


def test_a_message_stays_short_however_long_the_value_is():
    assert len(only(f"a: {'9' * 5000}\n")) < 400


def test_aliases_and_merges_within_reason_are_read_as_yaml_says():
    text = "base: &b {size: 1, kind: x}\nmore: &m {size: 2, tone: y}\n"
    text += "one: {<<: *b, size: 3}\ntwo: {<<: [*b, *m]}\nsame: *b\n"
    assert parse_yaml(text, shown="f").data == yaml.safe_load(text)


def test_what_a_mapping_says_itself_keeps_its_line_and_text_beside_what_it_merges():
    document = parse_yaml("base: &b {size: 64x64}\none:\n  <<: *b\n  size: 10\ntwo:\n  <<: *b\n", shown="f")
    assert (document.line(("one", "size")), document.text(("one", "size"))) == (4, "10")
    assert (document.line(("two", "size")), document.text(("two", "size"))) == (1, "64x64")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "file.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    document = read_yaml(path, shown="file.yaml", max_bytes=100)
    assert document.data == {"a": 1}
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("data", [b"\xff\xfea\x00", b"a: \xe9\n", "a: é\n".encode("utf-16")])
def test_a_file_that_is_not_utf8_is_a_problem_that_names_the_byte(tmp_path, data):
    path = tmp_path / "file.yaml"
    path.write_bytes(data)
    (problem,) = read_yaml(path, shown="file.yaml", max_bytes=100).problems
    assert str(problem).startswith("file.yaml: not UTF-8 text: ")
    assert "at byte " in str(problem)


def test_a_file_is_read_up_to_its_largest_size_and_refused_unread_above_it(tmp_path):
    path = tmp_path / "file.yaml"
    path.write_text("a: 1\n" + "#" * 3_000_000)
    assert read_yaml(path, shown="file.yaml", max_bytes=3_000_005).data == {"a": 1}
    (problem,) = read_yaml(path, shown="file.yaml", max_bytes=2_000_000).problems
    assert "the file has 3.0 MB; at most 2.0 MB are read" in str(problem)
    assert "specs.max_file_mb" in str(problem)


def test_a_file_that_is_missing_or_a_folder_is_a_problem(tmp_path):
    for path in (tmp_path / "missing.yaml", tmp_path):
        (problem,) = read_yaml(path, shown="x", max_bytes=10**9).problems
        assert str(problem).startswith("x: cannot be read: ")


texts = st.text(string.ascii_letters + "é #:-'\"\n", max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(value=values)
def test_what_yaml_writes_is_read_back_as_it_was(value):
    document = parse_yaml(yaml.safe_dump(value, allow_unicode=True), shown="f")
    assert document.problems == []
    assert document.data == value


@settings(deadline=None)
@given(text=st.text("ab&*<:-[]{}!|>'\"#%@ \n\t\x00?,é1", max_size=40))
def test_any_text_at_all_gives_data_or_problems_and_never_an_exception(text):
    document = parse_yaml(text, shown="file.yaml")
    written = [*document.problems]
    assert all(problem.file == "file.yaml" and 0 <= problem.line <= text.count("\n") + 2 for problem in written)
    assert written or document.data is not None or yaml.load(text, yaml.CSafeLoader) is None
