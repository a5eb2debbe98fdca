"""`doctor`: look at everything around the project, and say what to fix."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json
from asset_pipeline.doctor import Finding, deep_findings, provider_findings, surroundings
from asset_pipeline.errors import PipelineError
from asset_pipeline.paths import find_root
from asset_pipeline.project import Project
from asset_pipeline.secrets import load_secrets
from asset_pipeline.settings.sources import load_settings
from asset_pipeline.specs import load_specs, spec_files


def doctor(
    live: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--live", help="Ask the providers too: keys, credit, models, prices, time. Spends nothing.")
    ] = False,
    deep: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--deep", help="Read every row and every file, and compare all sums. Changes nothing.")
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Check settings, keys, paths, ports, database, specs and clock; say what to fix. Ends with 2 if there is anything.

    Asks nobody outside, unless --live is given. In sandbox mode that asks the sandbox.

    Example: asset-pipeline doctor --deep
    """
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
        raise typer.Exit(2)


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
        root = find_root()
        settings = load_settings(root)
        project = Project(settings=settings, secrets=load_secrets(root), paths=settings.paths(root))
    except PipelineError:
        return []
    specs = load_specs(spec_files(project.paths.specs), root=root, max_file_mb=settings.specs.max_file_mb)
    return asyncio.run(provider_findings(project, specs.collections))
