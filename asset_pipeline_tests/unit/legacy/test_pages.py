"""The old YAML files: pages, children, letters, the admin page and rows, merged, named, and each accounted for."""

import pytest
import yaml

from asset_pipeline.legacy.findings import Fate, Include
from asset_pipeline_tests.support.old_folders import found

LETTERS = "letters:\n- {Title: To the Bank, Audience: Bank, Category: Money, Body: Dear bank}\n"
FIXED = 20  # ten textures and ten database icons


def spec_of(reading):
    """Return the new spec as plain values."""
    return yaml.safe_load(reading.spec)


def titles(reading):
    return [page["title"] for page in spec_of(reading)["pages"]]


def test_a_page_gets_an_icon_and_a_cover_a_letter_a_header_and_what_the_program_had_is_there(old):
    old.pages(LETTERS, "03_letters.yaml")
    keys = [image.key for image in old.read().wanted.images]
    assert {"old.icons.harbour-hub", "old.covers.lamp-oil-orders", "old.letter_headers.to-the-bank"} <= set(keys)
    assert {"old.textures.venetian-silk", "old.database_icons.db-keepsakes"} <= set(keys)
    assert len(keys) == 2 * 2 + 1 + FIXED


def test_role_description_slug_hub_and_audience_are_taken(old):
    old.pages("pages:\n- {title: Pier, role: owner, slug: the-pier, description: 'Long\n  and  wet', hub: true}\n")
    old.pages(LETTERS, "03_letters.yaml")
    spec = spec_of(old.read())
    assert spec["pages"] == [
        {"title": "Pier", "slug": "the-pier", "description": "Long and wet", "role": "owner", "tier": "hub"}
    ]
    letter = {"title": "To the Bank", "slug": "to-the-bank", "description": "Money", "role": "Bank"}
    assert spec["images"][0] == {"type": "letter_headers", **letter}


def test_children_at_any_depth_are_pages_and_blocks_of_text_are_none(old):
    old.pages("""\
pages:
- title: Pier
  body: [{type: toggle, children: [{title: No page, text: x}]}]
  children:
  - title: "🟦 Left"
    children: [{title: Far left}]
  - {title: "🟥 Left"}
""")
    reading = old.read()
    assert titles(reading) == ["Pier", "🟦 Left", "Far left", "🟥 Left"]
    assert len({page["slug"] for page in spec_of(reading)["pages"]}) == 4


def test_a_later_file_is_merged_its_description_counts_and_the_report_says_so(old):
    patch = "pages:\n- {title: Harbour Hub, role: guest, slug: other, description: Polished words., icon: x}\n"
    old.pages(patch, "17_polish.yaml")
    reading = old.read()
    hub = spec_of(reading)["pages"][0]
    assert hub == {"title": "Harbour Hub", "slug": "harbour-hub", "description": "Polished words.", "role": "owner"}
    (merged,) = [one for one in found(reading, "page") if one.fate is Fate.MERGED]
    assert merged.place == "split_yaml/17_polish.yaml:2"
    assert "into the one of split_yaml/01_pages.yaml:2" in merged.detail
    assert "replaces that of split_yaml/01_pages.yaml:2" in merged.detail
    assert "its role 'guest' is not taken" in merged.detail
    assert "not taken: icon" in merged.detail


ROWS = """\
acceptance:
  rows:
  - {Page: Harbour Hub, Section: Top}
  - {Page: Letter — To the Bank, Section: Letters}
  - {Page: Nobody Else's, Role: owner}
  - {Title: Check the pier}
"""


@pytest.mark.parametrize(
    ("include", "more"),
    [
        ((), []),
        ((Include.ACCEPTANCE,), ["Nobody Else's"]),
        ((Include.TESTS,), ["Trial Page"]),
        ((Include.VARIANTS,), ["HARBOUR - HUB"]),
        ((Include.ACCEPTANCE, Include.VARIANTS), ["HARBOUR - HUB", "Letter — To the Bank", "Nobody Else's"]),
    ],
)
def test_rows_tests_and_variants_are_reported_and_left_out_unless_asked_for(old, include, more):
    old.pages(LETTERS, "03_letters.yaml")
    old.pages("pages:\n- {title: HARBOUR - HUB}\n", "04_again.yaml")
    old.pages("pages:\n- {title: Trial Page}\n", "test_small.yaml")
    old.pages(ROWS, "zz_rows.yaml")
    reading = old.read(include=include)
    assert titles(reading) == ["Harbour Hub", "Lamp Oil - Orders/Returns", *more]
    rows = found(reading, "acceptance row")
    assert [one.line for one in rows] == [3, 4, 5, 6]
    assert rows[0].detail.startswith("it is a task about the page of split_yaml/01_pages.yaml:2")
    assert rows[3].detail == "it is a task and names no page"
    assert len(found(reading, name="Trial Page")) == len(found(reading, name="HARBOUR - HUB")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pages:\r\n- title: Pier \r\n", ["Pier"]),
        ("\ufeffpages:\n- title: Pier", ["Pier"]),
        ("pages:\n- title: Pier\n---\npages:\n- title: Quay\n", ["Pier", "Quay"]),
        ("pages:\n- {title: 2024}\n- {title: 1.10}\n- {title: yes}\n- {title: 2020-01-01}\n",
         ["2024", "1.10", "yes", "2020-01-01"]),
        ("pages:\n- Title: Pier\n", ["Pier"]),
        ("pages: {first: {title: Pier}, second: {title: Quay}}\n", ["Pier", "Quay"]),
        ("pages: {title: Pier}\n", ["Pier"]),
        ("admin_page: {title: The Console}\n", ["The Console"]),
        ("base: &base {title: Pier}\npages: [*base]\n", ["Pier"]),
        ("pages:\n- {title: 灯台}\n- {title: 👨‍👩‍👧‍👦}\n", ["灯台", "👨‍👩‍👧‍👦"]),
        ("pages:\n- {title: Pier, title: Quay}\n", ["Pier"]),
        ('pages:\n- {title: "Pier\\0and\\x07 quay"}\n', ["Pier and quay"]),
    ],
    ids=[
        "CRLF and no spaces", "BOM and no last line", "two documents", "no strings", "another key", "a mapping",
        "one page", "the admin page", "aliases", "no ASCII", "a key twice", "control characters",
    ],
)  # fmt: skip
def test_pages_are_found_in_whatever_form_they_are(old, text, expected):
    old.pages(text)
    reading = old.read()
    assert titles(reading) == expected
    assert not [one for one in reading.findings.all if one.fate is Fate.UNREADABLE]


@pytest.mark.parametrize(
    ("content", "kind", "fate", "said"),
    [
        ("pages:\n- {title: [a]}\n", "page", Fate.LEFT_OUT, "its title is a list"),
        ("pages:\n- {description: x}\n", "page", Fate.LEFT_OUT, "it has no title"),
        ("pages:\n- {title: ~}\n", "page", Fate.LEFT_OUT, "it has no title"),
        ("pages:\n- just text\n", "page", Fate.LEFT_OUT, "it is a text, and has no title"),
        ("pages: 7\n", "list", Fate.LEFT_OUT, "it is 7 where a list belongs"),
        ("letters:\n- {Body: x}\n", "letter", Fate.LEFT_OUT, "it has no title"),
        ("- a\n", "file", Fate.LEFT_OUT, "no keys with values"),
        ("", "file", Fate.LEFT_OUT, "it is empty"),
        ("pages:\n- title: 'open\n", "file", Fate.UNREADABLE, "not valid YAML"),
        ("pages:\n- title: 'open\n", "title", Fate.UNREADABLE, "put that right, and import again"),
        ("pages:\n- title: !!python/name:os.system x\n", "file", Fate.UNREADABLE, "could not determine"),
        ("pages:\n- title: a\0b\n", "file", Fate.UNREADABLE, "control characters"),
        ("a: &a [*a]\n", "file", Fate.UNREADABLE, "alias"),
        ("- " * 200 + "x\n", "file", Fate.UNREADABLE, "nested deeper"),
        ("databases:\n- {title: Ships, seed_rows: [{Title: Rose}]}\n- Crew:\n", "row", Fate.LEFT_OUT, ""),
        ("db: {schemas: {Ships: {a: 1}}}\n", "entry", Fate.LEFT_OUT, ""),
    ],
)
def test_what_makes_no_image_is_reported_with_its_line_and_stops_nothing(old, content, kind, fate, said):
    old.pages(content, "02_odd.yaml")
    reading = old.read()
    odd = [one for one in found(reading, kind) if one.file == "split_yaml/02_odd.yaml"]
    assert odd
    assert odd[0].fate is fate
    assert said in odd[0].detail
    assert titles(reading) == ["Harbour Hub", "Lamp Oil - Orders/Returns"]


def test_every_document_of_a_file_has_its_own_lines_and_so_have_titles_in_one_that_is_broken(old):
    old.pages("pages:\n- {title: One}\n---\npages:\n- {title: Two}\n- {title: Two, title: 2}\n--- # bad\n"
              "bad: !!no x\npages:\n- title: Three\n- title: Four\n---\npages:\n- {title: Five}\n")  # fmt: skip
    reading = old.read()
    places = [(one.kind, one.name, one.line) for one in reading.findings.all if one.file.endswith("01_pages.yaml")]
    assert [one for one in places if one[0] == "page"] == [
        ("page", "One", 2), ("page", "Two", 5), ("page", "Two", 6), ("page", "Five", 14)
    ]  # fmt: skip
    assert ("remark", "pages[1].title", 6) in places
    assert ("file", "split_yaml/01_pages.yaml", 8) in places
    assert [one for one in places if one[0] == "title"] == [("title", "Three", 10), ("title", "Four", 11)]


def test_rows_of_databases_are_reported_one_by_one(old):
    rows = "seed_rows: [{Title: Rose}, {Title: Oak}]"
    old.pages(f"databases:\n- {{title: Ships, {rows}}}\n- Crew:\n  properties: {{}}\n", "04_databases.yaml")
    old.pages("db:\n  schemas:\n    Cargo: {a: 1}\n    Ports: {}\n", "10_databases.yaml")
    reading = old.read()
    assert [(one.name, one.line) for one in found(reading, "row")] == [("Rose", 2), ("Oak", 2)]
    assert [(one.name, one.line) for one in found(reading, "entry")] == [
        ("Ships", 2),
        ("Crew", 3),
        ("Cargo", 3),
        ("Ports", 4),
    ]


def test_a_file_that_windows_wrote_is_read(old):
    old.write("split_yaml/02.yaml", "pages:\n- title: Café Crème\n".encode("cp1252"))
    reading = old.read()
    assert "Café Crème" in titles(reading)
    assert found(reading, "remark")[0].place == "split_yaml/02.yaml:2"


def test_one_byte_that_is_no_utf8_changes_no_other_character_and_the_report_says_where_it_is(old):
    text = "pages:\n- {title: Executor \u2013 Hub, description: 'it\u2019s “calm”'}\n"
    old.write("split_yaml/02.yaml", text.encode() + b"- {title: Caf\xe9 \x80}\n")
    reading = old.read()
    assert titles(reading)[2:] == ["Executor \u2013 Hub", "Café €"]
    assert spec_of(reading)["pages"][2]["description"] == "it\u2019s “calm”"
    (remark,) = found(reading, "remark")
    assert remark.place == "split_yaml/02.yaml:3"
    assert remark.detail == "from here on it has bytes that are no UTF-8; they are read as Windows wrote them"


def test_what_is_too_long_is_cut_between_words_and_said(old):
    old.pages(f"pages:\n- {{title: {'long ' * 60}, role: {'r ' * 150}, description: {'word ' * 900}}}\n")
    reading = old.read()
    (page,) = spec_of(reading)["pages"]
    assert len(page["title"]) <= 200
    assert page["description"].endswith("word")
    said = found(reading, "page")[0].detail
    assert all(f"its {name} is cut" in said for name in ("title", "role", "description"))


def test_a_key_of_a_provider_is_taken_out_of_a_page_and_the_report_says_where(old):
    key = "sk-or-v1-0123456789abcdef0123456789abcdef"
    old.pages(
        f"pages:\n- {{title: Use {key}, role: {key}, slug: {key}, description: 'Say {key}'}}\n- {{title: Plain}}\n"
    )
    old.pages("pages:\n- {title: Plain, description: Or r8_0123456789abcdef}\n", "02.yaml")
    reading = old.read()
    assert key not in reading.spec
    page, plain = spec_of(reading)["pages"]
    masked = "sk-or-v1-[redacted]"
    assert (page["title"], page["role"], page["description"]) == (f"Use {masked}", masked, f"Say {masked}")
    assert plain["description"] == "Or r8_[redacted]"
    first, _, merged = found(reading, "page")
    for name in ("title", "role", "slug", "description"):
        assert f"there was a key in its {name}, which is taken out" in first.detail
    assert "there was a key in its description" in merged.detail


def test_the_pages_of_a_deeper_folder_are_a_copy_that_brings_nothing_back_and_the_report_says_so(old):
    old.write(
        "backup/split_yaml/01_pages.yaml", "pages:\n- {title: Retired}\n- {title: Harbour Hub, description: Old.}\n"
    )
    old.write("notes/plan.yaml", "pages:\n- {title: Planned}\n")
    reading = old.read()
    assert titles(reading) == ["Harbour Hub", "Lamp Oil - Orders/Returns"]
    assert "Old." not in reading.spec
    left_out = found(reading, "other YAML")
    assert [one.file for one in left_out] == ["backup/split_yaml/01_pages.yaml", "notes/plan.yaml"]
    assert "the highest split_yaml" in left_out[0].detail


def test_the_folder_of_pages_may_be_deeper_than_what_is_given(old):
    (old.root / "split_yaml").rename(old.root / "aside")
    (old.root / "project").mkdir()
    (old.root / "aside").rename(old.root / "project" / "split_yaml")
    assert titles(old.read()) == ["Harbour Hub", "Lamp Oil - Orders/Returns"]


def test_pages_without_their_folder_are_found_beside_the_settings(old):
    (old.root / "split_yaml" / "01_pages.yaml").rename(old.root / "01_pages.yaml")
    assert titles(old.read()) == ["Harbour Hub", "Lamp Oil - Orders/Returns"]
