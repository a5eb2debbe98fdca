"""`regenerate`: want images anew, and pay for them again on purpose."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from asset_pipeline.cli.output import say
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.project import open_project
from asset_pipeline.specs import Catalog
from asset_pipeline.specs.takes import want_anew


def regenerate(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Which images.")],
    note: Annotated[str | None, typer.Option(help="Why, for the record.")] = None,
) -> None:
    """Want images anew: the next run buys another take of each, with its prompt as it is. Costs nothing by itself.

    Example: asset-pipeline regenerate demo.icons.reading-hub --note "too busy"
    """
    project = open_project()
    with Database(project.paths.database) as database:
        known = Catalog(database).images(keys)
        missing = [key for key in keys if key not in known]
        if missing:
            raise SettingsError(
                f"{', '.join(missing)}: not in the catalog", fix="asset-pipeline status --images lists what is"
            )
        images = [row.wanted for row in known.values()]

        def want(connection: Connection) -> None:
            want_anew(connection, images, note=note, reviewer=getpass.getuser())

        database.run(want)
    for image in images:
        say(f"{image.key}: take {image.take + 1} is made by the next run; its file stays until then")
