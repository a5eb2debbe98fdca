"""The sandbox's model pages: what a model is, its versions, and its input schema in the nesting that was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.catalog import SandboxModel, sandbox_models
from asset_pipeline.sandbox.gate import Gate, Handler
from asset_pipeline.sandbox.refusals import problem

CREATED_AT = "2026-01-01T00:00:00.000000Z"
COG = "0.16.0"
_DOCUMENTED = "An enumeration."


class ModelsApi:
    """Replicate's endpoints for models."""

    def routes(self, gate: Gate) -> list[Route]:
        """Return the routes, relative to the server's root."""
        one = "/v1/models/{owner}/{name}"
        return [
            Route(one, gate(self.model)),
            Route(f"{one}/versions", gate(self.versions)),
            Route(f"{one}/versions/{{id}}", gate(self.version)),
            Route(f"{one}/examples", gate(self.examples)),
            Route(f"{one}/readme", gate(self.readme)),
        ]

    async def model(self, request: Request) -> Response:
        """Answer with a model and its newest version."""
        model = _model_of(request)
        return JSONResponse(_page(model)) if model else problem("not_found")

    async def versions(self, request: Request) -> Response:
        """Answer with a model's versions, newest first."""
        model = _model_of(request)
        return (
            JSONResponse(_listed([_version(model, one) for one in model.versions])) if model else problem("not_found")
        )

    async def version(self, request: Request) -> Response:
        """Answer with one version of a model."""
        model, version = _model_of(request), request.path_params["id"]
        if model is None or version not in model.versions:
            return problem("not_found")
        return JSONResponse(_version(model, version))

    async def examples(self, request: Request) -> Response:
        """Answer with predictions that show what a model can do; there are none."""
        return JSONResponse(_listed([])) if _model_of(request) else problem("not_found")

    async def readme(self, request: Request) -> Response:
        """Answer with a model's documentation, in Markdown."""
        model = _model_of(request)
        return PlainTextResponse(f"# {model.name}\n\nDrawn by the sandbox.\n") if model else problem("not_found")


def account_handler() -> Handler:
    """Return what answers who we are."""

    async def account(_request: Request) -> Response:
        return JSONResponse(
            {"type": "user", "username": "sandbox", "name": "Sandbox", "github_url": None, "avatar_url": None}
        )

    return account


def _model_of(request: Request) -> SandboxModel | None:
    return sandbox_models().get("{owner}/{name}".format(**request.path_params))


def _listed(results: list[dict[str, Any]]) -> dict[str, Any]:
    return {"previous": None, "next": None, "results": results}


def _page(model: SandboxModel) -> dict[str, Any]:
    owner, _, name = model.name.partition("/")
    return {
        "url": f"https://replicate.com/{model.name}",
        "owner": owner,
        "name": name,
        "description": "Drawn by the sandbox",
        "visibility": "public",
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": 0,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": _version(model, model.versions[0]),
    }


def _version(model: SandboxModel, version: str) -> dict[str, Any]:
    return {"id": version, "created_at": CREATED_AT, "cog_version": COG, "openapi_schema": openapi_schema(model)}


def openapi_schema(model: SandboxModel) -> dict[str, Any]:
    """Return a model's schema as its page has it: enumerations stand beside the input, which refers to them."""
    address = {"type": "string", "format": "uri"}
    output = {"type": "array", "items": address} if model.facts.as_list else address
    enums: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for order, (key, rule) in enumerate(model.properties.items()):
        properties[key] = _property(key, rule, enums) | {"x-order": order}
    schemas = {
        "Input": {**model.schema, "title": "Input", "properties": properties},
        "Output": {**output, "title": "Output"},
        **enums,
    }
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {},
        "components": {"schemas": schemas},
    }


def _property(key: str, rule: Mapping[str, Any], enums: dict[str, Any]) -> dict[str, Any]:
    """Return one property of the input; its values, if they are enumerated, go among `enums`."""
    if "enum" not in rule:
        return {**rule, "title": key.replace("_", " ").title()}
    enums[key] = {"type": rule["type"], "enum": rule["enum"], "title": key, "description": _DOCUMENTED}
    rest = {name: value for name, value in rule.items() if name not in ("type", "enum")}
    return {"allOf": [{"$ref": f"#/components/schemas/{key}"}], **rest}
