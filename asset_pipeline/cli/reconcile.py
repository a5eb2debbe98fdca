"""`reconcile`: close open and unknown calls against the providers, or by a person's word."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger import Database, Outcome, State, Step
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import ZERO, brief
from asset_pipeline.project import Project, open_project
from asset_pipeline.reconciliation import Reconciled
from asset_pipeline.services import open_ledger, open_pipeline

PAID, FREE = "paid", "free"


def reconcile(
    accept: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="CALL paid|free", help="Say yourself whether an unknown call was charged."),
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Look at the providers what became of open calls, and book what is found.

    What cannot be decided stays held. If you know better, from the provider's own pages, say so with --accept.

    Example: asset-pipeline reconcile --accept 5b09c1d2e3f4 free
    """
    project = open_project()
    if accept:
        say(_accept(project, *accept))
        return
    closed = asyncio.run(_reconcile(project))
    if as_json:
        say_json([vars(one) for one in closed])
        return
    for one in closed:
        say(f"{'closed' if one.resolved else 'open  '} {one.call_id}  {one.image_key}: {one.message}")
    still_open = sum(not one.resolved for one in closed)
    say(f"{still_open} calls stay open, and their money held" if still_open else "no call is open")
    if still_open:
        say("to decide one yourself: asset-pipeline reconcile --accept CALL paid|free")


async def _reconcile(project: Project) -> list[Reconciled]:
    async with open_pipeline(project) as pipeline:
        return await pipeline.reconcile()


def _accept(project: Project, name: str, verdict: str) -> str:
    """Settle an open call that nobody works on as a person says, and return what was done.

    Raises:
        SettingsError: There is no such call, or the verdict is none.
    """
    if verdict not in (PAID, FREE):
        raise SettingsError(f"{verdict!r} is no verdict", where="--accept", fix="paid or free")

    async def settle() -> str:
        with Database(project.paths.database) as database:
            ledger = open_ledger(project, database)
            found = [call for call in await ledger.open_calls() if name and call.call_id.startswith(name)]
            left = [call for call in found if call.is_left(utc_now())]
            if len(left) != 1:
                said = f"{len(left)} open calls that nobody works on begin with {name!r}"
                raise SettingsError(said, where="--accept", fix="asset-pipeline status lists open and unknown calls")
            call = left[0]
            if call.state is State.HELD:
                await ledger.unknown(call.call_id, reason="its process ended while the request was under way")
            outcome = Outcome.ACCEPTED_PAID if verdict == PAID else Outcome.ACCEPTED_FREE
            cost = call.worst_usd if verdict == PAID else ZERO
            step = await ledger.settled(call.call_id, cost, outcome, reason=f"accepted as {verdict} by a person")
            if step is not Step.TAKEN:
                raise SettingsError(f"call {call.call_id}: {step}", where="--accept")
            return f"call {call.call_id} of {call.image_key} is booked at {brief(cost)}"

    return asyncio.run(settle())
