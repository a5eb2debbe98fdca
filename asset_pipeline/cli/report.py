"""What a `run` says at its end: costs by type, what failed or waits and why, and where the contact sheets are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from asset_pipeline.cli.output import say, say_table
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.money import brief, plain
from asset_pipeline.links import collection_url
from asset_pipeline.planning import PlannedImage
from asset_pipeline.project import Project
from asset_pipeline.rollout.lane import collection_of
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline.specs.states import REJECTED

if TYPE_CHECKING:
    from asset_pipeline.defs.launch import Summary

SHOWN_REASONS = 20


def as_json_report(
    project: Project,
    database: Database,
    collections: Sequence[Collection],
    planned: Sequence[PlannedImage],
    left: Sequence[str],
    summary: Summary,
) -> dict[str, Any]:
    """Return what became of a run, for programs."""
    states = summary.count()
    rejected = sum(
        row.state == REJECTED for row in Catalog(database).images([image.wanted.key for image in planned]).values()
    )
    spent, calls = database.run(lambda connection: _spent_in(connection, summary.run_ids))
    return {
        "mode": str(project.settings.mode),
        "images": {
            "total": len(planned),
            "up_to_date": len(planned) - len(left) - rejected,
            **{state: states[state] for state in ("done", "failed", "held")},
            "waiting": len(summary.waits),
            "rejected": rejected,
        },
        "failed": {one.key: one.reason for one in summary.landed if one.state == "failed"},
        "held": {one.key: one.reason for one in summary.landed if one.state == "held"},
        "waiting": summary.waits,
        "degraded": {one.key: one.degraded for one in summary.landed if one.degraded},
        "alerts": summary.alerts,
        "calls": calls,
        "spent_usd": plain(spent),
        "runs": summary.run_ids,
        "contact_sheets": [str(project.paths.reports / one.name / "contact-sheet.html") for one in collections],
    }


def _spent_in(connection: Connection, run_ids: Sequence[str]) -> tuple[Decimal, int]:
    row = connection.execute(
        "SELECT coalesce(sum(cost_usd), 0)::DECIMAL(18,9), count(*) FROM main.calls"
        " WHERE run_id IN (SELECT unnest($1::VARCHAR[]))",
        [list(run_ids)],
    ).fetchone()
    return (row[0], row[1]) if row else (Decimal(0), 0)


def say_report(
    project: Project,
    database: Database,
    collections: Sequence[Collection],
    report: dict[str, Any],
    summary: Summary,
) -> None:
    """Print what became of a run, for people."""
    names = [one.name for one in collections]
    _say_costs(database, names)
    images = report["images"]
    finished = images["up_to_date"] + images["done"]
    say(f"\n{finished} of {images['total']} images are finished; {report['calls']} paid calls, ${report['spent_usd']}")
    if summary.stopped:
        say("what landed after the stop is not counted: `asset-pipeline status` has it, and the next run takes it free")
    if images["failed"]:
        say(f"\n{images['failed']} failed; running again tries only those:")
        _say_reasons(report["failed"])
    if images["held"]:
        say(f"\n{images['held']} left for later:")
        _say_held(summary)
    if report["waiting"]:
        say(f"\n{images['waiting']} wait for a person:")
        _say_reasons(report["waiting"])
        for name in dict.fromkeys(collection_of(key) for key in report["waiting"]):
            say(f"  review: {collection_url(project.settings, name)}")
    if images["rejected"]:
        say(f"\n{images['rejected']} are rejected, and not delivered")
    if report["degraded"]:
        say(f"\n{len(report['degraded'])} made with less than the spec wants, as budget.degrade allows:")
        _say_reasons(report["degraded"])
    for name in names:
        sheet = project.paths.reports / name / "contact-sheet.html"
        if sheet.is_file():
            say(f"\ncontact sheet: {project.paths.shown(sheet)}")
    if summary.run_ids:
        say(f"in Dagster: run {', '.join(run_id[:8] for run_id in summary.run_ids)}")


def _say_held(summary: Summary) -> None:
    """Print why images were left, those of one budget together."""
    held = [one for one in summary.landed if one.state == "held"]
    for budget in dict.fromkeys(one.budget for one in held if one.budget):
        images = [one for one in held if one.budget == budget]
        dearest = max(images, key=lambda one: one.needed_usd)
        total = sum(one.needed_usd for one in images)
        say(f"  {len(images)} for {dearest.reason}")
        if len(images) > 1:
            say(f"  all {len(images)} together need up to ${total:.2f}")
    _say_reasons({one.key: one.reason for one in held if not one.budget})


def _say_reasons(reasons: dict[str, str]) -> None:
    """Print reasons, each once with the images it is true of."""
    by_reason: dict[str, list[str]] = {}
    for key, reason in reasons.items():
        by_reason.setdefault(reason, []).append(key)
    for reason, keys in list(by_reason.items())[:SHOWN_REASONS]:
        more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
        say(f"  {keys[0]}{more}: {reason}")
    if len(by_reason) > SHOWN_REASONS:
        say(f"  … and {len(by_reason) - SHOWN_REASONS} other reasons; see `asset-pipeline status --images`")


def _say_costs(database: Database, collections: Sequence[str]) -> None:
    """Print what the images of collections have cost so far, by type and by what was bought."""
    rows = database.run(
        lambda connection: connection.execute(
            "SELECT i.type, count(DISTINCT i.image_key), count(DISTINCT i.image_key) FILTER (i.state = 'done'),"
            " coalesce(sum(c.cost_usd) FILTER (c.kind <> 'image'), 0)::DECIMAL(18,9),"
            " coalesce(sum(c.cost_usd) FILTER (c.kind = 'image'), 0)::DECIMAL(18,9)"
            " FROM main.images i LEFT JOIN main.calls c USING (image_key)"
            " WHERE i.retired_at IS NULL AND i.collection IN (SELECT unnest($1::VARCHAR[]))"
            " GROUP BY i.type ORDER BY i.type",
            [list(collections)],
        ).fetchall()
    )
    cells = [
        [kind, str(wanted), str(done), *(brief(x) for x in (words, pictures, words + pictures))]
        for kind, wanted, done, words, pictures in rows
    ]
    total = [sum((row[n] for row in rows), Decimal(0)) for n in (3, 4)]
    counts = [str(sum(row[n] for row in rows)) for n in (1, 2)]
    cells.append(["all", *counts, *(brief(x) for x in (*total, sum(total, Decimal(0))))])
    say_table(["type", "images", "finished", "prompts", "pictures", "cost so far"], cells, right=(1, 2, 3, 4, 5))
