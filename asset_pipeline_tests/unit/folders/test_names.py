"""Names of files: what could be more than a name is none, on any system, however it is written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.errors import PathError
from asset_pipeline.folders import Folder, FolderFile, check_distinct, check_name, check_place, split_name
from asset_pipeline_tests.support.attacks import ATTACKS


def test_there_are_more_than_two_hundred_attacks():
    assert len(set(ATTACKS.values())) > 200


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_no_path_below_a_folder(attack):
    with pytest.raises(PathError, match="cannot be the name of a file: it ") as raised:
        FolderFile(Folder(Path("/nowhere")), attack)
    said = str(raised.value)
    assert raised.value.exit_code == 2
    assert len(said) < 300
    assert all(line.isprintable() for line in said.splitlines())


@pytest.mark.parametrize(
    "name",
    [
        *("lantern.png", "lantern@2x.webp", ".4711-0a1b.part", "gen-1~x.json", "..2024_06", "a..b", "-rf", "~x", "a b"),
        *("100%.png", "a%20b", "con-tract.png", "CONTRACT", "COM10", "COM", "null", "lpt.png", "Grüße.png", "日本.png"),
        *("emoji🎉.png", "a;b", "a" * 255, "é" * 127),
    ],
)
def test_what_is_a_name_everywhere_is_taken_as_it_is(name):
    assert check_name(name) == name
    assert split_name(f"demo/{name}") == ("demo", name)


@given(st.text(max_size=20))
def test_whatever_is_taken_stays_below_its_folder(name):
    try:
        parts = split_name(name)
    except PathError:
        return
    place = Path("/root/folder")
    assert place.joinpath(*parts).resolve().is_relative_to(place)
    assert len(parts) == name.count("/") + 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Lantern.png", "lantern.PNG"),
        ("caf\u00e9", "cafe\u0301"),
        ("stra\u00dfe", "STRASSE"),
        ("\u212b", "\u00e5"),
        ("a/B", "A/b"),
        ("same", "same"),
    ],
)
def test_names_that_are_one_on_another_disk_are_refused(first, second):
    with pytest.raises(PathError, match="are one name where case and forms of Unicode do not count"):
        check_distinct(["other", first, second])


def test_names_that_differ_everywhere_are_taken():
    check_distinct(["lantern.png", "lantern-2.png", "lanterns.png", "a/b", "a/c"])


@pytest.mark.parametrize("path", ["data", "./data", "deep/down", "/mnt/big: 1/data", "/", "/a/CON"])
def test_a_place_is_below_the_project_or_named_as_a_whole(path):
    if path == "/":
        with pytest.raises(PathError, match="a folder as a whole"):
            check_place(Path(path))
    else:
        assert check_place(Path(path)) == Path(path)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("..", "it leads up"),
        ("../elsewhere", "it leads up"),
        ("data/../../x", "it leads up"),
        (".", "a folder as a whole"),
        ("~/data", "~ is not known here"),
        ("/mnt/../etc", "it leads up"),
        ("/mnt/a\nb", "cannot be seen"),
        ("/mnt/" + "a" * 256, "too long"),
        ("/a" * 2048, "longer than 4096 bytes"),
        ("C:\\data", "cannot be the name"),
        ("nul", "a device of Windows"),
    ],
)
def test_what_is_no_place_is_refused(path, said):
    with pytest.raises(PathError, match=said):
        check_place(Path(path))
