"""`budget`: show the limits and what is left of them, and change them while work goes on."""

from __future__ import annotations

import getpass
from decimal import Decimal
from typing import Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.decisions import DecisionDesk
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import brief, parse_usd, plain
from asset_pipeline.project import open_project
from asset_pipeline.services import open_ledger

app = typer.Typer(help="Show or change the limits; a change applies to runs in progress.", no_args_is_help=True)


@app.command("show")
def show_budgets(
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Show every limit, what is spent and held under it, and what is left.

    Example: asset-pipeline budget show
    """
    project = open_project()
    with Database(project.paths.database) as database:
        budgets = open_ledger(project, database).budgets()
    if as_json:
        say_json(
            {
                one.scope: {
                    "limit": plain(one.limit_usd),
                    "usable": plain(one.usable_usd),
                    "spent": plain(one.spent_usd),
                    "held": plain(one.held_usd),
                    "free": plain(max(one.free_usd, Decimal(0))),
                }
                for one in budgets
            }
        )
        return
    rows = [
        [
            one.scope,
            *(brief(amount) for amount in (one.limit_usd, one.usable_usd, one.spent_usd, one.held_usd)),
            brief(max(one.free_usd, Decimal(0))),
        ]
        for one in budgets
    ]
    say_table(["budget", "limit", "usable", "spent", "held", "free"], rows, right=(1, 2, 3, 4, 5))


@app.command("set")
def set_budget(
    scope: Annotated[str, typer.Argument(help="total, day, sample, production, provider:NAME or collection:NAME.")],
    amount: Annotated[str, typer.Argument(metavar="USD", help="The new limit, above 0 and below 100.")],
) -> None:
    """Change one limit; every running process obeys it at its next call. Approvals given under another limit end.

    Example: asset-pipeline budget set total 10
    """
    project = open_project()
    limit = parse_usd(amount, where="USD")
    with Database(project.paths.database) as database:
        DecisionDesk(project, database).set_limit(scope, limit, reviewer=getpass.getuser())
        now = next(one for one in open_ledger(project, database).budgets() if one.scope == scope)
    say(f"{scope}: limit {brief(now.limit_usd)}, of which {brief(max(now.free_usd, Decimal(0)))} is free")
