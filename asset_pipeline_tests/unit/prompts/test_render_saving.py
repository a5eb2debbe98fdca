"""Prompt files as a person works with them: nothing wrong is saved, and nothing that was replaced is lost."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import count

import pytest

from asset_pipeline.errors import PromptFileError, SetupError
from asset_pipeline.folders import Folder
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.prompts.files import BACKUPS_KEPT, PromptFiles
from asset_pipeline_tests.support.wanted import wanted

BUILT_IN = resources.files("asset_pipeline.prompts") / "templates"
NAMES = sorted(path.name for path in BUILT_IN.iterdir())
GOOD = "---\ntitle: Mine\n---\nAn icon of {{ image.title }}.\n"


@pytest.fixture
def own(tmp_path):
    return tmp_path / "prompts"


@pytest.fixture
def files(tmp_path, own):
    """The files of a project, with a clock that goes on by a second each time."""
    seconds = count()
    return PromptFiles(
        Folder(own, shown="prompts"),
        backups=Folder(tmp_path / "backups"),
        clock=lambda: datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=next(seconds)),
    )


def everything(folder):
    """Return all files in a folder with what they say."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_without_files_of_ones_own_the_built_in_ones_are_listed_and_read(files):
    assert [(one.name, one.is_own, one.differs, one.problems) for one in files.list()] == [
        (name, False, False, ()) for name in NAMES
    ]
    assert {name: files.read(name) for name in NAMES} == {name: (BUILT_IN / name).read_text() for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_built_in_file_passes_the_check_that_own_files_have_to_pass(files, name):
    assert list(files.problems(name, (BUILT_IN / name).read_text())) == []


def test_what_is_saved_is_read_listed_and_rendered_and_the_first_time_replaces_nothing(files, own):
    assert files.save("icons.md", GOOD) is None
    assert files.read("icons.md") == GOOD
    assert PromptRenderer(Folder(own)).render(wanted()).text == "An icon of Lantern."
    listed = {one.name: one for one in files.list()}["icons.md"]
    assert (listed.title, listed.shown, listed.is_own, listed.differs) == ("Mine", "prompts/icons.md", True, True)


def test_a_collections_file_is_for_its_images_alone(files, own):
    files.save("test/icons.md", GOOD)
    renderer = PromptRenderer(Folder(own))
    assert renderer.render(wanted()).text == "An icon of Lantern."
    assert renderer.render(wanted(collection="other")) == PromptRenderer().render(wanted())


def test_what_is_replaced_is_kept_under_its_time_and_the_newest_ten_stay(files, tmp_path):
    texts = [GOOD.replace("An icon", f"Icon {n}") for n in range(BACKUPS_KEPT + 4)]
    kept = [files.save("icons.md", text) for text in texts]
    assert kept[1] == tmp_path / "backups" / "icons.20260102-000000-000000.md"
    assert [one.read().decode() for one in files.backups("icons.md")] == texts[-2 : -2 - BACKUPS_KEPT : -1]
    assert len(everything(tmp_path / "backups")) == BACKUPS_KEPT == 10


def test_backups_of_one_file_never_push_out_those_of_another(files, tmp_path):
    files.save("icons.md", GOOD)
    files.save("icons.md", GOOD)
    for _ in range(BACKUPS_KEPT + 2):
        files.save("test/icons.md", GOOD)
        files.save("database_icons.md", GOOD)
    assert len(files.backups("icons.md")) == 1
    assert len(everything(tmp_path / "backups")) == 1 + 2 * BACKUPS_KEPT


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("icons.md", "{{ image.titel }}", "prompts/icons.md:1: there is no 'titel' here; did you mean 'title'?"),
        ("icons.md", "a\n{% if %}", "prompts/icons.md:2: "),
        ("icons.md", "{% if model.wants == 'keywords' %}{{ nothing }}{% endif %}a", "prompts/icons.md:1: 'nothing' is"),
        ("icons.md", "---\ntitel: a\n---\na", "prompts/icons.md:2: titel: there is no such key"),
        ("icons.md", "", "prompts/icons.md: it is empty"),
        ("icon.md", "a", "prompts/icon.md: no type 'icon'; did you mean 'icons'?"),
        ("test/icon.md", "a", "prompts/test/icon.md: no type 'icon'"),
        ("tones.yaml", "default: a", "prompts/tones.yaml:1: tones: is missing"),
        (
            "tiers.yaml",
            "default: hubb\ntiers: {}",
            "prompts/tiers.yaml:1: default: 'hubb': not allowed; did you mean 'hub'?",
        ),
        ("symbols.yaml", "rules: [{show: a}]", "prompts/symbols.yaml:1: rules[0]: "),
        ("notes.yaml", "a: 1", "prompts/notes.yaml: nothing reads a file of this name"),
        ("test/tones.yaml", "a: 1", "prompts/test/tones.yaml: nothing reads a file of this name"),
        ("_look.md", "{% macro subject(x) %}{{ x.titel }}{% endmacro %}", "prompts/_look.md:1: "),
    ],
)
def test_what_is_wrong_is_not_saved_and_changes_nothing(files, own, tmp_path, name, text, said):
    for good in ("icons.md", "tones.yaml"):
        files.save(good, (BUILT_IN / good).read_text())
    before = everything(tmp_path)
    if name == "_look.md":
        text += (BUILT_IN / name).read_text().partition("{%- macro colours")[2].join(["{%- macro colours", ""])
    with pytest.raises(PromptFileError) as error:
        files.save(name, text)
    assert said in str(error.value)
    assert error.value.exit_code == 2
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["../icons.md", "/icons.md", "a/b/icons.md", "icons.txt", "", ".", "a/../icons.md", "icons"]
)
def test_no_file_outside_the_folder_is_written_read_or_taken_away(files, tmp_path, name):
    (tmp_path / "icons.md").write_text("outside")
    for action in (lambda: files.save(name, GOOD), lambda: files.reset(name), lambda: files.read(name)):
        with pytest.raises(SetupError):
            action()
    assert everything(tmp_path) == {"icons.md": "outside"}


def test_a_reset_takes_the_file_away_keeps_it_and_brings_back_the_built_in_one(files, own):
    files.save("tones.yaml", (BUILT_IN / "tones.yaml").read_text() + "# mine\n")
    kept = files.reset("tones.yaml")
    assert kept.read_text().endswith("# mine\n")
    assert files.read("tones.yaml") == (BUILT_IN / "tones.yaml").read_text()
    assert everything(own) == {}
    assert files.reset("tones.yaml") is None


def test_a_broken_file_can_be_reset_and_is_kept_byte_for_byte(files, own):
    own.mkdir()
    (own / "icons.md").write_bytes(b"\xff\x00 broken\r\n")
    assert [str(problem).partition(":")[0] for problem in files.check()] == ["prompts/icons.md"]
    assert files.reset("icons.md").read_bytes() == b"\xff\x00 broken\r\n"
    assert list(files.check()) == []


def test_a_difference_is_shown_to_the_file_that_would_count_without_it(files):
    assert files.diff("icons.md") == ""
    files.save("icons.md", GOOD)
    assert "--- built-in icons.md\n+++ prompts/icons.md\n" in files.diff("icons.md")
    assert "+An icon of {{ image.title }}.\n" in files.diff("icons.md")
    files.save("test/icons.md", GOOD.replace("An icon", "A sign"))
    assert files.diff("test/icons.md").splitlines()[:2] == ["--- prompts/icons.md", "+++ prompts/test/icons.md"]
    with pytest.raises(SetupError, match=r"did you mean 'icons.md'\?"):
        files.diff("icon.md")


def test_copies_to_edit_are_made_once_and_never_overwrite(files, own):
    assert files.init(["icons.md", "tones.yaml"]) == [("icons.md", True), ("tones.yaml", True)]
    files.save("icons.md", GOOD)
    assert files.init(["icons.md", "covers.md"]) == [("icons.md", False), ("covers.md", True)]
    assert files.read("icons.md") == GOOD
    with pytest.raises(SetupError, match=r"did you mean 'icons\.md'"):
        files.init(["icon.md"])


def test_odd_files_in_the_folder_are_named_and_hidden_ones_left_alone(files, own):
    (own / "a" / "b").mkdir(parents=True)
    for name in ("notes.txt", "a/b/icons.md", ".DS_Store", "Icons.md"):
        (own / name).write_text("x")
    assert sorted(problem.file for problem in files.check()) == [
        "prompts/Icons.md",
        "prompts/a/b/icons.md",
        "prompts/notes.txt",
    ]
    assert all("nothing reads it" in problem.message for problem in files.check())
