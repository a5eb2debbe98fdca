"""The commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import sys
import traceback

import typer

from asset_pipeline import __version__
from asset_pipeline.cli import (
    budget,
    decide,
    doctor,
    leaderboard,
    models,
    plan,
    prices,
    prompts,
    reconcile,
    review,
    run,
    sandbox,
    sql,
    stats,
    status,
    sync,
    verify,
    webhooks,
)
from asset_pipeline.cli.output import INTERRUPTED, complain
from asset_pipeline.errors import PipelineError
from asset_pipeline.logs import configure

app = typer.Typer(
    name="asset-pipeline",
    help="Turn YAML specs into finished AI images under a hard money budget.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("plan")(plan.plan)
app.command("sync")(sync.sync)
app.command("run")(run.run)
app.command("status")(status.status)
app.command("approve")(decide.approve)
app.command("reject")(decide.reject)
app.command("regenerate")(decide.regenerate)
app.command("pause")(decide.pause)
app.command("resume")(decide.resume)
app.command("stop")(decide.stop)
app.command("reconcile")(reconcile.reconcile)
app.command("leaderboard")(leaderboard.leaderboard)
app.add_typer(budget.app, name="budget")
app.add_typer(prices.app, name="prices")
app.add_typer(prompts.app, name="prompts")
app.command("models")(models.models)
app.command("doctor")(doctor.doctor)
app.command("sandbox")(sandbox.sandbox)
app.command("webhooks")(webhooks.webhooks)
app.command("review")(review.review)
app.command("stats")(stats.stats)
app.command("verify")(verify.verify)
app.command("sql")(sql.sql)


@app.callback(invoke_without_command=True)
def options(
    version: bool = typer.Option(False, "--version", help="Print the version and end."),  # noqa: FBT001 - a flag
) -> None:
    """Turn YAML specs into finished AI images under a hard money budget."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run a command; errors that a user can cause become a message and an exit code, others a traceback and 1."""
    configure("WARNING")
    try:
        app()  # shows what is wrong with the arguments in typer's own way, and ends with 2 then
    except SystemExit as end:
        code = end.code
    except PipelineError as error:
        complain(f"asset-pipeline: {error}")
        code = error.exit_code
    except Exception:  # noqa: BLE001 - a bug: its traceback, which may hold a key that somebody was sent
        complain(traceback.format_exc())
        code = 1
    if code == INTERRUPTED:
        complain("stopped; what had been paid for is kept or will be picked up: run again to go on")
    sys.exit(code)
