"""`prompts`: the files that prompts are made from, and what they make of an image."""

from __future__ import annotations

from typing import Annotated

import typer

from asset_pipeline.cli.explained import renderer_of, wanted_image
from asset_pipeline.cli.inputs import JSON_OPTION, read_specs
from asset_pipeline.cli.output import complain, say, say_json, say_table
from asset_pipeline.errors import SetupError
from asset_pipeline.project import Project, open_project
from asset_pipeline.prompts.files import ListedFile, PromptFiles
from asset_pipeline.prompts.pages import SUFFIX
from asset_pipeline.prompts.sources import built_in_names
from asset_pipeline.results import Failed
from asset_pipeline.specs import ImageType

app = typer.Typer(help="Show, edit and check the files that prompts are made from.", no_args_is_help=True)
NAME_ARGUMENT = typer.Argument(metavar="NAME", help="Such as icons, tones.yaml or my-collection/icons.md.")


@app.command("list")
def list_(
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """List the prompt files: which are yours, and which of them differ from what they replace.

    Example: asset-pipeline prompts list
    """
    listed = _files(open_project()).list()
    if as_json:
        say_json([vars(one) | {"problems": [str(problem) for problem in one.problems]} for one in listed])
        return
    say_table(
        ["file", "for", "where", ""],
        [[one.name, one.title, one.shown, _remark(one)] for one in listed],
    )


def _remark(one: ListedFile) -> str:
    if one.problems:
        return "has problems: asset-pipeline prompts check"
    return ("yours" if one.differs else "yours, says the same") if one.is_own else ""


@app.command("show")
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="An image's key, or the name of a prompt file.")],
) -> None:
    """Print the template prompt of an image, and nothing else; or the text of a prompt file.

    Example: asset-pipeline prompts show demo.icons.reading-hub
    """
    project = open_project()
    if not _is_image_key(key):
        say(_files(project).read(_name(key)).rstrip("\n"))
        return
    draft = renderer_of(project).render(wanted_image(read_specs(project, None), key))
    if isinstance(draft, Failed):
        raise SetupError(draft.reason)
    say(draft.text)


@app.command("init")
def init(
    types: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TYPE]...", help="Types, or tones, tiers and symbols; all types if left out."),
    ] = None,
) -> None:
    """Copy the built-in files to data/prompts, where you edit them; none that is there is touched.

    Example: asset-pipeline prompts init icons tones
    """
    project = open_project()
    names = [_name(name) for name in types or ImageType]
    for name, copied in _files(project).init(names):
        where = project.paths.shown(project.paths.prompts / name)
        say(f"{where}: {'copied' if copied else 'is there already and stays as it is'}")


@app.command("diff")
def diff(name: Annotated[str | None, NAME_ARGUMENT] = None) -> None:
    """Print how your prompt files differ from those that would count without them.

    Example: asset-pipeline prompts diff tones.yaml
    """
    files = _files(open_project())
    names = [_name(name)] if name else [one.name for one in files.list() if one.is_own and one.differs]
    if not names:
        say("no file of yours says anything else than the built-in one")
    for one in names:
        say(files.diff(one).rstrip("\n") or f"{one}: no difference")


@app.command("reset")
def reset(name: Annotated[str, NAME_ARGUMENT]) -> None:
    """Take your file away, so that the one below it counts again; yours is kept among the backups.

    Example: asset-pipeline prompts reset tones.yaml
    """
    project = open_project()
    kept = _files(project).reset(_name(name))
    if kept is None:
        say(f"{_name(name)}: there is none of yours, so nothing changes")
    else:
        say(f"{_name(name)}: taken away; a copy is kept as {project.paths.shown(kept)}")


@app.command("check")
def check() -> None:
    """Check all your prompt files: their form, and what comes of them on trial. Ends with 2 if something is wrong.

    Example: asset-pipeline prompts check
    """
    files = _files(open_project())
    found = files.check()
    for problem in found:
        complain(str(problem))
    if found:
        raise typer.Exit(2)
    say(f"{sum(one.is_own for one in files.list())} files of yours, nothing wrong")


def _files(project: Project) -> PromptFiles:
    paths = project.paths
    return PromptFiles(paths.folder(paths.prompts), backups=paths.folder(paths.prompt_backups))


def _is_image_key(text: str) -> bool:
    return text.count(".") == 2 and "/" not in text


def _name(text: str) -> str:
    """Return the name of a file: `icons` for `icons.md`, `tones` for `tones.yaml`."""
    if text.endswith((SUFFIX, ".yaml")):
        return text
    stem = text.rpartition("/")[2]
    return f"{text}.yaml" if f"{stem}.yaml" in built_in_names() else f"{text}{SUFFIX}"
