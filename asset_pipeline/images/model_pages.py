"""What Replicate's model pages say about models, and how it is kept: a model's own schema decides what it is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.rows import upsert

_VERSION = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ModelPage:
    """A model as its page describes it.

    Args:
        mode: `sandbox` or `live`.
        model: As the spec names it.
        version: The version described, in 64 hex digits; None where the page names none.
        is_official: Whether it is called by its name, and not by its version; None where the page does not say.
        chosen: The OpenAPI document that inputs are chosen by.
        current: The newest one, which inputs must obey.
        fetched_at: When it was looked up, UTC.
    """

    mode: str
    model: str
    version: str | None
    is_official: bool | None
    chosen: Mapping[str, Any]
    current: Mapping[str, Any]
    fetched_at: datetime


def page_of(model: str, body: Mapping[str, Any], *, mode: str, now: datetime) -> ModelPage:
    """Return the page in an answer about a model, or about one of its versions.

    `is_official` is documented and was never recorded.
    """
    latest = body.get("latest_version")
    version = latest if isinstance(latest, dict) else body
    schema = version.get("openapi_schema")
    named = version.get("id")
    hexadecimal = named if isinstance(named, str) and _VERSION.fullmatch(named) else None
    is_official = body.get("is_official")
    document = schema if isinstance(schema, dict) else {}
    return ModelPage(
        mode=mode,
        model=model,
        version=hexadecimal,
        is_official=is_official if isinstance(is_official, bool) else None,
        chosen=document,
        current=document,
        fetched_at=now,
    )


def save_pages(connection: Connection, pages: Sequence[ModelPage]) -> list[None]:
    """Keep pages; a handler for many at once."""
    upsert(
        connection,
        "store.model_pages (mode, model, version, is_official, chosen, current, fetched_at)",
        [
            (p.mode, p.model, p.version, p.is_official, json.dumps(p.chosen), json.dumps(p.current), p.fetched_at)
            for p in {page.model: page for page in pages}.values()
        ],
        key=2,
    )
    return [None] * len(pages)


def read_pages(connection: Connection, mode: str) -> dict[str, ModelPage]:
    """Return all pages that have been looked up, by model."""
    rows = connection.execute(
        "SELECT model, version, is_official, chosen, current, fetched_at FROM store.model_pages WHERE mode = $1", [mode]
    ).fetchall()
    return {r[0]: ModelPage(mode, r[0], r[1], r[2], json.loads(r[3]), json.loads(r[4]), r[5]) for r in rows}
