"""The documentation tells the truth: its commands exist with all they are given, its links lead somewhere."""

import re
import shlex
import sys
from collections.abc import Iterator
from typing import Any

import click
import pytest
import typer

from asset_pipeline.cli.app import SET, app, settings_first
from asset_pipeline.settings import Section, Settings
from asset_pipeline.specs import load_specs
from asset_pipeline_tests.support.guides import DOCS, Told, guides, told
from asset_pipeline_tests.support.projects import REPOSITORY

PAGES = guides()
ROOT = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


def commands(group, *before: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below a group with its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *before, name)
        else:
            yield (*before, name), command


COMMANDS = dict(commands(ROOT))


def problem(program, one: Told) -> str | None:
    """Return what is wrong about a command that a page tells people to type."""
    words, command = settings_first(list(one.words[1:])), program
    while words[:1] == [SET]:
        del words[:2]
    while hasattr(command, "commands"):
        name = words.pop(0) if words else ""
        if not name or name.startswith("-"):
            return None
        found = command.commands.get(name)
        if found is None:
            return f"there is no command {name!r}"
        command = found
    try:
        command.make_context(command.name, words)
    except Exception as error:  # noqa: BLE001 - typer has a copy of click of its own, with errors of its own
        match type(error).__name__:
            case "Exit":  # --help
                return None
            case "MissingParameter" if not one.is_whole:
                return None
        return error.format_message()
    return None


def other_programs():
    """Return Dagster's two programs, as click knows them."""
    from dagster._cli import create_dagster_cli
    from dagster_dg_cli.cli import create_dg_cli

    dg = create_dg_cli()
    dg.list_commands(click.Context(dg))  # it knows none before it is asked
    return {"dagster": create_dagster_cli(), "dg": dg}


@pytest.fixture(scope="module")
def everything_told():
    return [one for page in PAGES for one in told(page)]


def test_each_command_that_a_page_tells_people_to_type_can_be_typed(everything_told):
    wrong = [f"{one}: {said}" for one in everything_told if one.words[0] == "asset-pipeline"
             and (said := problem(ROOT, one))]  # fmt: skip
    assert wrong == []
    assert len(everything_told) > 60


def test_each_target_of_make_that_a_page_names_is_there(everything_told):
    named = [(str(one), word) for one in everything_told if one.words[0] == "make" for word in one.words[1:]
             if re.fullmatch(r"[a-z]+", word)]  # fmt: skip
    assert [place for place, word in named if word not in TARGETS] == []


def test_each_command_of_dagster_that_a_page_tells_people_to_type_can_be_typed(everything_told):
    programs = other_programs()
    mine = [one for one in everything_told if one.words[0] in programs]
    assert [f"{one}: {said}" for one in mine if (said := problem(programs[one.words[0]], one))] == []
    assert mine


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_has_an_example_that_can_be_typed(words):
    examples = re.findall(r"^Example: (asset-pipeline .+)$", COMMANDS[words].help, re.MULTILINE)
    assert examples, COMMANDS[words].help
    for example in examples:
        given = tuple(shlex.split(example))
        assert given[1 : 1 + len(words)] == words
        assert problem(ROOT, Told("--help", 0, given, is_whole=True)) is None


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_is_in_a_guide_that_a_person_has_written(words):
    phrase = re.compile(rf"(asset-pipeline |`){re.escape(' '.join(words))}\b")
    assert [page.name for page in PAGES if phrase.search(page.read_text())], f"no guide says what {words} is for"


def keys_of(model, prefix=""):
    """Yield every key of the settings."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from keys_of(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_each_setting_is_on_the_page_of_settings_with_its_variable_and_its_meaning(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from reference import settings

    rows = {row.split("|")[1].strip(" `"): row for row in settings().splitlines() if row.startswith("| `")}
    sys.modules.pop("reference")
    assert set(keys_of(Settings)) == set(rows)
    for key, row in rows.items():
        assert f"`ASSET_PIPELINE__{key.replace('.', '__').upper()}`" in row
        assert row.rstrip("| ").rpartition("|")[2].strip(), f"{key} does not say what it means"


WRONG_SPEC = """collection: mine
types:
  icons: {format: gif}
images:
  - {type: icons, title: Lantern}
  - {type: icons, title: Compass}
  - type: icons
    descripton: an anchor of iron
    title: Anchor
"""


def test_the_problems_that_the_page_of_specs_shows_are_told_in_these_words(tmp_path):
    (tmp_path / "data" / "specs").mkdir(parents=True)
    (tmp_path / "data" / "specs" / "mine.yaml").write_text(WRONG_SPEC)
    problems = load_specs([tmp_path / "data" / "specs"], root=tmp_path, max_file_mb=1).problems
    shown = re.findall(r"^data/specs/mine\.yaml:.+$", (DOCS / "specs.md").read_text(), re.MULTILINE)
    assert len(shown) == len(problems) == 2
    for line, problem_ in zip(shown, problems, strict=True):
        assert str(problem_).startswith(line.removesuffix("…"))


def anchors(page):
    """Return the anchors of a page's headings."""
    found = re.findall(r"^#+ +(.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_leads_somewhere(page):
    broken = []
    for target, anchor in LINK.findall(page.read_text()):
        file = (page.parent / target).resolve() if target else page
        if "_generated" in file.parts:  # Sphinx looks at these, as it writes them
            continue
        if not file.is_file():
            broken.append(target)
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            broken.append(f"{target}#{anchor}")
    assert broken == []
