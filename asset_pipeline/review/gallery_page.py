"""The page of one collection: its images, sixty at a time, as a person has asked for them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asset_pipeline.ledger import Connection
from asset_pipeline.review.context import context_of, render
from asset_pipeline.review.keys import collection_of, nothing_here
from asset_pipeline.review.reading.filters import CHECKS, DECISIONS, SORTS, STATES, read_filters
from asset_pipeline.review.reading.overview import read_title
from asset_pipeline.review.reading.wall import Wall, read_wall
from asset_pipeline.specs.wanted import ImageType


def routes() -> list[Route]:
    """Return the routes."""
    return [Route("/c/{collection}", show, methods=["GET"])]


async def show(request: Request) -> Response:
    """Show a page of a collection."""
    context, collection = context_of(request), collection_of(request)
    filters = read_filters(request.query_params)

    def read(connection: Connection) -> tuple[str | None, Wall]:
        return read_title(connection, collection), read_wall(connection, collection, filters, context.outlook)

    title, wall = await context.database.arun(read)
    if title is None:
        raise nothing_here("collection")
    context.remember_shown({tile.key: tile.sha256 for tile in wall.tiles})
    return render(
        request,
        "gallery.html",
        {
            "collection": collection,
            "title": title,
            "wall": wall,
            "filters": filters,
            "query": filters.query,
            "choices": {
                "state": {state: state for state in STATES},
                "type": {str(kind): str(kind).replace("_", " ") for kind in ImageType},
                "decision": DECISIONS,
                "checks": CHECKS,
                "sort": SORTS,
            },
        },
    )
