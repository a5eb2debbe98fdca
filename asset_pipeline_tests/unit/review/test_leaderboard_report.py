"""The leaderboard as a page and as a picture: every writer is on it, and where nobody is, that is said."""

import io
from decimal import Decimal

import pytest
from PIL import Image

from asset_pipeline.ledger import Database
from asset_pipeline.prompts.leaderboard import Leaderboard, Line
from asset_pipeline.review.leaderboard_picture import WIDTH, draw_leaderboard, draw_thumbnail
from asset_pipeline.review.leaderboard_report import write_leaderboard
from asset_pipeline.review.pen import BEST, DOT, THUMBNAIL
from asset_pipeline_tests.unit.prompts.test_leaderboard import STRONG, WEAK, Book


def line(kind, number, **changes):
    """Return a line of a leaderboard."""
    values = {"competitions": 40, "wins": 10, "scores": (7.0, 8.0, 6.5, 7.5), "disqualified": 1}
    return Line(kind, f"maker/model-{number}", "calm", cost_usd=Decimal("0.02"), **values | changes)


BOARD = Leaderboard(
    "sandbox",
    {kind: [line(kind, n, wins=20 - n * 9, scores=() if n == 2 else (7.0,) * 5) for n in range(3)]
     for kind in ("all", "icons")},
)  # fmt: skip


def opened(png):
    """Return a picture in RGB."""
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.format == "PNG"
        return picture.convert("RGB")


def test_page_and_picture_are_written_with_every_writer_by_type(project):
    paths = project.open().paths
    with Database(paths.database) as database:
        book = Book(database)
        book.hold("t.icons.a", book.candidate(STRONG, 8, won=True), book.candidate(WEAK, 6))
        report = write_leaderboard(database, paths, "sandbox")
    assert (report.page, report.picture) == (paths.reports / "leaderboard.html", paths.reports / "leaderboard.png")
    page = report.page.read_text(encoding="utf-8")
    for said in (STRONG, WEAK, "All images", "Icons", "1 of 1", "100 %", "8.00", "$0.001", "no win"):
        assert said in page
    assert page.index(STRONG) < page.index(WEAK)
    assert opened(report.picture.read_bytes()).width == WIDTH


def test_names_from_outside_cannot_write_the_page(project):
    paths = project.open().paths
    with Database(paths.database) as database:
        book = Book(database)
        book.hold("t.icons.a", book.candidate("<b>/x", 8, won=True), book.candidate(WEAK, 6))
        page = write_leaderboard(database, paths, "sandbox").page.read_text(encoding="utf-8")
    assert "<b>/x" not in page
    assert "&lt;b&gt;/x" in page


def test_where_nothing_was_judged_page_and_picture_say_so(project):
    paths = project.open().paths
    with Database(paths.database) as database:
        report = write_leaderboard(database, paths, "live")
    assert "No competition has been judged yet." in report.page.read_text(encoding="utf-8")
    assert opened(report.picture.read_bytes()).width == WIDTH


def test_a_picture_grows_with_its_rows_and_shows_bars_and_dots():
    small, large = (opened(draw_leaderboard(one)) for one in (Leaderboard("sandbox", {}), BOARD))
    assert large.height > small.height + 6 * 50
    colours = {colour for _, colour in large.getcolors(1 << 24)}
    assert {BEST, DOT} <= colours


def test_the_same_leaderboard_is_the_same_picture_to_the_byte():
    assert draw_leaderboard(BOARD) == draw_leaderboard(BOARD)


@pytest.mark.parametrize("writers", [1, 8])
def test_a_thumbnail_is_small_and_keeps_the_colours_apart(writers):
    board = Leaderboard("live", {kind: [line(kind, n) for n in range(writers)] for kind in ("all", "icons", "covers")})
    png = draw_thumbnail(board)
    picture = opened(png)
    assert picture.width == THUMBNAIL
    assert len(png) < 30_000
    assert any(r > 150 and b < 110 for _, (r, _, b) in picture.getcolors(1 << 24))
