"""What the pages' scripts ask for: decisions in batches, taking them back, and the price of one before it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.decisions import Outcome
from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.money import plain
from asset_pipeline.review.context import Context, context_of, json_of, reviewer_of
from asset_pipeline.review.decisions import decide, read_decision, read_decisions, read_ids
from asset_pipeline.review.keys import is_image_key
from asset_pipeline.review.reading.filters import Filters, read_filters
from asset_pipeline.review.reading.statements import Outlook
from asset_pipeline.review.reading.wall import Tile, read_tiles

MAX_KEYS = 200


def routes() -> list[Route]:
    """Return the routes."""
    return [
        Route("/api/tiles", show_tiles, methods=["GET"]),
        Route("/api/decisions", take_decisions, methods=["POST"]),
        Route("/api/undo", undo, methods=["POST"]),
        Route("/api/price", price, methods=["POST"]),
    ]


async def show_tiles(request: Request) -> Response:
    """Return the tiles of those `keys` that are wanted, as they are now; the rest of the query is the page's."""
    keys = [key for key in request.query_params.get("keys", "").split(",") if is_image_key(key)][:MAX_KEYS]
    tiles = await _render_tiles(context_of(request), keys, read_filters(request.query_params))
    return JSONResponse({"tiles": tiles})


async def take_decisions(request: Request) -> Response:
    """Take `decisions`; the answer has an outcome for each, and the tiles of their images as they are now."""
    context, sent = context_of(request), json_of(request)
    decisions = read_decisions(sent.get("decisions"))
    outcomes = await decide(context, decisions, reviewer=reviewer_of(request))
    return await _answer(context, outcomes, sent)


async def undo(request: Request) -> Response:
    """Take back the decisions named in `decision_ids`; answered as decisions are."""
    context, sent = context_of(request), json_of(request)
    ids = read_ids(sent.get("decision_ids"))
    outcomes = await run_in_threadpool(context.desk.undo, ids, reviewer=reviewer_of(request))
    return await _answer(context, outcomes, sent)


async def price(request: Request) -> Response:
    """Say what `decision` would cost: as usual, at most, and in a sentence."""
    context = context_of(request)
    sent = json_of(request).get("decision")
    tag = await run_in_threadpool(context.desk.price, read_decision(sent if isinstance(sent, dict) else {}))
    return JSONResponse(
        {"expected_usd": plain(tag.expected_usd), "worst_usd": plain(tag.worst_usd), "sentence": tag.sentence}
    )


async def _answer(context: Context, outcomes: Sequence[Outcome], sent: dict[str, Any]) -> Response:
    query = sent.get("query")
    given = query if isinstance(query, dict) else {}
    filters = read_filters({name: str(value) for name, value in given.items()})
    tiles = await _render_tiles(context, [one.image_key for one in outcomes if one.image_key], filters)
    return JSONResponse({"outcomes": [vars(one) for one in outcomes], "tiles": tiles})


async def _render_tiles(context: Context, keys: Sequence[str], filters: Filters) -> dict[str, str]:
    """Return the HTML of tiles by key, each linked as on the page that shows it."""
    tiles = await context.database.arun(lambda connection: _tiles(connection, sorted(set(keys)), context.outlook))
    context.remember_shown({tile.key: tile.sha256 for tile in tiles})
    template = context.templates.get_template("_tile.html")
    return {tile.key: template.render(tile=tile, query=filters.query) for tile in tiles}


def _tiles(connection: Connection, keys: Iterable[str], outlook: Outlook) -> list[Tile]:
    by_collection = groupby(keys, key=lambda key: key.partition(".")[0])
    return [tile for name, group in by_collection for tile in read_tiles(connection, name, list(group), outlook)]
