"""Serves pictures by the key of their image, never by a path: the finished file, its original and more."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asset_pipeline.errors import ImageError
from asset_pipeline.review.context import context_of
from asset_pipeline.review.guard.headers import SVG_POLICY
from asset_pipeline.review.keys import image_key_of, nothing_here, number_of
from asset_pipeline.review.reading.shelf import MEDIA_TYPES, Shelf, ShelfFile, read_rendition, read_shelf

FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
_HASH = re.compile(r"[0-9a-f]{64}")


def routes() -> list[Route]:
    """Return the routes."""
    return [
        Route("/files/{key}", finished, methods=["GET"]),
        Route("/files/{key}/original", original, methods=["GET"]),
        Route("/files/{key}/earlier/{delivery}", earlier, methods=["GET"]),
        Route("/files/{key}/rendition/{number}", rendition, methods=["GET"]),
        Route("/thumbs/{key}", thumbnail, methods=["GET"]),
        Route("/thumbs/{key}/earlier/{delivery}", earlier_thumbnail, methods=["GET"]),
    ]


async def finished(request: Request) -> Response:
    """Return the finished file; where that is gone, nothing."""
    return await _answer(request, (await _shelf(request)).finished)


async def original(request: Request) -> Response:
    """Return what the finished file was made of."""
    return await _answer(request, (await _shelf(request)).original)


async def earlier(request: Request) -> Response:
    """Return what an earlier delivery was made of."""
    return await _answer(request, (await _shelf(request, number_of(request, "delivery"))).original)


async def rendition(request: Request) -> Response:
    """Return one of the further files."""
    context, key, number = context_of(request), image_key_of(request), number_of(request, "number")
    paths = context.project.paths
    return await _answer(request, await context.database.arun(lambda c: read_rendition(c, paths, key, number)))


async def thumbnail(request: Request) -> Response:
    """Return the small picture of the finished file, or of the original where there is no other."""
    thumbnails, said = context_of(request).thumbnails, request.query_params.get("v", "")
    key = image_key_of(request)
    if _HASH.fullmatch(said) and said == context_of(request).shown_hashes.get(key):
        kept = await run_in_threadpool(thumbnails.kept, said)
        if kept is not None:  # a page of sixty does not ask the database sixty times
            return await _answer(request, ShelfFile(kept, said, MEDIA_TYPES[".webp"]))
    return await _small(request, (await _shelf(request)).shown)


async def earlier_thumbnail(request: Request) -> Response:
    """Return the small picture of what an earlier delivery was made of."""
    return await _small(request, (await _shelf(request, number_of(request, "delivery"))).original)


async def _small(request: Request, file: ShelfFile | None) -> Response:
    if file is None:
        raise nothing_here("picture")
    try:
        kept = await run_in_threadpool(context_of(request).thumbnails.make, file.file, file.sha256)
    except ImageError as error:
        raise nothing_here("picture") from error
    return await _answer(request, ShelfFile(kept, file.sha256, MEDIA_TYPES[".webp"]))


async def _shelf(request: Request, delivery_id: int | None = None) -> Shelf:
    context, key = context_of(request), image_key_of(request)
    paths = context.project.paths
    return await context.database.arun(lambda c: read_shelf(c, paths, key, delivery_id=delivery_id))


async def _answer(request: Request, file: ShelfFile | None) -> Response:
    """Return a file; one that is asked for by its hash never changes."""
    if file is None:
        raise nothing_here("file")
    is_named = request.query_params.get("v") == file.sha256
    headers = {"ETag": f'"{file.sha256}"', "Cache-Control": FOR_EVER if is_named else ASK_AGAIN}
    if file.media_type == MEDIA_TYPES[".svg"]:
        headers["Content-Security-Policy"] = SVG_POLICY
    if f'"{file.sha256}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    try:
        data = await run_in_threadpool(file.file.read)
    except OSError as error:  # it has just gone, or a link has just come there
        raise nothing_here("file") from error
    return Response(data, media_type=file.media_type, headers=headers)
