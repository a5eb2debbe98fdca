"""`import-legacy`: take over what the old tool left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json
from asset_pipeline.errors import SetupError
from asset_pipeline.ledger import Database
from asset_pipeline.legacy.findings import Include
from asset_pipeline.legacy.importing import Done, differing_settings, find_target, preview, write_import
from asset_pipeline.legacy.reading import MATCHES_FILE, Reading, read_folder
from asset_pipeline.legacy.report import as_json, as_markdown, fates
from asset_pipeline.legacy.slugs import slug_of
from asset_pipeline.project import Project, open_project
from asset_pipeline.specs.fields import SLUG_PATTERN
from asset_pipeline.suggestions import suggest


def import_legacy(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with config.json and split_yaml/.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the report, and write nothing.")] = False,  # noqa: FBT002 - a flag
    include: Annotated[
        str, typer.Option(help="What is left out otherwise, with commas: acceptance, tests, variants.")
    ] = "",
    collection: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the collection; made from the theme's if left out.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The new spec; COLLECTION.yaml in the folder of specs if left out."),
    ] = None,
    matches: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A list that says which old picture is which image.")
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Take over the old tool's folder: pages as one spec, settings as a proposal, pictures and the past.

    The folder is only read, nothing of yours is written over, and a second time adds nothing twice. Costs nothing.

    Example: asset-pipeline import-legacy ../old-project --dry-run
    """
    project = open_project()
    reading = read_folder(
        folder,
        include=_include(include),
        collection=_collection(collection),
        matches=matches,
        most_enlarged=project.settings.checks.enlargement.threshold,
        max_file_mb=project.settings.specs.max_file_mb,
    )
    target = find_target(reading, project, out)
    if dry_run:
        preview(reading)
        _print(reading, None, project, as_json=as_json)
        return
    with Database(project.paths.database) as database:
        done = write_import(reading, target, project=project, database=database)
    _print(reading, done, project, as_json=as_json)


def _include(text: str) -> frozenset[Include]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in list(Include):
            raise SetupError(f"{name!r} cannot be included{suggest(name, Include)}", where="--include")
    return frozenset(Include(name) for name in names)


def _collection(name: str | None) -> str | None:
    if name is not None and slug_of(name) != name:
        raise SetupError(
            f"{name!r} is no name of a collection",
            where="--collection",
            fix=f"give lower-case letters, digits and hyphens, such as {slug_of(name) or 'my-pages'} ({SLUG_PATTERN})",
        )
    return name


def _print(reading: Reading, done: Done | None, project: Project, *, as_json: bool) -> None:
    if as_json:
        say_json(_json(reading, done, project))
    elif done is None:
        say(as_markdown(reading))
        say("nothing was written")
    else:
        _say(reading, done, project)


def _json(reading: Reading, done: Done | None, project: Project) -> dict[str, Any]:
    written = None
    if done:
        written = {
            "spec": project.paths.shown(done.target.path),
            "report": project.paths.shown(done.folder / "report.md"),
            "settings": project.paths.shown(done.folder / "pipeline.yaml"),
            "new_records": done.new_records,
            "new_images": done.new_pictures,
        }
    return as_json(reading) | {"written": written}


def _say(reading: Reading, done: Done, project: Project) -> None:
    shown = project.paths.shown
    say(f"{reading.folder.name}: collection {reading.collection}, {len(reading.wanted.images)} images")
    for one in fates(reading.findings.all):
        say(f"  {one}")
    say(f"{done.new_records} records and {done.new_pictures} images are new\n")
    say(f"report    {shown(done.folder / 'report.md')}")
    target = done.target
    if target.instead_of:
        say(f"spec      {shown(target.instead_of)} is yours and stays; what would be new is {shown(target.path)}")
    else:
        say(f"spec      {shown(target.path)}{' (it was there)' if target.is_there else ''}")
    if reading.matches:
        say(f"pictures  {shown(done.folder / MATCHES_FILE)} lists those that nothing says the image of")
    say(f"settings  {shown(done.folder / 'pipeline.yaml')} is a proposal: take from it what you want")
    for key, old, now in differing_settings(reading, project):
        say(f"          {key}: {old} there, {now} here")
    if reading.needs_mb:
        why = "as no command reads a spec of this size before"
        say(f"\nfirst: set specs.max_file_mb to {reading.needs_mb} in pipeline.yaml, {why}")
    say(f"\nnext: asset-pipeline plan {shown(target.instead_of or target.path)}")
