"""`settings`: show what holds and where it comes from, and check it without doing anything."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.paths import find_root
from asset_pipeline.project import open_project
from asset_pipeline.secrets import secret_sources
from asset_pipeline.settings.layers import BUILT_IN
from asset_pipeline.settings.shown import effective
from asset_pipeline.settings.sources import read_settings, wrong_settings

app = typer.Typer(help="Show the settings and where each comes from, or check them.", no_args_is_help=True)

SECRETS = "secrets"


@app.command("show")
def show_settings(
    sections: Annotated[
        list[str] | None, typer.Argument(metavar="[SECTION]...", help="Sections, or single keys; all if left out.")
    ] = None,
    sources: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--sources", help="Say where each value comes from.")
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Show every setting as it holds; of secrets, whether they are set.

    Example: asset-pipeline settings show --sources budget
    """
    root = find_root()
    read = read_settings(root)
    if read.problems:
        raise wrong_settings(read.problems)
    wanted = [key for key in sections or [] if key != SECRETS]
    rows = effective(read, wanted) if wanted or not sections else []
    secrets = secret_sources(root) if not sections or SECRETS in sections else {}
    if as_json:
        say_json(
            {
                "settings": {row.key: {"value": row.value, "source": row.source} for row in rows},
                SECRETS: {name: {"set": source is not None, "source": source} for name, source in secrets.items()},
            }
        )
        return
    table = [[row.key, _plain(row.value), row.source] for row in rows]
    table += [[name, "set, not shown" if source else "not set", source or "-"] for name, source in secrets.items()]
    columns = ["key", "value", "source"]
    shown = 3 if sources else 2
    say_table(columns[:shown], [row[:shown] for row in table])


@app.command("check")
def check_settings() -> None:
    """Check the settings and keys as every command does when it starts. Ends with 2, naming all that is wrong.

    Example: asset-pipeline settings check
    """
    project = open_project()
    given = [row.key for row in effective(read_settings(project.root)) if row.source != BUILT_IN]
    say(f"the settings are in order: mode {project.settings.mode}, {len(given)} set by you, the rest built in")


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever a setting may be
    if value is None or value in ([], {}, ""):
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
