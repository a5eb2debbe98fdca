"""The common part of the statements: each image with its last file, and what people have decided of it."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.settings.types import Mode

# Parameters: $1, the collection; where single ones are read, $2, their keys.
# A decision counts until it is undone, or another picture has come since.
_IMAGES = """
WITH wanted AS (
    SELECT image_key, position, state, reason, coalesce(is_sample, false) AS is_sample, updated_at,
        json_extract_string(wanted, ['$.type', '$.slug', '$.title', '$.description', '$.format', '$.variant']) AS texts,
        json_extract_string(wanted, ['$.width', '$.height', '$.transparent']) AS sizes
    FROM store.images WHERE collection = $1 AND {which}
), latest AS (
    SELECT d.image_key, d.path, d.sha256, d.content_key, d.prompt_key, d.created_at
    FROM store.deliveries d SEMI JOIN wanted USING (image_key)
    QUALIFY row_number() OVER (PARTITION BY d.image_key ORDER BY d.delivery_id DESC) = 1
), decisions AS (
    SELECT image_key, review_id, decision, seen_sha256, created_at FROM store.reviews
    WHERE collection = $1 AND image_key IS NOT NULL AND undone_at IS NULL
), verdicts AS (
    SELECT * FROM decisions WHERE decision NOT IN ('favourite', 'unfavourite')
    QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY created_at DESC, review_id DESC) = 1
), favourites AS (
    SELECT image_key, arg_max(decision, (created_at, review_id)) = 'favourite' AS is_favourite FROM decisions
    WHERE decision IN ('favourite', 'unfavourite') GROUP BY image_key
), doubts AS (
    SELECT image_key, count(*) AS doubts, bool_or(policy <> 'warn') AS must_be_seen
    FROM store.checks WHERE NOT passed GROUP BY image_key
), approval AS (
    SELECT count(*) > 0 AS counts FROM store.approvals
    WHERE collection = $1 AND mode = '{mode}' AND ended_at IS NULL
), images AS (
    SELECT w.image_key, w.position, w.reason, w.is_sample, w.updated_at,
        w.texts[1] AS type, w.texts[2] AS slug, w.texts[3] AS title, w.texts[4] AS description, w.texts[5] AS format,
        w.texts[6]::INTEGER AS variant,
        w.sizes[1]::INTEGER AS width, w.sizes[2]::INTEGER AS height,
        coalesce(w.sizes[3] = 'true', false) AS transparent,
        l.path, l.sha256, l.created_at AS made_at, c.score, coalesce(d.doubts, 0) AS doubts,
        CASE WHEN v.decision IS NULL THEN NULL
            WHEN v.decision IN ('regenerate', 'edit', 'pick')
                THEN CASE WHEN l.created_at > v.created_at THEN NULL ELSE 'sent_back' END
            WHEN l.created_at > v.created_at AND v.seen_sha256 IS DISTINCT FROM l.sha256 THEN NULL
            WHEN v.decision = 'reject' THEN 'rejected' ELSE 'approved' END AS verdict,
        w.state, w.state = 'done' AND verdict IS NULL
            AND (({gated} AND w.is_sample AND NOT (SELECT counts FROM approval)) OR coalesce(d.must_be_seen, false))
            AS waits,
        coalesce(f.is_favourite, false) AS is_favourite, v.review_id AS last_decision
    FROM wanted w LEFT JOIN latest l USING (image_key) LEFT JOIN verdicts v USING (image_key)
        LEFT JOIN favourites f USING (image_key) LEFT JOIN doubts d USING (image_key)
        LEFT JOIN store.competitions c ON c.content_key = l.prompt_key
)
"""
_COSTS = """, costs AS (
    SELECT image_key, sum(cost_usd) AS cost_usd FROM store.calls
    WHERE collection = $1 AND mode = '{mode}' GROUP BY image_key
)
"""


@dataclass(frozen=True)
class Outlook:
    """From where the images are looked at.

    Args:
        mode: Whose money and approvals count.
        is_gated: Whether collections have to be approved.
    """

    mode: Mode
    is_gated: bool

    def wanted(self, *, with_costs: bool = False) -> str:
        """Return the statement's beginning for all images that a collection wants; `costs` on request."""
        return self._of(_IMAGES + (_COSTS if with_costs else ""), "retired_at IS NULL")

    def single(self, *, with_retired: bool) -> str:
        """Return the statement's beginning for the images whose keys are named."""
        which = "image_key IN (SELECT unnest($2::VARCHAR[]))"
        return self._of(_IMAGES, which if with_retired else f"{which} AND retired_at IS NULL")

    def _of(self, sql: str, which: str) -> str:
        return sql.format(which=which, mode=self.mode, gated=str(self.is_gated).upper())
