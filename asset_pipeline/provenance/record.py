"""What a finished file says about where it comes from, and the rows of the ledger that this is read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asset_pipeline.ledger import Connection

PROGRAM = "asset-pipeline"
# What IPTC calls a picture that a model has made: https://cv.iptc.org/newscodes/digitalsourcetype/
TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@dataclass(frozen=True)
class Provenance:
    """Where a finished file comes from. Equal for equal originals, so that a file made again is the same to the byte.

    Args:
        image_key: The image.
        content_key: Of its original.
        title: What it stands for.
        prompt: What its model was told.
        negative_prompt: What must not be seen; empty where nothing was said of it.
        model: Who made it, as it was asked.
        model_version: Of the model, as the provider says; None where it does not.
        prediction_id: The provider's id of the call that made it.
        call_id: Our own.
        created_at: When the call was made, UTC.
    """

    image_key: str
    content_key: str
    title: str
    prompt: str
    negative_prompt: str
    model: str
    model_version: str | None
    prediction_id: str | None
    call_id: str
    created_at: datetime


@dataclass(frozen=True)
class Source:
    """The call that a picture comes from.

    Args:
        model: Who was asked.
        prediction_id: The provider's id of it; None where it gave none.
        created_at: When it was made, UTC.
    """

    model: str
    prediction_id: str | None
    created_at: datetime


def read_sources(connection: Connection, call_ids: Sequence[str]) -> list[Source | None]:
    """Return calls that pictures come from, in this order; None for one that is not known. A handler for many at once.

    It can be asked as soon as the provider's id is committed, which is before anything is made of the answer.
    """
    rows = connection.execute(
        "SELECT call_id, model, provider_call_id, created_at FROM main.calls WHERE call_id IN (SELECT unnest($1))",
        [list(call_ids)],
    ).fetchall()
    found = {call_id: Source(*values) for call_id, *values in rows}
    return [found.get(call_id) for call_id in call_ids]
