"""`leaderboard`: which writers win, by type of image, and what a win costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import brief, plain
from asset_pipeline.project import open_project
from asset_pipeline.prompts.leaderboard import ALL, Interval, Line
from asset_pipeline.review.leaderboard_report import write_leaderboard
from asset_pipeline.specs.wanted import ImageType
from asset_pipeline.suggestions import suggest


def leaderboard(
    kind: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only this type of image, or `all` of them together.")
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Say which writers win competitions and what a win costs, and write it as a page and a picture.

    Example: asset-pipeline leaderboard --type icons
    """
    known = [ALL, *map(str, ImageType)]
    if kind is not None and kind not in known:
        raise SettingsError(f"there is no type {kind!r}{suggest(kind, known)}", fix=f"one of {', '.join(known)}")
    project = open_project()
    with Database(project.paths.database) as database:
        report = write_leaderboard(database, project.paths, str(project.settings.mode))
    shown = {name: lines for name, lines in report.board.by_type.items() if kind in (None, name)}
    if as_json:
        say_json({"mode": report.board.mode, "types": {name: [*map(_as_json, lines)] for name, lines in shown.items()}})
        return
    if not shown:
        say(f"no competition has been judged in {report.board.mode} mode" + (f" for {kind}" if kind else ""))
    for name, lines in shown.items():
        _say_lines(name, lines)
    say(f"page     {project.paths.shown(report.page)}")
    say(f"picture  {project.paths.shown(report.picture)}")


def _say_lines(name: str, lines: Sequence[Line]) -> None:
    say(f"{name.replace('_', ' ')}:")
    rows = [
        [
            line.model,
            line.brief or "-",
            f"{line.wins} of {line.competitions}",
            f"{line.share:.0%}",
            f"{line.share_interval.low:.0%} to {line.share_interval.high:.0%}",
            "-" if line.score is None else f"{line.score:.2f}",
            f"{one.low:.1f} to {one.high:.1f}" if (one := line.score_interval) else "-",
            "-" if line.cost_per_win_usd is None else brief(line.cost_per_win_usd),
            str(line.disqualified),
        ]
        for line in lines
    ]
    columns = ["writer", "brief", "wins", "share", "95 %", "score", "95 %", "cost per win", "disqualified"]
    say_table(columns, rows, right=(2, 3, 4, 5, 6, 7, 8))
    say()


def _as_json(line: Line) -> dict[str, Any]:
    cost = line.cost_per_win_usd
    return {
        "model": line.model,
        "brief": line.brief,
        "competitions": line.competitions,
        "wins": line.wins,
        "win_share": round(line.share, 6),
        "win_share_95": _pair(line.share_interval),
        "mean_score": None if line.score is None else round(line.score, 6),
        "mean_score_95": _pair(line.score_interval),
        "disqualified": line.disqualified,
        "cost_usd": plain(line.cost_usd),
        "cost_per_win_usd": None if cost is None else plain(cost),
    }


def _pair(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [round(interval.low, 6), round(interval.high, 6)]
