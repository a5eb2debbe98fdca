"""The sandbox's uploads, as recorded; they expire after a day, as documented, and no model here looks at them."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asset_pipeline.sandbox.checks import Problem
from asset_pipeline.sandbox.gate import Gate
from asset_pipeline.sandbox.multipart import parts_of
from asset_pipeline.sandbox.pages import Place, page_of
from asset_pipeline.sandbox.refusals import invalid, problem, unreadable
from asset_pipeline.sandbox.state import SandboxState, new_id
from asset_pipeline.sandbox.times import as_text

DAY_S = 86_400.0
MAX_BYTES = 100_000_000
MAX_NAME_BYTES = 255
_COLUMNS = "number, id, name, content_type, data, metadata, created_at"
_UNNAMED, _UNTYPED = "file", "application/octet-stream"


@dataclass(frozen=True)
class Upload:
    """A file that was uploaded.

    Args:
        number: Its place in the order of creation.
        id: Opaque.
        name: Of the file.
        content_type: As its sender says.
        data: What it holds.
        metadata: JSON object of the sender's own.
        created_at: Unix time.
    """

    number: int
    id: str
    name: str
    content_type: str
    data: bytes
    metadata: str
    created_at: float

    def view(self, base: str) -> dict[str, Any]:
        """Return its JSON; `base` is the sandbox's address, with a slash at its end."""
        md5 = hashlib.md5(self.data, usedforsecurity=False).hexdigest()
        return {
            "id": self.id,
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.data),
            "etag": md5,
            "checksums": {"sha256": hashlib.sha256(self.data).hexdigest(), "md5": md5},
            "metadata": json.loads(self.metadata),
            "created_at": as_text(self.created_at),
            "expires_at": as_text(self.created_at + DAY_S),
            "urls": {"get": f"{base}v1/files/{self.id}"},
        }


class FilesApi:
    """Replicate's endpoints for files over the sandbox's state.

    Args:
        state: The sandbox's memory.
    """

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self, gate: Gate) -> list[Route]:
        """Return the routes, relative to the server's root; uploads were recorded without rate limits."""
        return [
            Route("/v1/files", gate(self.create, None), methods=["POST"]),
            Route("/v1/files", gate(self.listed, None)),
            Route("/v1/files/{id}", gate(self.shown, None)),
            Route("/v1/files/{id}", gate(self.delete, None), methods=["DELETE"]),
        ]

    async def create(self, request: Request) -> Response:
        """Take a file."""
        if int(request.headers.get("content-length", 0)) > MAX_BYTES:
            return JSONResponse({"detail": "The file is too large.", "status": 413}, status_code=413)
        parts = parts_of(request.headers.get("content-type", ""), await request.body())
        content = parts.get("content")
        if content is None:
            return invalid([Problem("required", "", "content is required")])
        texts = {
            key: parts[key].data.decode("utf-8", "replace") for key in ("filename", "type", "metadata") if key in parts
        }
        name = texts.get("filename") or content.filename or _UNNAMED
        if len(name.encode()) > MAX_NAME_BYTES:
            return invalid([Problem("string_lte", "filename", f"must be at most {MAX_NAME_BYTES} bytes")])
        try:
            metadata = json.dumps(json.loads(texts.get("metadata", "{}")))
        except ValueError:
            return invalid([Problem("invalid_type", "metadata", "must be valid JSON")])
        kind = texts.get("type") or content.content_type or _UNTYPED
        upload_id = new_id(48)
        with self._state.write() as connection:
            connection.execute(
                "INSERT INTO uploads (id, name, content_type, data, metadata, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                (upload_id, name, kind, content.data, metadata, time.time()),
            )
        found = self._uploads("id = ?", upload_id)
        return JSONResponse(found[0].view(str(request.base_url)), status_code=201)

    async def listed(self, request: Request) -> Response:
        """Answer with all files, newest first, in pages."""

        def fetch(place: Place | None, limit: int) -> list[Upload]:
            where, order = place.sql() if place else ("1", "DESC")
            return self._uploads(f"{where} ORDER BY number {order} LIMIT ?", limit)

        try:
            page = page_of(request, fetch)
        except ValueError as error:
            return unreadable(str(error))
        results = [one.view(str(request.base_url)) for one in page.items]
        return JSONResponse({"previous": page.previous, "next": page.following, "results": results})

    async def shown(self, request: Request) -> Response:
        """Answer with what is known of a file."""
        found = self._uploads("id = ?", request.path_params["id"])
        return JSONResponse(found[0].view(str(request.base_url))) if found else problem("not_found")

    async def delete(self, request: Request) -> Response:
        """Forget a file."""
        if not self._uploads("id = ?", request.path_params["id"]):
            return problem("not_found")
        with self._state.write() as connection:
            connection.execute("DELETE FROM uploads WHERE id = ?", (request.path_params["id"],))
        return Response(status_code=204)

    def _uploads(self, where: str, *values: object) -> list[Upload]:
        """Return those uploads that have not expired."""
        with self._state.write() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM uploads WHERE created_at > ? AND {where}",  # noqa: S608 - our own text
                (time.time() - DAY_S, *values),
            ).fetchall()
        return [Upload(*row) for row in rows]
