"""The commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from asset_pipeline import __version__
from asset_pipeline.cli import (
    budget,
    decide,
    doctor,
    import_legacy,
    leaderboard,
    models,
    plan,
    prices,
    prompts,
    reconcile,
    recovery,
    review,
    run,
    sandbox,
    settings,
    sql,
    stats,
    status,
    sync,
    verify,
    webhooks,
)
from asset_pipeline.cli.output import INTERRUPTED, complain
from asset_pipeline.errors import PipelineError, SettingsError
from asset_pipeline.logs import configure
from asset_pipeline.settings.command_line import take

SET = "--set"

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
app.add_typer(settings.app, name="settings")
app.add_typer(prices.app, name="prices")
app.add_typer(prompts.app, name="prompts")
app.command("models")(models.models)
app.command("doctor")(doctor.doctor)
app.command("sandbox")(sandbox.sandbox)
app.command("webhooks")(webhooks.webhooks)
app.command("review")(review.review)
app.command("stats")(stats.stats)
app.command("verify")(verify.verify)
app.command("import-legacy")(import_legacy.import_legacy)
app.command("backup")(recovery.backup)
app.command("restore")(recovery.restore)
app.command("export")(recovery.export)
app.command("import")(recovery.import_)
app.command("sql")(sql.sql)


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,  # noqa: FBT002 - a flag
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            SET, metavar="KEY=VALUE", help="A setting for this command, such as budget.total_usd=5; after it, too."
        ),
    ] = None,
) -> None:
    """Turn YAML specs into finished AI images under a hard money budget."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if assignments:
        take(assignments)


def settings_first(arguments: list[str]) -> list[str]:
    """Return the arguments with every `--set` in front, as people write it where it occurs to them."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    found: list[str] = []
    rest: list[str] = []
    words = iter(arguments[:end])
    for word in words:
        if word == SET:
            found += [word, *[value for value in [next(words, None)] if value is not None]]
        else:
            (found if word.startswith(f"{SET}=") else rest).append(word)
    return [*found, *rest, *arguments[end:]]


def _require_text(arguments: Sequence[str]) -> None:
    """Refuse bytes that are no text: neither the ledger nor a message can hold them."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise SettingsError(
                "an argument is not UTF-8 text", where=ascii(argument), fix="rename what it names, or type it anew"
            ) from None


def main() -> None:
    """Run a command; errors that a user can cause become a message and an exit code, others a traceback and 1."""
    configure("WARNING")
    try:
        _require_text(sys.argv)
        # Shows what is wrong with the arguments in typer's own way, and ends with 2 then.
        app(settings_first(sys.argv[1:]))
    except SystemExit as end:
        code = end.code
    except PipelineError as error:
        complain(f"asset-pipeline: {error}")
        code = error.exit_code
    except RuntimeError as error:  # DuckDB's word for Ctrl-C
        code = INTERRUPTED if str(error) == "Query interrupted" else _tell_bug()
    except Exception:  # noqa: BLE001 - said in full, and an exit code
        code = _tell_bug()
    if code == INTERRUPTED:
        complain("stopped; what had been paid for is kept or will be picked up: run again to go on")
    sys.exit(code)


def _tell_bug() -> int:
    """Print the traceback, which may hold a key that somebody was sent, and return the exit code of bugs."""
    complain(traceback.format_exc())
    return 1
