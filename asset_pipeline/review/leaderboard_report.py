"""Writes the leaderboard, as a page and as one picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from asset_pipeline.folders import FolderFile
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import brief
from asset_pipeline.paths import Paths
from asset_pipeline.prompts.leaderboard import Leaderboard, read_leaderboard
from asset_pipeline.review.leaderboard_picture import draw_leaderboard


@dataclass(frozen=True)
class LeaderboardReport:
    """Where the leaderboard lies.

    Args:
        board: What it shows.
        page: The HTML page.
        picture: The same as one PNG.
    """

    board: Leaderboard
    page: Path
    picture: Path


def write_leaderboard(database: Database, paths: Paths, mode: str) -> LeaderboardReport:
    """Write the leaderboard of a mode."""
    board = database.run(lambda connection: read_leaderboard(connection, mode))
    environment = Environment(
        loader=PackageLoader("asset_pipeline.review"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["usd"] = brief
    page = environment.get_template("leaderboard.html.j2").render(board=board)
    html, png = (FolderFile(paths.folder(paths.reports), f"leaderboard.{kind}") for kind in ("html", "png"))
    html.write(page.encode())
    png.write(draw_leaderboard(board))
    return LeaderboardReport(board, html.path, png.path)
