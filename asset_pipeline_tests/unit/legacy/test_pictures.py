"""Old pictures: what each really is, which image it becomes, and that nothing is guessed."""

import pytest

from asset_pipeline.errors import SpecError
from asset_pipeline.legacy.findings import Fate
from asset_pipeline.legacy.folder import MAX_TEXT_BYTES
from asset_pipeline_tests.support.old_folders import found

HUB = {"metadata": {"page_title": "Harbour Hub"}}


def adopted(reading):
    """Return which picture becomes which image."""
    return {one.file.name: one.claim.image_key for one in reading.pictures if one.is_adopted}


@pytest.mark.parametrize(
    ("manifest", "entries", "file"),
    [
        ("out/manifest.json", {"samples": [{"type": "icons", "filename": "icons_001.png"} | HUB]}, "out/icons_001.png"),
        ("out/manifest.json", {"samples": [{"type": "icons", "filename": "icons_001.png"} | HUB]},
         "out/icons_001_20250905_104516.png"),
        ("out/manifest.json", {"assets": [{"asset_type": "icon", "output": "out/x.png"} | HUB]}, "out/x.png"),
        ("manifest.json", {"assets": [{"asset_type": "icons", "output": "/home/me/old/out/x.png"} | HUB]}, "out/x.png"),
        ("manifest.json", {"assets": [{"asset_type": "icons", "output": "out\\x.png",
         "metadata": {"slug": "harbour-hub"}}]}, "out/x.png"),
        ("prompts.json", {"prompts": {"icons": {"Harbour Hub": {"current": "c", "filename": "i.png"}}}}, "out/i.png"),
        ("cache/x.png.meta.json", {"cache_key": "k", "asset_type": "icons", "path": "x.png"} | HUB, "cache/x.png"),
    ],
    ids=["by name", "with a time", "by path", "by another machine's path", "by slug", "by prompts", "by cache"],
)  # fmt: skip
def test_a_picture_becomes_the_image_that_a_file_says_it_is(old, manifest, entries, file):
    old.json(manifest, entries)
    old.picture(file)
    assert adopted(old.read()) == {file: "old.icons.harbour-hub"}


def test_a_page_names_its_own_files_and_a_database_does(old):
    old.pages("pages:\n- {title: Pier, icon_png: assets/pier.png, cover_file: emoji:X}\n", "02.yaml")
    old.picture("assets/pier.png")
    old.picture("y.png")
    rows = """(1, 'database_icons', 'y.png', '{"title": "Tasks"}')"""
    old.store("a.db", "CREATE TABLE assets (id, asset_type, file_path, metadata)", f"INSERT INTO assets VALUES {rows}")
    assert adopted(old.read()) == {"assets/pier.png": "old.icons.pier", "y.png": "old.database_icons.db-tasks"}


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("WEBP", "icons_001.png", "256x256 webp, though its name ends in .png"),
        ("PNG", "icons_001.svg", "256x256 png, though its name ends in .svg"),
        ("JPEG", "icons_001.jpeg", "256x256 jpg;"),
        ("AVIF", "icons_001.png", "256x256 avif, though its name ends in .png"),
    ],
)
def test_size_and_format_are_those_of_the_bytes(old, kind, name, said):
    old.picture(name, kind=kind)
    reading = old.read()
    assert reading.pictures[0].seen.width == 256
    assert said in found(reading, "image")[0].detail


def test_a_title_means_its_own_page_though_another_page_has_it_as_its_slug(old):
    old.pages("pages:\n- {title: Trust Center, slug: will}\n- {title: Will}\n", "02.yaml")
    entries = [{"type": "icons", "filename": "x.png", "metadata": {"title": "Will"}}]
    old.json("manifest.json", {"assets": entries})
    old.picture("x.png")
    (key,) = adopted(old.read()).values()
    assert key.startswith("old.icons.will-")


def test_a_number_in_a_name_proves_nothing(old):
    old.picture("output/icons_001_20250905_104516.png")
    reading = old.read()
    assert adopted(reading) == {}
    assert found(reading, "image")[0].detail.endswith(
        "nothing says which image it is; the number in a name is no proof"
    )


def test_pages_that_claim_the_same_picture_get_none_of_it(old):
    old.pages("pages:\n- {title: A, icon_png: x.png}\n- {title: B, icon_png: x.png}\n", "02.yaml")
    old.picture("x.png")
    reading = old.read()
    assert adopted(reading) == {}
    assert "it is said to be old.icons.a and old.icons.b" in found(reading, "image")[0].detail


def test_what_would_have_to_be_enlarged_too_much_is_kept_and_not_adopted(old):
    entries = [{"type": kind, "filename": f"{kind}.png"} | HUB for kind in ("icons", "covers")]
    old.json("manifest.json", {"samples": entries})
    for kind in ("icons", "covers"):
        old.picture(f"{kind}.png")
    reading = old.read()
    assert adopted(reading) == {"icons.png": "old.icons.harbour-hub"}
    assert "1500x400 is wanted: it would be made 5.9 times larger" in found(reading, name="covers.png")[0].detail


def test_of_two_pictures_of_an_image_the_newer_is_adopted(old):
    for name, at in (("b.png", "2025-09-01"), ("a.png", "2025-09-05")):
        old.json(f"{name}.json", {"samples": [{"type": "icons", "filename": name, "timestamp": at} | HUB]})
        old.picture(name)
    reading = old.read()
    assert adopted(reading) == {"a.png": "old.icons.harbour-hub"}
    assert "a.png is of the same image" in found(reading, name="b.png")[0].detail


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("out/icons_001 10:45:12.png", "-icons-001-10-45-12.png"),
        ("out/what?.png", "-what.png"),
        ("out/\U0001f468\u200d\U0001f469.png", ".png"),
        ("a|b/icons_002.png", "-icons-002.png"),
        ("out/con.png", "-con.png"),
        ("out/icons_003.png", "out/icons_003.png"),
    ],
)
def test_a_picture_whose_name_no_file_here_may_have_is_kept_by_its_hash_and_the_report_says_so(old, name, kept):
    old.picture(name)
    reading = old.read()
    (picture,) = reading.pictures
    assert picture.kept_name == (name if kept == name else f"{picture.sha256[:12]}{kept}")
    said = f"kept as {picture.kept_name}, as no file here may have its name"
    assert (said in found(reading, "image", name=name)[0].detail) == (kept != name)


def test_a_name_that_only_its_true_ending_makes_too_long_is_replaced(old):
    old.picture("\u6f22" * 83 + ".png", kind="WEBP")
    (picture,) = old.read().pictures
    assert picture.kept_name == f"{picture.sha256[:12]}.webp"


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n cut", b"GIF89a", b"<html>"])
def test_what_is_no_picture_is_reported(old, content):
    old.write("x.png", content)
    reading = old.read()
    assert reading.pictures == []
    assert found(reading, "image")[0].fate is Fate.UNREADABLE


def test_a_picture_that_is_far_too_large_is_reported(old):
    old.write("x.png", b"\x89PNG\r\n\x1a\n" + bytes(MAX_TEXT_BYTES))
    reading = old.read()
    assert reading.pictures == []
    (said,) = found(reading, "image")
    assert said.fate is Fate.UNREADABLE
    assert said.detail == "it has 20,000,008 bytes; at most 20,000,000 are read"


def test_pictures_without_an_image_are_listed_with_a_guess_by_number(old):
    old.pages("letters:\n- {Title: To the Bank}\n", "03.yaml")
    for name in ("icons_002_20250905_104516", "letter_headers_001", "database_icons_007", "icons_099", "holiday"):
        old.picture(f"out/{name}.png")
    assert [line for line in old.read().matches.splitlines() if line[0] != "#"] == [
        '"out/database_icons_007.png": old.database_icons.db-tasks',
        '"out/holiday.png":',
        '"out/icons_002_20250905_104516.png": old.icons.lamp-oil-orders',
        '"out/icons_099.png":',
        '"out/letter_headers_001.png": old.letter_headers.to-the-bank',
    ]


def test_the_list_that_a_person_has_looked_through_decides(old, tmp_path):
    old.picture("out/icons_001.png")
    old.picture("out/other.png")
    matches = tmp_path / "matches.yaml"
    matches.write_text('"out/icons_001.png": old.icons.lamp-oil-orders\n"out/other.png":\n')
    assert adopted(old.read(matches=matches)) == {"out/icons_001.png": "old.icons.lamp-oil-orders"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"gone.png": old.icons.harbour-hub\n', "matches.yaml:1: gone.png: there is no such picture in the old folder"),
        (
            '\n"x.png": old.icons.harbour\n',
            "matches.yaml:2: x.png: there is no image 'old.icons.harbour'; did you mean",
        ),
        ("- x.png\n", "it must be made of lines such as"),
        ("'\n", "not valid YAML"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_its_line(old, tmp_path, text, said):
    old.picture("x.png")
    matches = tmp_path / "matches.yaml"
    matches.write_text(text)
    with pytest.raises(SpecError) as refused:
        old.read(matches=matches)
    assert said in str(refused.value)
