"""The sandbox's Replicate: the endpoints, headers and bodies that we use, as recorded and documented."""

from __future__ import annotations

import asyncio
import hashlib
import time
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from asset_pipeline.providers.replicate import parse_time
from asset_pipeline.sandbox.faults import FATES, LOST_ANSWER, REFUSALS, next_fault
from asset_pipeline.sandbox.outputs import MEDIA_TYPES, PIL_FORMATS, Artist
from asset_pipeline.sandbox.state import SandboxState, StoredPrediction
from asset_pipeline.sandbox.tariff import IMAGE_MODELS, check_input

PAGE = 100
CREATE_HEADERS = {"ratelimit-remaining": "599", "ratelimit-reset": "1"}
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class ReplicateApi:
    """Replicate's endpoints over the sandbox's state.

    Args:
        state: The sandbox's memory.
        latency_s: How long a prediction takes, in seconds.
        artist: Makes the files.
    """

    def __init__(self, state: SandboxState, *, latency_s: float, artist: Artist) -> None:
        self.state = state
        self.artist = artist
        self.latency_s = latency_s

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
            Route("/delivery/{id}/{file}", self.deliver),
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
        if fault in REFUSALS:
            return _problem(fault)
        if model is None:
            return _problem("not_found")
        invalid = check_input(model, given)
        if invalid:
            detail = "".join(f"- {field['field']}: {field['description']}\n" for field in invalid)
            return JSONResponse(
                {
                    "detail": detail,
                    "status": 422,
                    "title": "Input validation failed",
                    "invalid_fields": invalid,
                },
                status_code=422,
            )
        fate = fault if fault in FATES else "succeeded"
        prediction = self.state.add_prediction(
            model=name,
            version=version,
            given=given,
            fate=fate,
            ending=FATES[fate][0] if fate in FATES else "succeeded",
            price=model.usd * int(given.get("num_outputs", 1)),
            duration_s=self.latency_s,
        )
        if fault == LOST_ANSWER:
            return Response(_BAD_GATEWAY, status_code=502, media_type="text/html")
        return JSONResponse(self._view(prediction, request), status_code=201, headers=CREATE_HEADERS)

    async def get_prediction(self, request: Request) -> Response:
        """Answer with a prediction as it is now."""
        prediction = self.state.prediction(request.path_params["id"])
        if refused := _unauthenticated(request):
            return refused
        return JSONResponse(self._view(prediction, request)) if prediction else _problem("not_found")

    async def list_predictions(self, request: Request) -> Response:
        """Answer with predictions, newest first, in pages."""
        if refused := _unauthenticated(request):
            return refused
        since = request.query_params.get("created_after")
        offset = int(request.query_params.get("cursor", "0"))
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
                "results": [self._view(one, request) for one in found[:PAGE]],
            }
        )

    async def cancel(self, request: Request) -> Response:
        """Cancel a prediction, and answer with it."""
        if refused := _unauthenticated(request):
            return refused
        self.state.cancel(request.path_params["id"])
        return await self.get_prediction(request)

    async def deliver(self, request: Request) -> Response:
        """Deliver a drawing; addresses are public and unguessable, so no token is asked for."""
        prediction = self.state.prediction(request.path_params["id"])
        stem, _, extension = request.path_params["file"].partition(".")
        if prediction is None or prediction.status(time.time()) != "succeeded" or extension not in PIL_FORMATS:
            return PlainTextResponse("Not Found", status_code=404)
        number = int(stem.removeprefix("out-")) if stem.removeprefix("out-").isdigit() else 0
        data = await asyncio.to_thread(self.artist, prediction.input, number, extension)
        headers = {"ETag": f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'}
        return Response(data, media_type=MEDIA_TYPES[extension], headers=headers)

    def _view(self, prediction: StoredPrediction, request: Request) -> dict[str, Any]:
        """Return a prediction's JSON; keys come as it goes on, as in recorded answers."""
        now = time.time()
        status = prediction.status(now)
        base = f"{request.base_url}v1/predictions/{prediction.id}"
        view: dict[str, Any] = {
            "id": prediction.id,
            "model": prediction.model,
            "version": prediction.version,
            "input": dict(prediction.input),
            "logs": "",
            "error": None,
            "status": status,
            "created_at": _time(prediction.created_at),
            "urls": {"cancel": f"{base}/cancel", "get": base},
        }
        if status == "starting":
            return view
        view["started_at"] = _time(prediction.created_at + prediction.duration_s / 4)
        if status == "processing":
            return view
        view["completed_at"] = _time(prediction.canceled_at or prediction.created_at + prediction.duration_s)
        view["metrics"] = {"predict_time": prediction.duration_s * 3 / 4, "total_time": prediction.duration_s}
        view["output"] = None
        if status == "succeeded":
            self._add_output(view, prediction, request)
        elif status == "failed":
            view["error"] = FATES[prediction.fate][1]
        return view

    def _add_output(self, view: dict[str, Any], prediction: StoredPrediction, request: Request) -> None:
        model = IMAGE_MODELS[prediction.model]
        count = int(prediction.input.get("num_outputs", 1))
        view["metrics"]["image_output_count"] = count
        if prediction.fate == "no_output":
            return
        extension = str(prediction.input.get("output_format") or model.default_format)
        urls = [f"{request.base_url}delivery/{prediction.id}/out-{n}.{extension}" for n in range(count)]
        view["output"] = urls if model.as_list else urls[0]


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _version_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _unauthenticated(request: Request) -> Response | None:
    """Refuse a request without a token, with the recorded body."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return None if scheme in ("Bearer", "Token") and token.strip() else _problem("unauthenticated")


def _problem(kind: str) -> Response:
    status, body = REFUSALS[kind]
    body = {key: value for key, value in body.items() if key != "error"}
    return JSONResponse(body, status_code=status, media_type="application/problem+json" if status == 401 else None)
