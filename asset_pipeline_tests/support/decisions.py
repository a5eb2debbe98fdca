"""Decisions as a script hands them in: they count whatever was there."""

from __future__ import annotations

from collections.abc import Sequence

from asset_pipeline.decisions import Decision, Kind, Outcome
from asset_pipeline.decisions.taking import Taking, new_decision_id
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now


def decide(
    database: Database, kind: Kind, *keys: str, note: str = "", reviewer: str = "a test", **details: object
) -> Sequence[Outcome]:
    """Take one decision about images, without their files."""
    made = [Decision(new_decision_id(), key, kind, note=note, is_blind=True, **details) for key in keys]  # type: ignore[arg-type]
    return database.run(
        lambda connection: Taking(
            connection, mode="sandbox", reviewer=reviewer, now=utc_now(), keep_prompt=lambda _subject, _take: None
        ).take(made)
    )
