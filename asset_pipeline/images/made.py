"""What making an image brings: a picture that was bought and finished, and the delivery that people see."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.images.checks import Check
from asset_pipeline.images.files import StoredFile
from asset_pipeline.images.finisher import Finished
from asset_pipeline.images.store import Original


@dataclass(frozen=True)
class Made:
    """An original that is there, with the files made of it.

    Args:
        original: What was bought.
        finished: Its files, and what was seen of them.
        model: Who made it, as it was asked.
        cost_usd: What it cost now; None where it was bought before.
        booked: Done when original and cost are committed, where that is still to come.
        is_anothers: It was bought in another way to make the same image.
    """

    original: Original
    finished: Finished
    model: str
    cost_usd: Decimal | None = None
    booked: asyncio.Future[Any] | None = None
    is_anothers: bool = False


@dataclass(frozen=True)
class Delivered:
    """A finished image.

    Args:
        content_key: Of its original.
        file: Where it is.
        renditions: Further files of it.
        original: Path of the original, relative to the data directory.
        thumbnail: A small picture of it, as a data URI.
        checks: What was measured of it.
        cost_usd: What its originals cost now; 0 where they were bought before.
        reused: Whether they were bought before.
        call_id: The call that paid for the original.
        model: Who made it: one of the image's models.
        model_version: Of that model, as the provider says; None where it does not.
        fallback: Why not the first of them; empty where it was.
    """

    content_key: str
    file: StoredFile
    renditions: tuple[StoredFile, ...]
    original: str
    thumbnail: str
    checks: tuple[Check, ...]
    cost_usd: Decimal
    reused: bool
    call_id: str
    model: str
    model_version: str | None = None
    fallback: str = ""
