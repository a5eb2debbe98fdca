"""The sandbox's predictions: created by name, version or deployment, looked at, listed and canceled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.asked import BY_NAME, BY_VERSION, Asked, read_asked
from asset_pipeline.sandbox.catalog import (
    HIDDEN,
    SandboxModel,
    model_of_deployment,
    model_of_version,
    sandbox_models,
)
from asset_pipeline.sandbox.checks import problems_of
from asset_pipeline.sandbox.fates import FATES, FRESH_S, as_json
from asset_pipeline.sandbox.faults import RESET, next_fault
from asset_pipeline.sandbox.gate import Gate
from asset_pipeline.sandbox.limits import Kind
from asset_pipeline.sandbox.pages import page_of
from asset_pipeline.sandbox.prediction import StoredPrediction
from asset_pipeline.sandbox.refusals import REFUSALS, invalid, no_such_version, problem, unreadable
from asset_pipeline.sandbox.state import SandboxState, new_id
from asset_pipeline.sandbox.times import as_moment
from asset_pipeline.sandbox.views import View, Views
from asset_pipeline.sandbox.webhooks import WebhookSender
from asset_pipeline.sandbox.wire import DroppedAnswer, lose

LOOK_S = 0.05


@dataclass(frozen=True)
class _Target:
    """Whom a prediction is asked of.

    Args:
        model: The model.
        version: What answers show as its version.
        deployment: Its deployment, where that was asked.
    """

    model: SandboxModel
    version: str
    deployment: str | None = None


class PredictionsApi:
    """Replicate's endpoints for predictions over the sandbox's state.

    Args:
        state: The sandbox's memory.
        views: Tells about predictions.
        webhooks: Tells those who asked for it.
        latency_s: How long a prediction takes, in seconds.
    """

    def __init__(self, state: SandboxState, views: Views, webhooks: WebhookSender, *, latency_s: float) -> None:
        self._state = state
        self._views = views
        self._webhooks = webhooks
        self._latency_s = latency_s

    def routes(self, gate: Gate) -> list[Route]:
        """Return the routes, relative to the server's root."""
        post = ["POST"]
        return [
            Route("/v1/models/{owner}/{name}/predictions", gate(self.by_name, Kind.CREATE), methods=post),
            Route("/v1/deployments/{owner}/{name}/predictions", gate(self.by_deployment, Kind.CREATE), methods=post),
            Route("/v1/predictions", gate(self.by_version, Kind.CREATE), methods=post),
            Route("/v1/predictions", gate(self.listed)),
            Route("/v1/predictions/{id}", gate(self.shown, Kind.LOOK)),
            Route("/v1/predictions/{id}/cancel", gate(self.canceled), methods=post),
        ]

    async def by_name(self, request: Request) -> Response:
        """Create a prediction of an official model; any other is not found here, as it is seen of Replicate."""
        model = sandbox_models().get("{owner}/{name}".format(**request.path_params))
        target = _Target(model, HIDDEN) if model and model.is_official else None
        return await self._create(request, target)

    async def by_deployment(self, request: Request) -> Response:
        """Create a prediction of a deployment; it costs what its model costs, not the time that it is kept running."""
        owner, name = request.path_params["owner"], request.path_params["name"]
        model = model_of_deployment(owner, name)
        target = _Target(model, model.versions[0], f"{owner}/{name}") if model else None
        return await self._create(request, target)

    async def by_version(self, request: Request) -> Response:
        """Create a prediction of a version: 64 hex digits, `owner/name:hex`, or `owner/name` of an official model."""
        return await self._create(request, None, has_version=True)

    async def _create(self, request: Request, target: _Target | None, *, has_version: bool = False) -> Response:
        body = await _body(request)
        fault = next_fault(self._state, "predictions", _prompt(body))
        if fault == RESET:
            return DroppedAnswer(request)
        if fault in REFUSALS:
            return problem(fault)
        if body is None:
            return unreadable("The body is no JSON object.")
        if target is None and not has_version:
            return problem("not_found")
        asked = read_asked(body, request.headers, schema=BY_VERSION if has_version else BY_NAME)
        if isinstance(asked, list):
            return invalid(asked)
        if has_version:
            found = model_of_version(asked.version)
            target = _Target(*found) if found else None
        if target is None:
            return no_such_version()
        given = target.model.taken(asked.given)
        if problems := problems_of(target.model.schema, given, at="input"):
            return invalid(problems)
        base = str(request.base_url)
        prediction = self._take(asked, target, given, fate=fault if fault in FATES else "succeeded")
        if prediction.webhook:
            self._webhooks.follow(prediction, base)
        return lose(fault, await self._created(prediction, asked, base), request)

    def _take(self, asked: Asked, target: _Target, given: Mapping[str, Any], *, fate: str) -> StoredPrediction:
        return self._state.add_prediction(
            StoredPrediction(
                id=new_id(),
                model=target.model.name,
                version=target.version,
                input=given,
                fate=fate,
                ending=FATES[fate].ending,
                created_at=time.time(),
                duration_s=FATES[fate].duration_s(self._latency_s),
                deadline_s=asked.deadline_s,
                deployment=target.deployment,
                webhook=asked.webhook,
                events=asked.events,
            )
        )

    async def _created(self, prediction: StoredPrediction, asked: Asked, base: str) -> Response:
        """Return the answer to a creation, when it has been waited for as long as was asked."""
        if not asked.preference:
            return _answer(await self._views.shown(prediction, base), prediction, status=201)
        waited_until = time.time() + asked.wait_s
        while prediction.is_running(time.time()) and time.time() < waited_until:
            await asyncio.sleep(LOOK_S)
            prediction = self._state.prediction(prediction.id) or prediction
        answer = _answer(await self._views.waited_for(prediction, base), prediction, status=201)
        answer.headers["Preference-Applied"] = asked.preference
        return answer

    async def shown(self, request: Request) -> Response:
        """Answer with a prediction as it is now."""
        prediction = self._state.prediction(request.path_params["id"])
        fault = next_fault(self._state, "get", _prompt_of(prediction))
        if fault == RESET:
            return DroppedAnswer(request)
        if fault in REFUSALS:
            return problem(fault)
        if prediction is None or (prediction.fate == "fresh_404" and time.time() - prediction.created_at < FRESH_S):
            return problem("not_found")
        view = await self._views.shown(prediction, str(request.base_url))
        return lose(fault, _answer(view, prediction), request)

    async def canceled(self, request: Request) -> Response:
        """Cancel a prediction, and answer with it.

        What is answered about one that has ended is not documented; here it is the prediction, unchanged.
        """
        self._state.cancel(request.path_params["id"])
        prediction = self._state.prediction(request.path_params["id"])
        if prediction is None:
            return problem("not_found")
        return _answer(await self._views.canceled(prediction, str(request.base_url)), prediction)

    async def listed(self, request: Request) -> Response:
        """Answer with predictions, newest first, in pages; none is made on a website here."""
        asked = request.query_params
        try:
            since = as_moment(asked["created_after"]) if "created_after" in asked else 0.0
            until = as_moment(asked["created_before"]) if "created_before" in asked else float("inf")
            page = page_of(
                request,
                lambda place, limit: self._state.predictions(place, since=since, until=until, limit=limit),
            )
        except ValueError as error:
            return unreadable(str(error))
        shown = [] if asked.get("source") == "web" else page.items
        results = [await self._views.listed(one, str(request.base_url)) for one in shown]
        return JSONResponse({"previous": page.previous, "next": page.following, "results": results})


def _answer(view: View, prediction: StoredPrediction, *, status: int = 200) -> Response:
    return Response(as_json(view, prediction.fate), status_code=status, media_type="application/json")


async def _body(request: Request) -> dict[str, Any] | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _prompt(body: Mapping[str, Any] | None) -> str:
    given = (body or {}).get("input")
    return str(given.get("prompt", "")) if isinstance(given, dict) else ""


def _prompt_of(prediction: StoredPrediction | None) -> str:
    return str(prediction.input.get("prompt", "")) if prediction else ""
