"""A purchase on its way: paid, fetched, kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from asset_pipeline.folders import PartFile
from asset_pipeline.images.store import Original
from asset_pipeline.ledger import Call, Held, Step
from asset_pipeline.ledger.calls import Price
from asset_pipeline.results import Failed

Used = TypeVar("Used")


@dataclass(frozen=True)
class OpenPurchase:
    """A prediction that has been paid for, or will be.

    Args:
        call_id: The call.
        content_key: What it was bought as.
        model: As it was asked.
        prediction_id: The provider's id of it.
        created_at: When its money was set aside, UTC.
        price: What it was bought at.
        worst_usd: What is held for it.
    """

    call_id: str
    content_key: str
    model: str
    prediction_id: str
    created_at: datetime
    price: Price
    worst_usd: Decimal

    @classmethod
    def of(cls, held: Held, prediction_id: str) -> OpenPurchase:
        """Return a purchase that has just been made."""
        asked = held.intent
        return cls(
            held.call_id,
            asked.content_key,
            asked.model,
            prediction_id,
            held.created_at,
            asked.price,
            asked.worst_usd,
        )

    @classmethod
    def of_call(cls, call: Call, prediction_id: str) -> OpenPurchase:
        """Return a purchase that the journal has."""
        return cls(
            call.call_id,
            call.content_key,
            call.model,
            prediction_id,
            call.created_at,
            call.price,
            call.worst_usd,
        )


@dataclass(frozen=True)
class Fetched:
    """What a prediction delivered, on the disk but not kept yet; its call is still open.

    Args:
        purchase: The prediction.
        part: The file, closed.
        cost_usd: What it cost.
        remark: How the cost was found, where the prediction does not say.
        model: Who made it, as the answer says; None where it does not.
        version: Of the model, as the answer says; None where it does not.
    """

    purchase: OpenPurchase
    part: PartFile
    cost_usd: Decimal
    remark: str | None
    model: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Kept(Generic[Used]):
    """An original on the disk.

    Args:
        original: What is recorded of it.
        used: What was made of it on the way, or why nothing could be.
        booked: Done when its record and its cost are committed.
    """

    original: Original
    used: Used | Failed
    booked: asyncio.Future[Step]
