"""`status`: where images and money stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.lineage import as_json as lineage_as_json
from asset_pipeline.cli.lineage import lineage_of, say_lineage
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.ledger import Alert, Database
from asset_pipeline.ledger.money import brief, plain
from asset_pipeline.project import Project, open_project
from asset_pipeline.specs import Catalog
from asset_pipeline.standing import OpenCall, Standing, read_standing


def status(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="Images whose calls are listed, losers included.")
    ] = None,
    images: Annotated[bool, typer.Option("--images", help="List every image with its state.")] = False,  # noqa: FBT002 - a flag
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Say where images, money and open calls stand, or what single images have cost and for what.

    Example: asset-pipeline status --json
    """
    project = open_project()
    if keys:
        _say_images(project, keys, as_json=as_json)
        return
    with Database(project.paths.database) as database:
        standing = read_standing(project, database)
        listed = Catalog(database).images() if images else {}
    if as_json:
        listing = {key: {"state": row.state, "reason": row.reason} for key, row in listed.items()}
        say_json(_as_json(standing) | ({"list": listing} if images else {}))
        return
    for key, row in listed.items():
        say(f"{row.state:8} {key}" + (f"  ({row.reason})" if row.reason else ""))
    counts = ", ".join(f"{count} {state}" for state, count in standing.by_state.items() if count) or "none yet"
    say(f"mode     {standing.mode}")
    say(f"images   {counts}")
    say(f"review   {standing.waiting} waiting, {standing.approved} approved, {standing.rejected} rejected")
    unknown = f", of which {brief(standing.totals.unknown_usd)} unknown" if standing.totals.unknown_calls else ""
    say(f"money    spent {brief(standing.totals.spent_usd)}, held {brief(standing.totals.held_usd)}{unknown}\n")
    rows = [[b.scope, brief(b.limit_usd), brief(b.spent_usd), brief(b.held_usd)] for b in standing.budgets]
    say_table(["budget", "limit", "spent", "held"], rows, right=(1, 2, 3))
    if standing.alerts:
        say("\nalerts:")
        for alert in standing.alerts:
            say(f"  {alert.fired_at:%Y-%m-%d %H:%M} UTC  {alert.message}")
    if standing.open_calls:
        say("\nopen calls; the next run goes on with them:")
        for call in standing.open_calls:
            say(_open_call(call))


def _say_images(project: Project, keys: Sequence[str], *, as_json: bool) -> None:
    with Database(project.paths.database) as database:
        found = lineage_of(database, keys)
    if as_json:
        say_json([lineage_as_json(one) for one in found])
        return
    for one in found:
        say_lineage(one)


def _open_call(call: OpenCall) -> str:
    return f"  {call.call_id}  {call.state:9} {brief(call.held_usd)}  {call.model}  {call.image_key}"


def _alert_as_json(alert: Alert) -> dict[str, str]:
    return {
        "scope": alert.scope,
        "share": f"{alert.share.normalize():f}",
        "limit": plain(alert.limit_usd),
        "spent": plain(alert.spent_usd),
        "fired_at": f"{alert.fired_at.isoformat()}Z",
    }


def _as_json(standing: Standing) -> dict[str, Any]:
    totals = standing.totals
    return {
        "mode": standing.mode,
        "images": {"total": sum(standing.by_state.values()), "by_state": dict(standing.by_state)},
        "money": {
            "scopes": {
                one.scope: {
                    "limit": plain(one.limit_usd),
                    "usable": plain(one.usable_usd),
                    "spent": plain(one.spent_usd),
                    "held": plain(one.held_usd),
                }
                for one in standing.budgets
            },
            "alerts": [_alert_as_json(alert) for alert in standing.alerts],
            "spent": plain(totals.spent_usd),
            "held": plain(totals.held_usd),
            "unknown": plain(totals.unknown_usd),
        },
        "calls": {
            "open": totals.open_calls,
            "unknown": totals.unknown_calls,
            "list": [vars(call) | {"held_usd": plain(call.held_usd)} for call in standing.open_calls],
        },
        "review": {"waiting": standing.waiting, "approved": standing.approved, "rejected": standing.rejected},
    }
