"""Reports as assets: free, and made anew whenever somebody wants to see them."""

import base64

import dagster as dg

from asset_pipeline.defs.resources import PipelineResources
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import brief
from asset_pipeline.prompts.leaderboard import ALL, Leaderboard
from asset_pipeline.review.leaderboard_picture import draw_thumbnail
from asset_pipeline.review.leaderboard_report import LeaderboardReport, write_leaderboard

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
