"""The sandbox's Replicate: the endpoints, headers and bodies that we use, as recorded and documented."""

from __future__ import annotations

import hashlib
import re
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.providers.replicate import parse_time
from asset_pipeline.sandbox.delivery import Delivery
from asset_pipeline.sandbox.fates import FATES, FRESH_S
from asset_pipeline.sandbox.faults import RESET, next_fault
from asset_pipeline.sandbox.outputs import Artist
from asset_pipeline.sandbox.refusals import REFUSALS
from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.sandbox.tariff import IMAGE_MODELS, check_input
from asset_pipeline.sandbox.views import Views
from asset_pipeline.sandbox.wire import DroppedAnswer, lose

PAGE = 100
CREATE_HEADERS = {"ratelimit-remaining": "599", "ratelimit-reset": "1"}


class ReplicateApi:
    """Replicate's endpoints over the sandbox's state.

    Args:
        state: The sandbox's memory.
        latency_s: How long a prediction takes, in seconds.
        artist: Makes the files.
    """

    def __init__(self, state: SandboxState, *, latency_s: float, artist: Artist) -> None:
        self.state = state
        self.latency_s = latency_s
        self.delivery = Delivery(state, artist=artist)
        self.views = Views(self.delivery)

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [
            Route("/v1/account", self.account),
            Route("/v1/models/{owner}/{name}", self.model),
            Route("/v1/models/{owner}/{name}/predictions", self.create_official, methods=["POST"]),
            Route("/v1/predictions", self.create_versioned, methods=["POST"]),
            Route("/v1/predictions", self.list_predictions),
            Route("/v1/predictions/{id}", self.get_prediction),
            Route("/v1/predictions/{id}/cancel", self.cancel, methods=["POST"]),
            *self.delivery.routes(),
        ]

    async def account(self, request: Request) -> Response:
        """Answer who we are."""
        return _unauthenticated(request) or JSONResponse(
            {"type": "user", "username": "sandbox", "name": "Sandbox", "github_url": None, "avatar_url": None}
        )

    async def model(self, request: Request) -> Response:
        """Answer with a model and its input schema."""
        name = f"{request.path_params['owner']}/{request.path_params['name']}"
        model = IMAGE_MODELS.get(name)
        if refused := _unauthenticated(request):
            return refused
        if model is None:
            return _problem("not_found")
        schema = {
            "type": "object",
            "title": "Input",
            "required": ["prompt"],
            "properties": dict(model.schema),
        }
        return JSONResponse(
            {
                "owner": request.path_params["owner"],
                "name": request.path_params["name"],
                "visibility": "public",
                "latest_version": {
                    "id": _version_of(name),
                    "openapi_schema": {"components": {"schemas": {"Input": schema}}},
                },
            }
        )

    async def create_official(self, request: Request) -> Response:
        """Create a prediction of an official model."""
        name = f"{request.path_params['owner']}/{request.path_params['name']}"
        return await self._create(request, name, version="hidden")

    async def create_versioned(self, request: Request) -> Response:
        """Create a prediction of a version: 64 hex digits, `owner/name:hex`, or `owner/name`."""
        body = await request.json()
        asked = str(body.get("version", ""))
        for name in IMAGE_MODELS:
            if asked in (name, _version_of(name)) or asked.startswith(f"{name}:"):
                return await self._create(request, name, version=asked.rpartition(":")[2])
        return JSONResponse(
            {
                "title": "Invalid version or not permitted",
                "detail": "The specified version does not exist (or perhaps you don't have permission to use it?)",
                "status": 422,
            },
            status_code=422,
        )

    async def _create(self, request: Request, name: str, *, version: str) -> Response:
        if refused := _unauthenticated(request):
            return refused
        model = IMAGE_MODELS.get(name)
        given = (await request.json()).get("input") or {}
        fault = next_fault(self.state, "predictions", str(given.get("prompt", "")))
        if fault == RESET:
            return DroppedAnswer(request)
        if fault in REFUSALS:
            return _problem(fault)
        if model is None:
            return _problem("not_found")
        invalid = check_input(model, given)
        if invalid:
            return _invalid(invalid)
        fate = fault if fault in FATES else "succeeded"
        prediction = self.state.add_prediction(
            model=name,
            version=version,
            given=given,
            fate=fate,
            ending=FATES[fate].ending,
            price=model.usd * int(given.get("num_outputs", 1)),
            duration_s=FATES[fate].duration_s(self.latency_s),
            deadline_s=_deadline_s(request.headers.get("cancel-after")),
        )
        answer = await self.views.answer(prediction, request, status_code=201, headers=CREATE_HEADERS)
        return lose(fault, answer, request)

    async def get_prediction(self, request: Request) -> Response:
        """Answer with a prediction as it is now."""
        prediction = self.state.prediction(request.path_params["id"])
        if refused := _unauthenticated(request):
            return refused
        fault = next_fault(self.state, "get", str(prediction.input.get("prompt", "")) if prediction else "")
        if fault == RESET:
            return DroppedAnswer(request)
        if fault in REFUSALS:
            return _problem(fault)
        if prediction is None or (prediction.fate == "fresh_404" and time.time() - prediction.created_at < FRESH_S):
            return _problem("not_found")
        return lose(fault, await self.views.answer(prediction, request), request)

    async def list_predictions(self, request: Request) -> Response:
        """Answer with predictions, newest first, in pages."""
        if refused := _unauthenticated(request):
            return refused
        since = request.query_params.get("created_after")
        cursor = request.query_params.get("cursor", "0")
        offset = int(cursor) if cursor.isdigit() else 0
        found = self.state.predictions(
            created_after=parse_time(since).timestamp() if since else 0.0, limit=PAGE + 1, offset=offset
        )
        following = None
        if len(found) > PAGE:
            following = str(request.url.include_query_params(cursor=offset + PAGE))
        return JSONResponse(
            {
                "previous": None,
                "next": following,
                "results": [await self.views.view(one, request) for one in found[:PAGE]],
            }
        )

    async def cancel(self, request: Request) -> Response:
        """Cancel a prediction, and answer with it."""
        if refused := _unauthenticated(request):
            return refused
        self.state.cancel(request.path_params["id"])
        return await self.get_prediction(request)


def _version_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _unauthenticated(request: Request) -> Response | None:
    """Refuse a request without a token, with the recorded body."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return None if scheme in ("Bearer", "Token") and token.strip() else _problem("unauthenticated")


def _problem(kind: str) -> Response:
    return REFUSALS[kind].response(openrouter=False)


def _invalid(fields: list[dict[str, str]]) -> Response:
    detail = "".join(f"- {field['field']}: {field['description']}\n" for field in fields)
    body = {"detail": detail, "status": 422, "title": "Input validation failed", "invalid_fields": fields}
    return JSONResponse(body, status_code=422)


def _deadline_s(header: str | None) -> float | None:
    """Return the seconds that `Cancel-After` gives: plain, or as `1h30m45s`."""
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", header or "")
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
