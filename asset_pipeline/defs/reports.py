"""Reports as assets: free, and made anew whenever somebody wants to see them."""

import base64
from dataclasses import astuple
from typing import Any

import dagster as dg

from asset_pipeline.defs.resources import PipelineResources
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import brief
from asset_pipeline.ledger.stats import Stats, read_stats
from asset_pipeline.prompts.leaderboard import ALL, Leaderboard
from asset_pipeline.review.leaderboard_picture import draw_thumbnail
from asset_pipeline.review.leaderboard_report import LeaderboardReport, write_leaderboard
from asset_pipeline.review.stats_picture import draw_stats

GROUP = "images"


@dg.asset(
    deps=[str(Asset.ORCHESTRATED_PROMPTS)],
    description="Which writers win competitions, how they are scored, and what a win costs, by type of image.",
    kinds={"html"},
    group_name=GROUP,
    # It has no partitions; but without this, Dagster refuses a range of images that is selected together with it.
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def leaderboard(pipeline: PipelineResources) -> dg.MaterializeResult[None]:
    """Write the leaderboard, and show it."""
    project = pipeline.project()
    with Database(project.paths.database) as database:
        report = write_leaderboard(database, project.paths, str(project.settings.mode))
    return dg.MaterializeResult(metadata=_metadata(report))


@dg.asset(
    deps=[str(Asset.GENERATED_IMAGES)],
    description="How long calls take and wait, how many fail, how fast images come, and what one costs.",
    kinds={"duckdb"},
    group_name=GROUP,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def pipeline_stats(pipeline: PipelineResources) -> dg.MaterializeResult[None]:
    """Read the numbers, and show them; those that are numbers become plots over time."""
    project = pipeline.project()
    mode = str(project.settings.mode)
    with Database(project.paths.database) as database:
        stats = database.run(lambda connection: read_stats(connection, mode=mode))
    return dg.MaterializeResult(metadata=_numbers(stats))


def _numbers(stats: Stats) -> dict[str, Any]:
    calls = sum(one.calls for one in stats.models)
    plot = base64.b64encode(draw_stats(stats)).decode()
    metadata: dict[str, Any] = {
        "plot": dg.MetadataValue.md(f"![how calls went](data:image/png;base64,{plot})"),
        "models": dg.MetadataValue.md(_models(stats)),
        "images_delivered": stats.delivered,
        "calls": calls,
        "error_rate": sum(one.errors for one in stats.models) / calls if calls else 0.0,
        "spent_usd": float(stats.spent_usd),
    }
    if stats.usd_per_image is not None:
        metadata["usd_per_image"] = float(stats.usd_per_image)
    if stats.images_per_minute is not None:
        metadata["images_per_minute"] = stats.images_per_minute
    for provider in sorted({one.provider for one in stats.models}):
        mine = [one for one in stats.models if one.provider == provider]
        for name, value in (
            ("call_p50_s", max((one.call.p50 or 0.0 for one in mine), default=0.0)),
            ("call_p95_s", max((one.call.p95 or 0.0 for one in mine), default=0.0)),
            ("call_p99_s", max((one.call.p99 or 0.0 for one in mine), default=0.0)),
            ("queue_wait_p95_s", max((one.queue_wait.p95 or 0.0 for one in mine), default=0.0)),
        ):
            metadata[f"{provider}_{name}"] = value
    if stats.loops:
        metadata |= {"loop_max_ms": stats.loops[0].max_ms, "loop_stalls": stats.loops[0].stalls}
    return metadata


def _models(stats: Stats) -> str:
    """Return how each model's calls went, as Markdown."""
    if not stats.models:
        return "No call has been made yet."
    lines = ["| provider | model | calls | errors | call 50 / 95 / 99 % | waited 95 % | cost |", "|" + "---|" * 7]
    for one in stats.models:
        call = " / ".join("-" if part is None else f"{part:.2f} s" for part in astuple(one.call))
        waited = "-" if one.queue_wait.p95 is None else f"{one.queue_wait.p95:.2f} s"
        cells = [one.provider, one.model, one.calls, f"{one.error_rate:.1%}", call, waited, brief(one.cost_usd)]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _metadata(report: LeaderboardReport) -> dict[str, dg.MetadataValue | int]:
    board = report.board
    plot = base64.b64encode(draw_thumbnail(board)).decode()
    return {
        "leaderboard": dg.MetadataValue.md(_table(board)),
        "plot": dg.MetadataValue.md(f"![leaderboard](data:image/png;base64,{plot})"),
        "page": dg.MetadataValue.path(str(report.page)),
        "picture": dg.MetadataValue.path(str(report.picture)),
        "writers": len(board.by_type.get(ALL, ())),
    }


def _table(board: Leaderboard) -> str:
    """Return the leaderboard as Markdown, the best writer of each type in bold."""
    lines = ["| type | writer | brief | wins | share | score | cost per win | disqualified |", "|" + "---|" * 8]
    for kind, some in board.by_type.items():
        for number, one in enumerate(some):
            share = f"{one.share:.0%} ({one.share_interval.low:.0%} to {one.share_interval.high:.0%})"
            interval = one.score_interval
            score = "-" if one.score is None else f"{one.score:.2f}"
            score += f" ({interval.low:.1f} to {interval.high:.1f})" if interval else ""
            cost = "-" if one.cost_per_win_usd is None else brief(one.cost_per_win_usd)
            model = one.model if number else f"**{one.model}**"
            cells = [kind, model, one.brief, f"{one.wins} of {one.competitions}", share, score, cost, one.disqualified]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) if board.by_type else "No competition has been judged yet."
