"""Every way in which a person can get a spec wrong is refused with file, line, key, value and what is allowed."""

import pytest

from asset_pipeline.errors import SetupError, SpecError
from asset_pipeline.specs import load_specs, require_specs, spec_files

GOOD = "collection: good\nimages:\n  - {type: icons, title: Lantern}\n"


def with_image(line):
    """Return a spec whose one image has a further line, the fifth."""
    return f"collection: test\nimages:\n  - type: icons\n    title: Lantern\n    {line}\n"


def only(loaded):
    """Return the one problem there is, as text, after seeing that nothing was loaded."""
    assert loaded.collections == ()
    assert len(loaded.problems) == 1, [str(problem) for problem in loaded.problems]
    return str(loaded.problems[0])


@pytest.mark.parametrize(
    "slug",
    ["a/b", "/etc/passwd", "../x", "..", ".", r"a\b", "A", "a_b", "a.b", "-a", '""', '"ab\\n"', '"a\\0"', "é", "a b"],
)
def test_a_slug_that_is_no_plain_name_is_refused_with_its_place_and_what_is_allowed(load, slug):
    said = only(load(with_image(f"slug: {slug}")))
    assert said.startswith("spec.yaml:5: images[0].slug: '")
    assert "only lower-case letters, digits and '-' are allowed" in said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (with_image("slug: nul"), "spec.yaml:5: images[0].slug: 'nul'"),
        (with_image("slug: com1"), "spec.yaml:5: images[0].slug: 'com1'"),
        (GOOD.replace("good", "aux"), "spec.yaml:1: collection: 'aux'"),
        (GOOD.replace("Lantern", "Con"), "spec.yaml:3: images[0].title: 'con'"),
    ],
)
def test_a_name_that_windows_keeps_for_a_device_is_refused_as_files_may_go_there(load, text, place):
    said = only(load(text))
    assert said.startswith(place)
    assert "a device of Windows" in said


@pytest.mark.parametrize("name", ["../up", "/root", "a/b", "A", '"a\\n"'])
def test_a_collection_that_could_leave_its_folder_is_refused(load, name):
    said = only(load(f"collection: {name}\nimages:\n  - {{type: icons, title: Lantern}}\n"))
    assert said.startswith("spec.yaml:1: collection: ")
    assert "only lower-case letters, digits and '-' are allowed" in said


@pytest.mark.parametrize(
    ("line", "key", "parts"),
    [
        ("sise: 64x64", "sise", ["there is no such key", "did you mean 'size'?", "Allowed: model, size, format"]),
        ("zzz: 1", "zzz", ["there is no such key", "Allowed: model, size"]),
        ("format: jpgg", "format", ["'jpgg'", "did you mean 'jpg'?", "Allowed: png, webp, jpg, jpeg"]),
        ("tier: hubb", "tier", ["'hubb'", "did you mean 'hub'?", "Allowed: hub, section, document, letter, digital"]),
        ("size: 64", "size", ["'64' is a number", 'Put it in quotes: "64"']),
        ("size: 64x", "size", ["'64x'", "WIDTHxHEIGHT", "from 16 to 4096"]),
        ("size: 8x64", "size", ["'8x64'", "from 16 to 4096"]),
        ("size: 64x4097", "size", ["'64x4097'", "from 16 to 4096"]),
        ("model: flux", "model", ["'flux'", "owner/name"]),
        ('model: "a/b\\n"', "model", ["owner/name"]),
        ("model: a/b:latest", "model", ["'a/b:latest'", "64 hex digits"]),
        ("variants: 0", "variants", ["'0'", "greater than or equal to 1"]),
        ("variants: 21", "variants", ["'21'", "less than or equal to 20"]),
        ("variants: 1.5", "variants", ["'1.5' is a number", "a whole number"]),
        ("variants: '2'", "variants", ["'2' is text", "a whole number"]),
        ("variants: yes", "variants", ["'yes' is yes/no", "a whole number"]),
        ("description: no", "description", ["'no' is yes/no; it must be text", 'Put it in quotes: "no"']),
        ("slug: 2024-05-06", "slug", ["'2024-05-06' is a date; it must be text", 'Put it in quotes: "2024-05-06"']),
        ("slug: 0123", "slug", ["'0123' is a number; it must be text", 'Put it in quotes: "0123"']),
        ("slug: 1:30", "slug", ["'1:30' is a number; it must be text", 'Put it in quotes: "1:30"']),
        ("role: 1.0", "role", ["'1.0' is a number; it must be text", 'Put it in quotes: "1.0"']),
        ("role: [a]", "role", ["['a'] is a list; it must be text"]),
        ("role: {a: b}", "role", ["is keys with values; it must be text"]),
        ("description: 2024-13-45", "description", ["'2024-13-45' cannot be read", "put it in quotes"]),
        (f"slug: {'a' * 81}", "slug", ["at most 80 characters"]),
    ],
)
def test_a_wrong_value_of_an_image_is_named_with_its_line_key_and_what_is_allowed(load, line, key, parts):
    said = only(load(with_image(line)))
    assert said.startswith(f"spec.yaml:5: images[0].{key}: ")
    assert [part for part in parts if part not in said] == []


@pytest.mark.parametrize(
    ("text", "start", "part"),
    [
        ("", "spec.yaml: ", "the file is empty"),
        ("# only a remark\n", "spec.yaml: ", "the file is empty"),
        ("- a\n", "spec.yaml:1: ", "keys with values"),
        ("icons\n", "spec.yaml:1: ", "keys with values"),
        ("collection: test\n", "spec.yaml:1: ", "no images: list some under `images:` or `pages:`"),
        ("collection: test\nimages: []\n", "spec.yaml:1: ", "no images"),
        ("collection: test\nimages:\n", "spec.yaml:2: images: ", "is empty; it must be a list"),
        ("collection: test\nimages: {}\n", "spec.yaml:2: images: ", "it must be a list"),
        ("collection: test\nimages: [Lantern]\n", "spec.yaml:2: images[0]: ", "'Lantern' is text"),
        ("collection: test\nimages:\n  - title: A\n", "spec.yaml:3: images[0].type: ", "is missing"),
        ("collection: test\nimages:\n  - type: icons\n", "spec.yaml:3: images[0].title: ", "is missing"),
        ("images:\n  - {type: icons, title: A}\n", "spec.yaml:1: collection: ", "is missing"),
        (f"{GOOD}pagess: []\n", "spec.yaml:4: pagess: ", "did you mean 'pages'? Allowed: collection, title, sample"),
        (f"{GOOD}theme: {{stile: x}}\n", "spec.yaml:4: theme.stile: ", "did you mean 'style'? Allowed: style, palette"),
        (f"{GOOD}types: {{icon: {{}}}}\n", "spec.yaml:4: types.icon: ", "did you mean 'icons'? Allowed: icons, covers"),
        (f"{GOOD}types:\n  icons:\n    siz: 9x9\n", "spec.yaml:6: types.icons.siz: ", "did you mean 'size'?"),
        (f"{GOOD}pages:\n  - {{title: A, tyer: hub}}\n", "spec.yaml:5: pages[0].tyer: ", "did you mean 'tier'?"),
        (f"{GOOD}theme:\n  palette:\n    red: #f00\n", "spec.yaml:6: theme.palette.red: ", "is empty; it must be text"),
        (f"{GOOD}theme: {{palette: {{red: red}}}}\n", "spec.yaml:4: theme.palette.red: ", 'a colour such as "#4A7C74"'),
        (f"{GOOD}theme: {{avoid: no}}\n", "spec.yaml:4: theme.avoid: ", "'no' is yes/no; it must be a list"),
        (f"{GOOD}theme: {{mood: [on]}}\n", "spec.yaml:4: theme.mood[0]: ", "'on' is yes/no; it must be text"),
        ("collection: yes\nimages: [{type: icons, title: A}]\n", "spec.yaml:1: collection: ", 'quotes: "yes"'),
        ("collection: t\nimages: [{type: icons, title: '!!!'}]\n", "spec.yaml:2: images[0].title: ", "gives no slug"),
        ("collection: t\npages: [{title: '???'}]\n", "spec.yaml:2: pages[0].title: ", "'???' gives no slug"),
        (f"collection: t\npages: [{{title: {'㏒' * 200}}}]\n", "spec.yaml:2: pages[0].title: ", "600 characters"),
        (f"collection: t\npages: [{{title: {'a' * 201}}}]\n", "spec.yaml:2: pages[0].title: ", "at most 200"),
        ("collection: t\nimages: [{type: icons, title: ' '}]\n", "spec.yaml:2: images[0].title: ", "must not be empty"),
    ],
)  # fmt: skip
def test_a_wrong_spec_is_refused_at_the_line_and_key_that_are_wrong(load, text, start, part):
    said = only(load(text))
    assert said.startswith(start)
    assert part in said


@pytest.mark.parametrize(
    ("more", "line", "key"),
    [
        ("  - {type: icons, title: lantern}\n", 4, "images[1]: the image good.icons.lantern"),
        ("  - {type: icons, title: Other, slug: lantern}\n", 4, "images[1]: the image good.icons.lantern"),
        ("pages:\n  - {title: Lantern}\n", 5, "pages[0]: the image good.icons.lantern"),
    ],
)
def test_an_image_wanted_twice_names_both_lines(load, more, line, key):
    said = only(load(GOOD + more))
    assert said == f"spec.yaml:{line}: {key} is already wanted on line 3"


def test_a_variant_may_not_take_the_name_of_another_image(load):
    loaded = load(
        "collection: good\nimages:\n"
        "  - {type: icons, title: Lantern, variants: 3}\n"
        "  - {type: covers, title: Lantern 2}\n"
        "  - {type: icons, title: Lantern 2}\n"
        "pages:\n"
        "  - {title: Lantern 3}\n"
    )
    assert [str(problem) for problem in loaded.problems] == [
        "spec.yaml:5: images[2]: the image good.icons.lantern-2 is already wanted on line 3",
        "spec.yaml:7: pages[0]: the image good.icons.lantern-3 is already wanted on line 3",
    ]


def test_two_pages_of_one_slug_are_refused_for_the_icon_and_for_the_cover(load):
    loaded = load("collection: good\npages:\n  - {title: Desk}\n  - {title: Hall, slug: desk}\n")
    assert [str(problem) for problem in loaded.problems] == [
        f"spec.yaml:4: pages[1]: the image good.{kind}.desk is already wanted on line 3" for kind in ("icons", "covers")
    ]


def test_all_problems_of_a_file_are_reported_in_one_go(load):
    loaded = load(
        "collection: Test\n"
        "titel: x\n"
        "collection: again\n"
        "images:\n"
        "  - {type: icon, title: A}\n"
        "  - {type: icons, title: '!!!'}\n"
        "  - {type: icons, title: B, size: big, variants: 99}\n"
        "  - {type: icons, title: B}\n"
        "pages:\n"
        "  - {slug: x}\n"
    )
    assert {(problem.line, problem.key) for problem in loaded.problems} == {
        (1, "collection"), (2, "titel"), (3, "collection"), (5, "images[0].type"), (6, "images[1].title"),
        (7, "images[2].size"), (7, "images[2].variants"), (8, "images[3]"), (10, "pages[0].title"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "key", ["r8_AbCdEf0123456789", "sk-or-v1-0123456789abcdef0123", "ghp_abcdefghijklmnop0123456789"]
)
def test_a_key_in_a_spec_is_refused_with_its_place_and_not_shown(load, key):
    """It would be sent to models, and kept."""
    loaded = load(with_image(f"description: use {key}"))
    assert (
        only(loaded)
        == "spec.yaml:5: images[0].description: there is a key in it; take it out, and have it replaced by a new one"
    )
    assert key not in str(SpecError(loaded.problems))


@pytest.mark.parametrize(
    "text", ["a basic 1920s-style sign", "a token 5-pointed star", "sk-ice-hockey-team-of-the-year-2"]
)
def test_words_that_only_sound_like_one_are_taken(load, text):
    assert load(with_image(f"description: {text}")).problems == ()


def test_bad_files_of_every_kind_are_all_reported_and_never_hide_the_good_ones(load):
    files = {
        "a-empty": "",
        "b-binary": b"\xff\xfe\x00",
        "c-broken": "a: [",
        "d-wrong": "collection: d\n",
        "e-good": GOOD,
    }
    files |= {"f-huge": "#" * 2_000_001, "g-good": GOOD.replace("good", "other")}
    loaded = load(**files)
    assert [one.name for one in loaded.collections] == ["good", "other"]
    assert loaded.bad_files == tuple(f"{name}.yaml" for name in files if not name.endswith("good"))
    assert {problem.file for problem in loaded.problems} == set(loaded.bad_files)


def test_of_two_files_with_one_collection_the_second_is_refused_and_names_the_first(load):
    loaded = load(a=GOOD, b=GOOD)
    assert [one.file for one in loaded.collections] == ["a.yaml"]
    assert [str(problem) for problem in loaded.problems] == [
        "b.yaml:1: collection: 'good' is already the collection of a.yaml"
    ]


def test_a_bad_file_does_not_take_its_collection_from_a_good_one(load):
    loaded = load(a=f"{GOOD}nonsense: 1\n", b=GOOD)
    assert [one.file for one in loaded.collections] == ["b.yaml"]
    assert [(problem.file, problem.key) for problem in loaded.problems] == [("a.yaml", "nonsense")]


def test_a_file_that_is_named_twice_is_read_once(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(GOOD)
    loaded = load_specs([path, tmp_path, tmp_path / ".." / tmp_path.name / "spec.yaml"], root=tmp_path, max_file_mb=2)
    assert len(loaded.collections) == 1
    assert loaded.problems == ()


def test_spec_files_are_the_visible_yaml_files_by_name(tmp_path):
    for name in ("b.yml", "a.yaml", ".hidden.yaml", "notes.txt", "spec.schema.json"):
        (tmp_path / name).write_text("")
    (tmp_path / "folder.yaml").mkdir()
    assert [path.name for path in spec_files(tmp_path)] == ["a.yaml", "b.yml"]
    assert spec_files(tmp_path / "missing") == []


def test_specs_that_must_be_good_raise_with_all_problems_of_all_files(tmp_path):
    (tmp_path / "a.yaml").write_text("collection: a\n")
    (tmp_path / "b.yaml").write_text("")
    (tmp_path / "c.yaml").write_text(GOOD)
    with pytest.raises(SpecError) as raised:
        require_specs([tmp_path], root=tmp_path, max_file_mb=2)
    assert [problem.file for problem in raised.value.problems] == ["a.yaml", "b.yaml"]
    assert raised.value.exit_code == 2
    assert "a.yaml:1: no images" in str(raised.value)


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_no_spec_at_all_is_an_error_that_says_what_to_give(tmp_path, name):
    with pytest.raises(SetupError, match="give the path of a YAML file"):
        require_specs([tmp_path / name], root=tmp_path, max_file_mb=2)
