"""All images of the same thing beside each other, two of them under one slider, and the choice of one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline.ledger import Connection
from asset_pipeline.review.context import context_of, render
from asset_pipeline.review.keys import image_key_of, nothing_here
from asset_pipeline.review.reading.picture import read_variants
from asset_pipeline.review.reading.wall import Tile, read_tiles


def routes() -> list[Route]:
    """Return the routes."""
    return [Route("/compare/{key}", show, methods=["GET"])]


async def show(request: Request) -> Response:
    """Show the variants of an image."""
    context, key = context_of(request), image_key_of(request)

    def read(connection: Connection) -> list[Tile]:
        keys = read_variants(connection, key)
        return read_tiles(connection, key.partition(".")[0], keys, context.outlook) if keys else []

    tiles = await context.database.arun(read)
    if not tiles:
        raise nothing_here("image")
    context.remember_shown({tile.key: tile.sha256 for tile in tiles})
    shown = [tile for tile in tiles if tile.sha256]
    values = {
        "key": key,
        "collection": key.partition(".")[0],
        "title": tiles[0].title,
        "tiles": tiles,
        "pair": shown[:2] if len(shown) > 1 else [],
        "shown": shown,
        "new_id": new_decision_id,
        "query": "",
    }
    return render(request, "compare.html", values)
