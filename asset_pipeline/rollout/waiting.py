"""What waits for a person's word."""

from __future__ import annotations

from asset_pipeline.ledger import Connection


def read_waiting(connection: Connection, *, mode: str, gated: bool) -> dict[str, int]:
    """Return how many finished images of each collection wait for a person's word.

    Those are the images that did not pass a check, and the sample of a collection that nobody has approved.

    Args:
        connection: In its transaction.
        mode: `sandbox` or `live`.
        gated: Whether collections have to be approved.
    """
    rows = connection.execute(
        "WITH latest AS (SELECT image_key, arg_max(sha256, delivery_id) AS sha256, max(created_at) AS at"
        "  FROM store.deliveries GROUP BY image_key),"
        " words AS (SELECT image_key, created_at AS at, seen_sha256 FROM store.reviews WHERE undone_at IS NULL"
        "  AND image_key IS NOT NULL AND decision NOT IN ('favourite', 'unfavourite')"
        "  QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY created_at DESC, review_id DESC) = 1)"
        " SELECT i.collection, count(*) FROM store.images i JOIN latest l USING (image_key)"
        " LEFT JOIN words w USING (image_key)"
        " WHERE i.state = 'done' AND i.retired_at IS NULL"
        " AND (w.at IS NULL OR (w.at < l.at AND w.seen_sha256 IS DISTINCT FROM l.sha256))"
        " AND (EXISTS (SELECT 1 FROM store.checks c WHERE c.image_key = i.image_key AND NOT c.passed"
        "   AND c.policy <> 'warn')"
        "  OR ($2 AND i.is_sample AND NOT EXISTS (SELECT 1 FROM store.approvals a WHERE a.collection = i.collection"
        "   AND a.mode = $1 AND a.ended_at IS NULL)))"
        " GROUP BY i.collection ORDER BY i.collection",
        [mode, gated],
    ).fetchall()
    return dict(rows)
