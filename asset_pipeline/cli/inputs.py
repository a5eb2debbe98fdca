"""The arguments that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from asset_pipeline.project import Project
from asset_pipeline.specs import Collection, require_specs

SPECS_ARGUMENT = typer.Argument(metavar="[SPEC]...", help="Spec files, or folders of them; all specs if left out.")
JSON_OPTION = typer.Option("--json", help="Print JSON.")


def read_specs(project: Project, specs: Sequence[Path] | None) -> tuple[Collection, ...]:
    """Return the named specs, or all in the folder of specs.

    Raises:
        SpecError: At least one is wrong; all problems of all files are named.
        SetupError: There is none.
    """
    files = list(specs or [project.paths.specs])
    return require_specs(files, root=project.root, max_file_mb=project.settings.specs.max_file_mb)
