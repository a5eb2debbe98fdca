"""`sql`: ask the ledger anything, changing nothing."""

from __future__ import annotations

from typing import Annotated

import duckdb
import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger.reading import read_only
from asset_pipeline.project import open_project


def sql(
    query: Annotated[str, typer.Argument(help="A query; the views are ledger, calls, budgets, images, ...")],
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Run a read-only query on the ledger, beside whatever else is going on.

    Example: asset-pipeline sql "select image_key, cost_usd from images order by cost_usd desc limit 5"
    """
    project = open_project()
    try:
        with read_only(project.paths.database) as connection:
            connection.execute(query)
            columns = [column[0] for column in connection.description or []]
            rows = connection.fetchall()
    except duckdb.Error as error:
        raise SettingsError(str(error), where="sql", fix="make docs lists the views") from None
    if as_json:
        say_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    say_table(columns, [["" if cell is None else str(cell) for cell in row] for row in rows])
    say(f"({len(rows)} rows)")
