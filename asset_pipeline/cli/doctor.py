"""`doctor`: look at everything around the project, and say what to fix; or how far a collection is on its way live."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json
from asset_pipeline.doctor import Finding, Stand, Step, deep_findings, provider_findings, staging, surroundings
from asset_pipeline.errors import PipelineError, SettingsError, SpecError
from asset_pipeline.ledger import Database
from asset_pipeline.paths import find_root
from asset_pipeline.project import Project
from asset_pipeline.secrets import load_secrets
from asset_pipeline.settings.sources import load_settings
from asset_pipeline.specs import Collection, load_specs, require_specs
from asset_pipeline.suggestions import suggest

NOT_WELL = 2


def doctor(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="SPEC|COLLECTION", help="With --staging: which collections; all if left out."),
    ] = None,
    live: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--live", help="Ask the providers too: keys, credit, models, prices, time. Spends nothing.")
    ] = False,
    to_live: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--staging", help="The way from the sandbox to the last image: done, next, blocked.")
    ] = False,
    deep: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--deep", help="Read every row and every file, and compare all sums. Changes nothing.")
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Check settings, keys, paths, ports, database, specs and clock; say what to fix. Ends with 2 if there is anything.

    Asks nobody outside, unless --live is given. In sandbox mode that asks the sandbox.

    With --staging it says instead how far collections are on their way from the sandbox to their last image, and which
    command is next; it ends with 2 until all of it is done.

    Example: asset-pipeline doctor --live

    Example: asset-pipeline doctor --deep

    Example: asset-pipeline doctor --staging demo
    """
    if to_live:
        _say_staging(what or [], as_json=as_json)
        return
    if what:
        raise SettingsError(f"{', '.join(what)}: collections go with --staging", fix=f"doctor --staging {what[0]}")
    findings = list(surroundings())
    if deep:
        findings += _of_ledger()
    if live:
        findings += _of_providers()
    if as_json:
        say_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.good else 'FIX '} {finding.name:10} {finding.message}")
            if finding.fix and not finding.good:
                say(f"                → {finding.fix}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(NOT_WELL)


def _say_staging(what: Sequence[str], *, as_json: bool) -> None:
    """Print the checklist of each collection."""
    project = _project()
    collections = _chosen(project, what)
    with Database(project.paths.database) as database:
        found = {one.name: staging(project, database, one) for one in collections}
    if as_json:
        say_json({name: [vars(step) for step in steps] for name, steps in found.items()})
    else:
        for name, steps in found.items():
            say(f"{name}: from the sandbox to the last image, in {project.settings.mode} mode")
            for step in steps:
                _say_step(step)
    if any(step.stand is not Stand.DONE for steps in found.values() for step in steps):
        raise typer.Exit(NOT_WELL)


def _say_step(step: Step) -> None:
    say(f"  {step.stand:8} {step.name:10} {step.message}")
    if step.todo:
        say(f"                      → {step.todo}")


def _chosen(project: Project, what: Sequence[str]) -> list[Collection]:
    """Return the collections that are meant: by spec file, or by name.

    Raises:
        SpecError: A spec is wrong.
        SettingsError: There is no such collection.
    """
    files = [Path(one) for one in what if Path(one).exists()]
    names = [one for one in what if not Path(one).exists()]
    limit_mb = project.settings.specs.max_file_mb
    chosen = list(require_specs(files, root=project.root, max_file_mb=limit_mb)) if files else []
    if what and not names:
        return chosen
    loaded = load_specs([project.paths.specs], root=project.root, max_file_mb=limit_mb)
    known = {one.name: one for one in loaded.collections}
    missing = [name for name in names if name not in known]
    if loaded.problems and (missing or not what):
        raise SpecError(loaded.problems)
    if missing:
        raise SettingsError(f"{missing[0]!r} is neither a spec nor a collection{suggest(missing[0], known)}")
    return chosen + [one for name, one in known.items() if not what or name in names]


def _project() -> Project:
    """Return the project even where a key is missing: that is one of the things that are looked at."""
    root = find_root()
    settings = load_settings(root)
    return Project(settings=settings, secrets=load_secrets(root), paths=settings.paths(root))


def _of_ledger() -> list[Finding]:
    """Return what is found in the ledger and on the disk; what keeps us from looking has been said by then."""
    try:
        root = find_root()
        paths = load_settings(root).paths(root)
    except PipelineError:
        return []
    return deep_findings(paths)


def _of_providers() -> list[Finding]:
    """Return what the providers say; what keeps us from asking them has been said by then."""
    try:
        project = _project()
    except PipelineError:
        return []
    specs = load_specs([project.paths.specs], root=project.root, max_file_mb=project.settings.specs.max_file_mb)
    return asyncio.run(provider_findings(project, specs.collections))
