"""Where the rollout of a collection stands, and what can be decided about all of it: a part of its page, and a page."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from asset_pipeline.decisions import Outcome
from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline.errors import PipelineError, ReviewRequestError
from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.approvals import SCOPE
from asset_pipeline.ledger.budgets import Budget, read_budgets
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import up_to_cent
from asset_pipeline.review.context import Context, context_of, form_of, render, reviewer_of, session_of
from asset_pipeline.review.decisions import read_decision_id
from asset_pipeline.review.keys import collection_of, nothing_here
from asset_pipeline.review.reading.overview import CollectionCard, read_overview

MAX_USD = 100


def routes() -> list[Route]:
    """Return the routes."""
    return [
        Route("/c/{collection}/panel", show, methods=["GET"]),
        Route("/c/{collection}/approve", approve, methods=["POST"]),
        Route("/c/{collection}/pause", _control("pause"), methods=["POST"]),
        Route("/c/{collection}/resume", _control("resume"), methods=["POST"]),
        Route("/c/{collection}/stop", _control("stop"), methods=["POST"]),
        Route("/c/{collection}/limit", set_limit, methods=["POST"]),
    ]


async def show(request: Request) -> Response:
    """Show where a collection stands; `?part=1` gives what the collection's page puts into itself."""
    context, collection = context_of(request), collection_of(request)
    has_gate = context.project.settings.rollout.require_approval

    def read(connection: Connection) -> tuple[list[CollectionCard], list[Budget]]:
        cards = read_overview(connection, mode=context.mode, has_gate=has_gate)
        return cards, read_budgets(connection, mode=context.mode, day=f"{utc_now():%Y-%m-%d}")

    cards, budgets = await context.database.arun(read)
    card = next((one for one in cards if one.collection == collection), None)
    if card is None:
        raise nothing_here("collection")
    standing = await run_in_threadpool(context.desk.standing, collection)
    own = f"collection:{collection}"
    values = {
        "collection": collection,
        "title": card.title,
        "card": card,
        "standing": standing,
        "offer": up_to_cent(standing.rest_worst_usd),
        "budgets": [one for one in budgets if not one.scope.startswith(("collection:", SCOPE)) or one.scope == own],
        "own_scope": own,
        "decision_id": new_decision_id(),
    }
    return render(request, "_panel.html" if request.query_params.get("part") == "1" else "panel.html", values)


async def approve(request: Request) -> Response:
    """Allow the collection's production, for what the person has seen and as much as they say."""
    context, collection, form = context_of(request), collection_of(request), form_of(request)
    amount = _amount(form.get("amount_usd", ""))
    act = partial(
        context.desk.approve,
        collection,
        amount,
        reviewer=reviewer_of(request),
        seen=form.get("seen") or None,
        decision_id=read_decision_id(form),
    )
    return await _done(request, context, act)


async def set_limit(request: Request) -> Response:
    """Change a limit."""
    context, form = context_of(request), form_of(request)
    amount = _amount(form.get("amount_usd", ""))
    act = partial(context.desk.set_limit, form.get("scope", ""), amount, reviewer=reviewer_of(request))
    return await _done(request, context, act)


def _control(name: str) -> Callable[[Request], Any]:
    async def control(request: Request) -> Response:
        context = context_of(request)
        act = partial(getattr(context.desk, name), collection_of(request), reviewer=reviewer_of(request))
        return await _done(request, context, act)

    return control


async def _done(request: Request, context: Context, act: Callable[[], Outcome]) -> Response:
    """Do it, go back to the collection, and tell there how it went."""
    session, collection = session_of(request), collection_of(request)
    try:
        outcome = await run_in_threadpool(act)
    except PipelineError as error:
        context.tell(session, f"{error.what}; {error.fix}" if error.fix else error.what, is_good=False)
    else:
        context.tell(session, outcome.message, is_good=outcome.is_taken)
    return RedirectResponse(f"/c/{collection}", status_code=303)


def _amount(text: str) -> Decimal:
    """Return an amount that somebody has typed.

    Raises:
        ReviewRequestError: It is none.
    """
    try:
        amount = Decimal(text.strip().removeprefix("$").replace(",", "."))
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and 0 < amount < MAX_USD):
        raise ReviewRequestError(
            f"an amount is above 0 and below {MAX_USD} USD", where="amount", fix="go back and type it as 4.50"
        )
    return amount
