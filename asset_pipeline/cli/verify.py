"""`verify`: are the delivered files what manifest and ledger say they are?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json
from asset_pipeline.errors import SetupError
from asset_pipeline.paths import Paths, find_root
from asset_pipeline.provenance.findings import Report
from asset_pipeline.provenance.verification import verify as verify_folder
from asset_pipeline.settings.sources import load_settings

SOMETHING_IS_WRONG = 3


def verify(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Images of all collections or of one; the project's own if left out."),
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Check every delivered file against its manifest and the ledger. Ends with 3 if anything is wrong.

    Changes nothing. A copy of the folder elsewhere is checked against its manifests alone.

    Example: asset-pipeline verify data/images/demo
    """
    paths = _paths(is_needed=folder is None)
    if folder is None and paths:
        folder = paths.images
    report = verify_folder(folder or Path(), paths=paths)
    if as_json:
        say_json(_as_json(report))
    else:
        _say(report)
    if report.findings:
        raise typer.Exit(SOMETHING_IS_WRONG)


def _paths(*, is_needed: bool) -> Paths | None:
    """Return the places of the project; no key of a provider is asked for, as nobody is asked anything."""
    try:
        root = find_root()
    except SetupError:
        if is_needed:
            raise
        return None
    return load_settings(root).paths(root)


def _say(report: Report) -> None:
    for finding in report.findings:
        say(f"{finding.kind:11} {finding.file}: {finding.message}")
        say(f"            → {finding.fix}")
    against = "manifest and ledger" if report.with_ledger else "the manifest alone: the ledger is not here"
    wrong = _count(len(report.findings), "finding") if report.findings else "all is as delivered"
    files, collections = _count(report.files, "file"), _count(len(report.collections), "collection")
    say(f"{files} of {collections}, against {against}: {wrong}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _as_json(report: Report) -> dict[str, object]:
    return {
        "files": report.files,
        "collections": list(report.collections),
        "against": ["manifest", "ledger"] if report.with_ledger else ["manifest"],
        "findings": [vars(finding) for finding in report.findings],
    }
