"""The first page: every collection with what is done, what waits for a person, and what it has cost."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.budgets import Budget, read_budgets
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.review.context import context_of, render
from asset_pipeline.review.reading.overview import CollectionCard, read_overview


def routes() -> list[Route]:
    """Return the routes."""
    return [Route("/", show, methods=["GET"])]


async def show(request: Request) -> Response:
    """Show all collections."""
    context = context_of(request)
    has_gate = context.project.settings.rollout.require_approval

    def read(connection: Connection) -> tuple[list[CollectionCard], list[Budget]]:
        cards = read_overview(connection, mode=context.mode, has_gate=has_gate)
        return cards, read_budgets(connection, mode=context.mode, day=f"{utc_now():%Y-%m-%d}")

    cards, budgets = await context.database.arun(read)
    waiting = sum(card.waiting for card in cards)
    return render(request, "overview.html", {"cards": cards, "budgets": budgets, "waiting": waiting})
