"""`approve`, `reject`, `regenerate`, `pause`, `resume`, `stop`: the review page's decisions, for scripts."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from asset_pipeline.cli.output import complain, say
from asset_pipeline.decisions import Decision, DecisionDesk, Kind, Outcome
from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import ZERO, brief, parse_usd
from asset_pipeline.project import open_project
from asset_pipeline.specs import Catalog

KEYS_ARGUMENT = typer.Argument(metavar="KEY...", help="Which images.")
COLLECTION_ARGUMENT = typer.Argument(metavar="COLLECTION", help="Which collection.")
REFUSED = 2


def approve(
    what: Annotated[list[str], typer.Argument(metavar="COLLECTION|KEY...", help="A collection, or images.")],
    amount: Annotated[
        str | None, typer.Option(metavar="USD", help="For a collection: the most that may be spent on the rest.")
    ] = None,
) -> None:
    """Approve a collection for production, or single images.

    The approval of a collection counts as long as its spec, prompts, models, prices and limits stay as they are.

    Example: asset-pipeline approve demo --amount 5
    """
    collections = [one for one in what if "." not in one]
    if not collections:
        if amount is not None:
            raise SettingsError("an amount is for a collection, and these are images", where="--amount")
        _decide(Kind.APPROVE, what)
        return
    if len(what) > 1:
        raise SettingsError("one collection at a time, and no images beside it", where=", ".join(what))
    if amount is None:
        fix = f"asset-pipeline approve {what[0]} --amount USD; `asset-pipeline plan` says what the rest costs"
        raise SettingsError("an approval names the most that may be spent under it", where="--amount", fix=fix)
    usd = parse_usd(amount, where="--amount")
    _about_collection(lambda desk, reviewer: desk.approve(what[0], usd, reviewer=reviewer))


def reject(
    keys: Annotated[list[str], KEYS_ARGUMENT],
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Reject images: they are not delivered any more. What was bought is kept.

    Example: asset-pipeline reject demo.icons.reading-hub --note "too busy"
    """
    _decide(Kind.REJECT, keys, note=note)


def regenerate(
    keys: Annotated[list[str], KEYS_ARGUMENT],
    note: Annotated[str, typer.Option(help="What should change: the models compete anew, and are told.")] = "",
) -> None:
    """Send images back: the next run buys another take of each. Costs nothing by itself.

    Without a note, the prompt stays as it is.

    Example: asset-pipeline regenerate demo.icons.reading-hub --note "too busy"
    """
    _decide(Kind.REGENERATE, keys, note=note)


def pause(collection: Annotated[str, COLLECTION_ARGUMENT]) -> None:
    """Begin no further image of a collection, in any process; those under way are finished.

    Example: asset-pipeline pause demo
    """
    _about_collection(lambda desk, reviewer: desk.pause(collection, reviewer=reviewer))


def resume(collection: Annotated[str, COLLECTION_ARGUMENT]) -> None:
    """Let a collection go on that was paused or stopped.

    Example: asset-pipeline resume demo
    """
    _about_collection(lambda desk, reviewer: desk.resume(collection, reviewer=reviewer))


def stop(collection: Annotated[str, COLLECTION_ARGUMENT]) -> None:
    """Make no further call for a collection, in any process; what is under way lands and is kept.

    Example: asset-pipeline stop demo
    """
    _about_collection(lambda desk, reviewer: desk.stop(collection, reviewer=reviewer))


def _decide(kind: Kind, keys: Sequence[str], *, note: str = "") -> None:
    """Take one decision about images, all of them or none."""
    project = open_project()
    with Database(project.paths.database) as database:
        known = Catalog(database).images(keys)
        missing = [key for key in keys if key not in known]
        if missing:
            raise SettingsError(
                f"{', '.join(missing)}: not in the catalog", fix="asset-pipeline status --images lists what is"
            )
        decisions = [Decision(new_decision_id(), key, kind, note=note, is_blind=True) for key in dict.fromkeys(keys)]
        desk = DecisionDesk(project, database)
        prices = [desk.price(one) for one in decisions] if kind is Kind.REGENERATE else []
        outcomes = desk.decide(decisions, reviewer=getpass.getuser())
    _answer(outcomes)
    if prices:
        expected = sum((one.expected_usd for one in prices), ZERO)
        worst = sum((one.worst_usd for one in prices), ZERO)
        say(f"This costs about {brief(expected)}, and {brief(worst)} at the most.")


def _about_collection(act: Callable[[DecisionDesk, str], Outcome]) -> None:
    project = open_project()
    with Database(project.paths.database) as database:
        outcome = act(DecisionDesk(project, database), getpass.getuser())
    _answer([outcome])


def _answer(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        (say if outcome.is_taken else complain)(outcome.message)
    if not all(outcome.is_taken for outcome in outcomes):
        raise typer.Exit(REFUSED)
