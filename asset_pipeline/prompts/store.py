"""Keeps prompts, candidates and winners, so that what was paid for is found again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.ledger.rows import insert
from asset_pipeline.prompts.render import Draft


@dataclass(frozen=True)
class Candidate:
    """One prompt of a competition.

    Args:
        position: Order in which the judge saw it.
        model: Who wrote it.
        prompt: The prompt.
        negative_prompt: What must not be seen.
        rationale: What the writer was after.
        score: Weighted, 0 to 10; None where nobody judged.
        scores: By criterion, as text.
        reason: The judge's sentence.
        won: Whether it was kept.
        writer_call_id: The call that paid for it.
        judge_call_id: The call that scored it.
        cost_usd: What writing it cost.
    """

    position: int
    model: str
    prompt: str
    negative_prompt: str
    rationale: str
    score: Decimal | None
    scores: Mapping[str, str]
    reason: str
    won: bool
    writer_call_id: str
    judge_call_id: str | None
    cost_usd: Decimal


@dataclass(frozen=True)
class Winner:
    """The prompt that an image is made from.

    Args:
        content_key: Of the competition.
        prompt: The prompt.
        negative_prompt: What must not be seen.
        model: Who wrote it.
        score: Weighted, 0 to 10; None where nobody judged.
        candidates: All that competed, winner included.
        cost_usd: What finding it cost now; 0 where it was bought before.
        reused: Whether it was bought before.
    """

    content_key: str
    prompt: str
    negative_prompt: str
    model: str
    score: Decimal | None
    candidates: tuple[Candidate, ...]
    cost_usd: Decimal
    reused: bool = False


def save_drafts(connection: Connection, rows: Sequence[tuple[str, Draft]]) -> list[None]:
    """Keep template prompts in the lineage of their images; a handler for many at once."""
    now = utc_now()
    unique = {(image_key, draft.content_key): draft.text for image_key, draft in rows}
    connection.execute(
        "INSERT INTO store.prompts SELECT unnest($1), unnest($2), unnest($3), $4 ON CONFLICT DO NOTHING",
        [[key for key, _ in unique], [content_key for _, content_key in unique], list(unique.values()), now],
    )
    return [None] * len(rows)


def save_winners(connection: Connection, rows: Sequence[tuple[str, Winner]]) -> list[None]:
    """Keep competitions with all their candidates; a handler for many at once."""
    now = utc_now()
    # Another process may have kept the same answers first, or another image of this one.
    first = {winner.content_key: (key, winner) for key, winner in reversed(rows)}
    known = connection.execute(
        "SELECT content_key FROM store.competitions WHERE content_key IN (SELECT unnest($1))", [list(first)]
    ).fetchall()
    for (content_key,) in known:
        del first[content_key]
    insert(
        connection,
        "store.competitions",
        [
            (w.content_key, image_key, w.prompt, w.negative_prompt, w.model, _text(w.score), now)
            for image_key, w in first.values()
        ],
    )
    insert(
        connection,
        "store.candidates",
        [_candidate_row(one, w.content_key, image_key, now) for image_key, w in first.values() for one in w.candidates],
    )
    return [None] * len(rows)


def _candidate_row(one: Candidate, content_key: str, image_key: str, now: datetime) -> tuple[object, ...]:
    return (
        content_key,
        one.position,
        image_key,
        one.model,
        one.prompt,
        one.negative_prompt,
        one.rationale,
        _text(one.score),
        json.dumps(dict(one.scores)),
        one.reason,
        one.won,
        one.writer_call_id,
        one.judge_call_id,
        now,
    )


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)


def read_winners(connection: Connection, content_keys: Sequence[str]) -> dict[str, Winner]:
    """Return the winners of those competitions that have been held."""
    candidates: defaultdict[str, list[Candidate]] = defaultdict(list)
    for row in connection.execute(
        "SELECT content_key, position, model, prompt, negative_prompt, rationale, score, scores, reason, won, call_id,"
        " judge_call_id, cost_usd FROM main.prompt_candidates"
        " WHERE content_key IN (SELECT unnest($1)) ORDER BY position",
        [list(content_keys)],
    ).fetchall():
        fields = dict(zip(Candidate.__dataclass_fields__, row[1:], strict=True))
        candidates[row[0]].append(Candidate(**fields | {"scores": json.loads(fields["scores"])}))
    rows = connection.execute(
        "SELECT content_key, prompt, negative_prompt, winner, score FROM store.competitions"
        " WHERE content_key IN (SELECT unnest($1))",
        [list(content_keys)],
    ).fetchall()
    return {
        key: Winner(key, prompt, negative, model, score, tuple(candidates[key]), ZERO, reused=True)
        for key, prompt, negative, model, score in rows
    }
