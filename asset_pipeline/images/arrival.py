"""How a delivered file arrives: downloaded until it is whole, then kept as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
from PIL import Image

from asset_pipeline.errors import ImageError, NotDrawnError
from asset_pipeline.images.files import FileStore, PartFile
from asset_pipeline.images.inspect import UNDRAWN, Size, describe, open_image
from asset_pipeline.images.open_purchase import Fetched, Used
from asset_pipeline.images.store import KeptOriginal, Original
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.results import Failed

DOWNLOAD_TRIES = 4
DOWNLOAD_WAIT_S = 0.5
UNREADABLE = "bin"


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
    files: FileStore, fetched: Fetched, use: Callable[[Image.Image], Used], size: Size
) -> tuple[KeptOriginal, Used | Failed]:
    """Keep a file under its content and as what it is, then make something of the picture.

    Args:
        files: Where it is kept.
        fetched: The file.
        use: Makes something of the picture.
        size: Pixels that an SVG is drawn to cover.

    Returns:
        The file, and what was made of it; or why nothing was, where it is an SVG that cannot be drawn here.

    Raises:
        ImageError: It is no picture; it is kept nevertheless, as it came.
        OSError: It could not be written.
    """
    picture, undrawn = None, ""
    try:
        picture = open_image(fetched.part.path, svg_covers=size)
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
    return KeptOriginal(original, file, seen), use(picture) if picture else Failed(undrawn)
