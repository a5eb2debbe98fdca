"""What decisions are about: images as they stand at the moment of a decision, and the last word on each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asset_pipeline.decisions.decision import Kind
from asset_pipeline.ledger import Connection
from asset_pipeline.specs.takes import Take, read_takes
from asset_pipeline.specs.wanted import WantedImage

# Said of a picture without judging it: they stand beside any other word on it.
ASIDE = (Kind.FAVOURITE, Kind.UNFAVOURITE)


@dataclass(frozen=True)
class LastWord:
    """The last decision about an image that was not taken back."""

    review_id: str
    decision: str
    reviewer: str
    created_at: datetime

    def __str__(self) -> str:
        return f"{self.reviewer} has decided `{self.decision}` at {self.created_at:%H:%M:%S} UTC"


@dataclass(frozen=True)
class Subject:
    """An image that somebody decides about.

    Args:
        wanted: What its spec wants.
        state: Where it stands.
        reason: Why it is not done.
        is_retired: Whether no spec wants it any more.
        sha256: Of its last finished file; None where there was none.
        path: That file, relative to the data directory.
        prompt_key: Of the competition that its prompt is from.
        delivered_at: When it was finished.
        renditions: Its further files.
        take: What people want of it so far.
        last: The last word on it.
        anew_at: When it was last wanted anew.
    """

    wanted: WantedImage
    state: str
    reason: str | None
    is_retired: bool
    sha256: str | None
    path: str | None
    prompt_key: str | None
    delivered_at: datetime | None
    renditions: tuple[str, ...]
    take: Take
    last: LastWord | None
    anew_at: datetime | None

    @property
    def key(self) -> str:
        """Its key."""
        return self.wanted.key

    @property
    def files(self) -> tuple[str, ...]:
        """All finished files of it, relative to the data directory."""
        return (*((self.path,) if self.path else ()), *self.renditions)

    def before(self) -> dict[str, Any]:
        """Return what a decision may have to be taken back to."""
        own = self.take.own_prompt
        take = {"take": self.take.take, "note": self.take.note, "own_prompt": own.model_dump() if own else None}
        return {"state": self.state, "reason": self.reason, "take": take, "wanted": self.wanted.sha256}


def read_subjects(connection: Connection, keys: Sequence[str]) -> dict[str, Subject]:
    """Return those images that are known, retired ones included."""
    rows = connection.execute(
        "WITH latest AS (SELECT image_key, sha256, path, prompt_key, created_at FROM store.deliveries"
        "  WHERE image_key IN (SELECT unnest($1))"
        "  QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1),"
        " further AS (SELECT image_key, list(path ORDER BY path) AS paths FROM store.renditions"
        "  WHERE image_key IN (SELECT unnest($1)) GROUP BY image_key),"
        " anew AS (SELECT image_key, max(created_at) AS at FROM store.reviews WHERE image_key IN (SELECT unnest($1))"
        "  AND undone_at IS NULL AND decision IN ('regenerate', 'edit', 'pick') GROUP BY image_key)"
        " SELECT i.wanted, i.state, i.reason, i.retired_at IS NOT NULL, l.sha256, l.path, l.prompt_key, l.created_at,"
        "  f.paths, a.at FROM store.images i LEFT JOIN latest l USING (image_key)"
        "  LEFT JOIN further f USING (image_key) LEFT JOIN anew a USING (image_key)"
        " WHERE i.image_key IN (SELECT unnest($1)) ORDER BY i.position",
        [list(keys)],
    ).fetchall()
    takes, words = read_takes(connection, keys), read_last_words(connection, keys)
    subjects = {}
    for wanted_json, state, reason, is_retired, sha256, path, prompt_key, delivered_at, further, anew_at in rows:
        wanted = WantedImage.model_validate_json(wanted_json)
        subjects[wanted.key] = Subject(
            wanted=wanted,
            state=state,
            reason=reason,
            is_retired=is_retired,
            sha256=sha256,
            path=path,
            prompt_key=prompt_key,
            delivered_at=delivered_at,
            renditions=tuple(further or ()),
            take=takes.get(wanted.key, Take()),
            last=words.get(wanted.key),
            anew_at=anew_at,
        )
    return subjects


def read_last_words(connection: Connection, keys: Sequence[str]) -> dict[str, LastWord]:
    """Return the last word on each image that there is one on."""
    rows = connection.execute(
        "SELECT image_key, review_id, decision, reviewer, created_at FROM store.reviews"
        " WHERE image_key IN (SELECT unnest($1)) AND undone_at IS NULL AND decision NOT IN (SELECT unnest($2))"
        " QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY created_at DESC, review_id DESC) = 1",
        [list(keys), [str(kind) for kind in ASIDE]],
    ).fetchall()
    return {key: LastWord(*rest) for key, *rest in rows}


def read_variants(connection: Connection, wanted: WantedImage) -> list[str]:
    """Return the keys of the other images of the same thing."""
    rows = connection.execute(
        "SELECT wanted FROM store.images WHERE collection = $1 AND retired_at IS NULL AND image_key <> $2"
        " AND wanted->>'$.type' = $3 AND wanted->>'$.title' = $4",
        [wanted.collection, wanted.key, str(wanted.type), wanted.title],
    ).fetchall()
    others = [WantedImage.model_validate(json.loads(text)) for (text,) in rows]
    return [other.key for other in others if _stem(other) == _stem(wanted)]


def _stem(wanted: WantedImage) -> str:
    return wanted.slug if wanted.variant == 1 else wanted.slug.removesuffix(f"-{wanted.variant}")
