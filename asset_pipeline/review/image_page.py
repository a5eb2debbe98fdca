"""The page of one image: the picture, how its prompt was found, what was paid and measured, and what can be decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from asset_pipeline.decisions import Decision, Kind
from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline.links import dagster_url
from asset_pipeline.review.context import context_of, form_of, render, reviewer_of, session_of
from asset_pipeline.review.decisions import PRICED, decide, read_decision
from asset_pipeline.review.keys import image_key_of, nothing_here
from asset_pipeline.review.reading.filters import Filters, read_filters
from asset_pipeline.review.reading.picture import read_picture

CONFIRMED = "confirmed"


def routes() -> list[Route]:
    """Return the routes."""
    return [
        Route("/i/{key}", show, methods=["GET"]),
        Route("/i/{key}/decide", decide_by_form, methods=["POST"]),
        Route("/i/{key}/undo", undo_by_form, methods=["POST"]),
    ]


async def show(request: Request) -> Response:
    """Show an image."""
    context, key = context_of(request), image_key_of(request)
    filters = read_filters(request.query_params)
    facts = await context.database.arun(lambda connection: read_picture(connection, key, filters, context.outlook))
    if facts is None:
        raise nothing_here("image")
    context.remember_shown({key: facts.tile.sha256})
    values = {
        "facts": facts,
        "tile": facts.tile,
        "query": filters.query,
        "new_id": new_decision_id,
        "dagster_url": dagster_url(context.project.settings, key),
    }
    return render(request, "image.html", values)


async def decide_by_form(request: Request) -> Response:
    """Take a decision from a form; one that costs money is asked about first, with its price."""
    context, key, form = context_of(request), image_key_of(request), form_of(request)
    decision = read_decision(form | {"image_key": key})
    filters = read_filters(_query_of(form))
    if decision.kind in PRICED and form.get(CONFIRMED) != "1":
        return await _ask(request, decision, filters)
    (outcome,) = await decide(context, [decision], reviewer=reviewer_of(request))
    context.tell(session_of(request), outcome.message, is_good=outcome.is_taken)
    return RedirectResponse(_page(key, filters), status_code=303)


async def undo_by_form(request: Request) -> Response:
    """Take a decision back."""
    context, key, form = context_of(request), image_key_of(request), form_of(request)
    outcomes = await run_in_threadpool(context.desk.undo, [form.get("decision_id", "")], reviewer=reviewer_of(request))
    for outcome in outcomes:
        context.tell(session_of(request), outcome.message, is_good=outcome.is_taken)
    return RedirectResponse(_page(key, read_filters(_query_of(form))), status_code=303)


async def _ask(request: Request, decision: Decision, filters: Filters) -> Response:
    tag = await run_in_threadpool(context_of(request).desk.price, decision)
    fields = {
        "decision_id": decision.decision_id,
        "kind": str(decision.kind),
        "note": decision.note,
        "prompt": decision.prompt,
        "negative_prompt": decision.negative_prompt,
        "candidate": "" if decision.candidate is None else str(decision.candidate),
        "seen_sha256": decision.seen_sha256 or "",
        "after": decision.after or "",
        "query": filters.query,
        CONFIRMED: "1",
    }
    verbs = {Kind.REGENERATE: "Send back", Kind.EDIT: "Make from this prompt", Kind.PICK: "Make from this candidate"}
    values: dict[str, Any] = {
        "key": decision.image_key,
        "decision": decision,
        "tag": tag,
        "fields": fields,
        "verb": verbs[decision.kind],
        "back": _page(decision.image_key, filters),
    }
    return render(request, "confirm.html", values)


def _query_of(form: Mapping[str, str]) -> dict[str, str]:
    return dict(parse_qsl(form.get("query", "")[:2000]))


def _page(key: str, filters: Filters) -> str:
    return f"/i/{key}?{filters.query}" if filters.query else f"/i/{key}"
