"""Tells `dagster asset …` which definitions it is about, where nobody has said.

Those commands of Dagster 1.13 read neither workspace.yaml nor pyproject.toml, only options and DAGSTER_MODULE_NAME; but
that variable, set for all commands, would rename the code location that `dagster dev` shows. So it is set at start-up,
by a line in the virtual environment that `make` writes, for these commands alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path

MODULE = "asset_pipeline.definitions"
_VARIABLE = "DAGSTER_MODULE_NAME"
_TOLD = ("-m", "--module-name", "-f", "--python-file", "--package-name", "--autoload-defs-module-name")


def set_default(arguments: Sequence[str], environ: MutableMapping[str, str], folder: Path) -> None:
    """Name our definitions in the environment, if the command is `dagster asset …`, is in a project and names none.

    Args:
        arguments: Of the process, its program first.
        environ: Of the process; changed.
        folder: In which it was started.
    """
    is_asset_command = Path(arguments[0]).name == "dagster" and list(arguments[1:2]) == ["asset"]
    is_told = any(argument.partition("=")[0] in _TOLD for argument in arguments)
    if is_asset_command and not is_told and (folder / "pipeline.yaml").is_file():
        environ.setdefault(_VARIABLE, MODULE)


def at_start() -> None:
    """Do so for this process."""
    if getattr(sys, "argv", None):
        set_default(sys.argv, os.environ, Path.cwd())
