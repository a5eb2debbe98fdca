"""The old tool's past as rows of the database; whatever is imported twice is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from asset_pipeline.images.files import StoredFile
from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import usd
from asset_pipeline.ledger.rows import insert, upsert
from asset_pipeline.legacy.findings import Record
from asset_pipeline.legacy.pictures import Picture
from asset_pipeline.redaction import MASK, redact
from asset_pipeline.specs.wanted import canonical_json, canonical_sha256

_PICTURE = (
    "collection, source_file, sha256, path, bytes, width, height, format, image_key, is_adopted, cost_usd, why,"
    " imported_at"
)


def save_records(connection: Connection, records: Sequence[Record], *, collection: str) -> int:
    """Keep records; return how many are new; of a known one, what became of it this time counts."""
    now = utc_now()
    rows = []
    seen: Counter[str] = Counter()
    for one in records:
        payload = _payload(one)
        digest = canonical_sha256([one.kind, one.file, payload])
        seen[digest] += 1  # a log may say the same thing twice, and mean it
        rows.append(
            (
                canonical_sha256([digest, seen[digest]]),
                *(collection, one.kind, one.file, one.line),
                *(one.title and redact(one.title), one.asset_type, one.status, one.is_trusted),
                None if one.cost_usd is None else str(usd(one.cost_usd)),
                *(one.occurred_at, payload, now),
            )
        )
    before = _count(connection, "store.legacy_records")
    insert(connection, "store.legacy_records", rows, keep_first=True)
    return _count(connection, "store.legacy_records") - before


def _payload(record: Record) -> str:
    """Return what a record says as JSON without secrets; cleaned before it is text, so that it stays JSON."""
    text = canonical_json(record.payload)
    return text if redact(text) == text else canonical_json(_clean(record.payload))


def _clean(value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON holds anything
    """Return JSON in which no text shows a secret, and nothing that its name calls one is left."""
    if isinstance(value, Mapping):
        return {redact(str(key)): _clean(one, str(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_clean(one) for one in value]
    clean = redact(value) if isinstance(value, str) else value
    return clean if redact(f"{name}: {clean}") == f"{name}: {clean}" else MASK


def save_pictures(connection: Connection, kept: Sequence[tuple[Picture, StoredFile]], *, collection: str) -> int:
    """Keep what is known of pictures; return how many are new; of a known one, what became of it this time counts."""
    now = utc_now()
    rows = [
        (
            *(collection, one.file.name, file.sha256, file.path, file.bytes),
            *(one.seen.width, one.seen.height, one.seen.format),
            *(one.claim.image_key if one.claim else None, one.is_adopted),
            None if one.claim is None or one.claim.cost_usd is None else str(usd(one.claim.cost_usd)),
            *(one.why or None, now),
        )
        for one, file in kept
    ]
    before = _count(connection, "store.legacy_images")
    upsert(connection, f"store.legacy_images ({_PICTURE})", rows, key=3)
    return _count(connection, "store.legacy_images") - before


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own tables
    return int(row[0]) if row else 0
