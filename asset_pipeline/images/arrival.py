"""How a delivered file arrives: downloaded until it is whole, then kept as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import structlog
from PIL import Image

from asset_pipeline.errors import ImageError, NotDrawnError
from asset_pipeline.folders import PartFile
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.inspect import UNDRAWN, Size, describe, open_image
from asset_pipeline.images.open_purchase import Fetched, Used
from asset_pipeline.images.store import KeptOriginal, Original
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.results import Failed

DOWNLOAD_TRIES = 4
DOWNLOAD_WAIT_S = 0.5
UNREADABLE = "bin"

log = structlog.get_logger(__name__)


async def download(client: ReplicateClient, files: FileStore, url: str) -> PartFile:
    """Return a file, whole and on the disk; trying again costs nothing, so it is tried again.

    Raises:
        ImageError: It is not taken; see `Downloads.fetch`.
        httpx.HTTPError: It could not be fetched.
        OSError: It could not be written.
    """
    wait_s = DOWNLOAD_WAIT_S
    for _ in range(DOWNLOAD_TRIES - 1):
        try:
            return await _download_once(client, files, url)
        except httpx.HTTPError:
            await asyncio.sleep(wait_s)
            wait_s *= 2
    return await _download_once(client, files, url)


async def _download_once(client: ReplicateClient, files: FileStore, url: str) -> PartFile:
    part = await asyncio.to_thread(files.part)
    try:
        await client.download(url, part)
        await asyncio.to_thread(part.close)
    except BaseException:
        part.discard()
        raise
    return part


def store_as_it_is(
    files: FileStore, fetched: Fetched, use: Callable[[Image.Image, Original], Used], size: Size
) -> tuple[KeptOriginal, Used | Failed]:
    """Keep a file under its content and as what it is, then make something of the picture.

    Args:
        files: Where it is kept.
        fetched: The file.
        use: Makes something of the picture and of what is recorded of it.
        size: Pixels that an SVG is drawn to cover.

    Returns:
        The file, and what was made of it; or why nothing was, where it is an SVG that cannot be drawn here.

    Raises:
        ImageError: It is no picture; it is kept nevertheless, as it came.
        OSError: It could not be written.
    """
    picture, undrawn = None, ""
    try:
        with fetched.part.open() as opened:
            picture = open_image(opened, svg_covers=size)
    except NotDrawnError as error:
        undrawn = f"the original is there, but {error.what}"
    except ImageError as error:
        file = files.keep_original(fetched.part, format=UNREADABLE)
        raise ImageError(f"{error.what}; what came is kept as {file.path}") from None
    seen = describe(picture) if picture else UNDRAWN
    file = files.keep_original(fetched.part, format=seen.format)
    bought = fetched.purchase
    original = Original(
        content_key=bought.content_key,
        call_id=bought.call_id,
        path=file.path,
        sha256=file.sha256,
        model=fetched.model or bought.model,
        model_version=fetched.version,
    )
    kept = KeptOriginal(original, file, seen)
    if picture is None:
        return kept, Failed(undrawn)
    try:
        return kept, use(picture, original)
    except Exception as error:  # it is paid and safe: whatever breaks now must not keep it from being recorded
        log.exception("nothing could be made of a picture")
        return kept, Failed(f"the original is there, but {type(error).__name__}: {error}")
