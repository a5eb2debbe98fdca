"""`stats`: how calls, runs and images have gone, in numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.loop_reports import LoopReport
from asset_pipeline.ledger.money import brief, plain
from asset_pipeline.ledger.stats import Quantiles, Stats, read_stats
from asset_pipeline.project import open_project

SHOWN = 10
_AGO = re.compile(r"(\d{1,4})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def stats(
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Only from then on: 90m, 24h, 7d, 2w, or a date or time in UTC."),
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Say how long calls took and waited, how many failed, how fast images came, and what one has cost.

    Example: asset-pipeline stats --since 24h
    """
    begin = None if since is None else _moment(since)
    project = open_project()
    mode = str(project.settings.mode)
    with Database(project.paths.database) as database:
        found = database.run(lambda connection: read_stats(connection, mode=mode, since=begin))
    if as_json:
        say_json(_as_json(found))
    else:
        _say(found)


def _moment(text: str) -> datetime:
    """Return a moment, UTC without a zone.

    Raises:
        SettingsError: It is none.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return utc_now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise SettingsError(
            f"{text!r} is no time", where="--since", fix="say 90m, 24h, 7d, 2w, 2026-01-31 or 2026-01-31T08:00"
        ) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _say(found: Stats) -> None:
    speed, cost = found.images_per_minute, found.usd_per_image
    say(f"mode        {found.mode}" + (f", since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""))
    say(f"images      {found.delivered} delivered" + ("" if speed is None else f", {speed:.1f} a minute of running"))
    say(f"cost        {brief(found.spent_usd)}" + ("" if cost is None else f", {brief(cost)} per delivered image"))
    if found.loops:
        say(f"event loop  {_loop(found.loops[0])}")
    if not found.models:
        say("\nno call has been made")
        return
    say("\npaid calls, in seconds (50 / 95 / 99 %):")
    rows = [
        [
            one.model,
            str(one.calls),
            f"{one.error_rate:.1%}",
            _seconds(one.response),
            _seconds(one.call),
            _seconds(one.queue_wait),
            brief(one.cost_usd),
        ]
        for one in found.models
    ]
    say_table(["model", "calls", "errors", "answer", "whole call", "waited", "cost"], rows, right=(1, 2, 3, 4, 5, 6))
    say("\nrequests, in seconds (50 / 95 / 99 %):")
    rows = [
        [
            one.provider,
            one.endpoint,
            str(one.requests),
            str(one.errors),
            _seconds(one.response),
            f"{one.received_bytes:,}",
        ]
        for one in found.endpoints
    ]
    say_table(["provider", "endpoint", "requests", "errors", "answer", "bytes"], rows, right=(2, 3, 4, 5))
    if found.runs:
        say("\nruns:" if len(found.runs) <= SHOWN else f"\nthe last {SHOWN} of {len(found.runs)} runs:")
        rows = [
            [f"{one.started_at:%Y-%m-%d %H:%M}", one.run_id[:8], str(one.images), f"{one.images_per_minute:.1f}"]
            for one in found.runs[:SHOWN]
        ]
        say_table(["begun (UTC)", "run", "images", "a minute"], rows, right=(2, 3))


def _seconds(some: Quantiles) -> str:
    parts: Sequence[float | None] = (some.p50, some.p95, some.p99)
    return " / ".join("-" if part is None else f"{part:.2f}" for part in parts)


def _loop(report: LoopReport) -> str:
    run = report.run_id[:8] if report.run_id else "the last one"
    return (
        f"run {run}: at most {report.max_ms:.1f} ms late, 99 % within {report.p99_ms:.1f} ms,"
        f" {report.stalls} times over 50 ms; it computed at most {report.max_cpu_ms:.1f} ms without a break,"
        f" {report.cpu_stalls} times over 50 ms"
    )


def _as_json(found: Stats) -> dict[str, Any]:
    speed, cost = found.images_per_minute, found.usd_per_image
    return {
        "mode": found.mode,
        "since": found.since and found.since.isoformat(),
        "images": {"delivered": found.delivered, "per_minute": None if speed is None else round(speed, 3)},
        "money": {"spent_usd": plain(found.spent_usd), "per_image_usd": None if cost is None else plain(cost)},
        "models": [
            asdict(one) | {"cost_usd": plain(one.cost_usd), "error_rate": round(one.error_rate, 6)}
            for one in found.models
        ],
        "endpoints": [asdict(one) for one in found.endpoints],
        "runs": [
            asdict(one)
            | {"started_at": one.started_at.isoformat(), "images_per_minute": round(one.images_per_minute, 3)}
            for one in found.runs
        ],
        "event_loops": [
            asdict(one) | {"started_at": one.started_at.isoformat(), "ended_at": one.ended_at.isoformat()}
            for one in found.loops
        ],
    }
