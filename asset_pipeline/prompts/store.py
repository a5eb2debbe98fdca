"""Keeps prompts, candidates and winners, so that what was paid for is found again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.ledger.rows import insert
from asset_pipeline.prompts.render import Draft


@dataclass(frozen=True)
class Mark:
    """One score as the judge gave it.

    Args:
        round: 1, or 2 where it was judged once more in opposite order.
        criterion: What was scored.
        score: 0 to 10.
        reason: The judge's sentence.
        judge_call_id: The call that it came with.
    """

    round: int
    criterion: str
    score: Decimal
    reason: str
    judge_call_id: str


@dataclass(frozen=True)
class Candidate:
    """One prompt of a competition.

    Args:
        position: Order in which the judge saw it first; those that nobody judged come after.
        model: Who wrote it.
        prompt: The prompt.
        negative_prompt: What must not be seen.
        rationale: What the writer was after.
        score: Weighted, 0 to 10; None where nobody judged.
        scores: By criterion, as text; the mean where it was judged twice.
        reason: The judge's sentences.
        won: Whether it was kept.
        writer_call_id: The call that paid for it.
        judge_call_id: The call that scored it first.
        cost_usd: What writing it cost, whenever that was.
        brief: Name of the writer's brief; None from before there were any.
        disqualified: What was wrong with it, in a word and a sentence; None where nothing was.
        marks: Every score as it was given.
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
    brief: str | None = None
    disqualified: str | None = None
    marks: tuple[Mark, ...] = ()


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
        fallback: Why it was not found by a competition; empty where it was.
        left_out: Writers that were not asked, where not all are.
    """

    content_key: str
    prompt: str
    negative_prompt: str
    model: str
    score: Decimal | None
    candidates: tuple[Candidate, ...]
    cost_usd: Decimal
    reused: bool = False
    fallback: str = ""
    left_out: tuple[str, ...] = ()


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
        "store.competitions (content_key, image_key, prompt, negative_prompt, winner, score, created_at, fallback,"
        " left_out)",
        [
            (
                *(w.content_key, image_key, w.prompt, w.negative_prompt, w.model, _text(w.score), now),
                *(w.fallback or None, json.dumps(w.left_out)),
            )
            for image_key, w in first.values()
        ],
    )
    _add(connection, [(w.content_key, image_key, w.candidates) for image_key, w in first.values()], now)
    return [None] * len(rows)


def keep_roster(
    connection: Connection, rosters: Sequence[tuple[str, tuple[tuple[str, str], ...]]]
) -> list[frozenset[tuple[str, str]]]:
    """Keep who is asked in competitions, and return who was chosen first; a handler for many at once.

    Args:
        connection: In its transaction.
        rosters: Content key of each competition, and model and brief of each of its writers.
    """
    first = dict(reversed(rosters))
    rows = [(key, json.dumps(writers)) for key, writers in first.items()]
    insert(connection, "store.rosters (content_key, writers)", rows, keep_first=True)
    kept = dict(
        connection.execute(
            "SELECT content_key, writers FROM store.rosters WHERE content_key IN (SELECT unnest($1))", [list(first)]
        ).fetchall()
    )
    return [frozenset((model, brief) for model, brief in json.loads(kept[key])) for key, _ in rosters]


def save_losers(connection: Connection, rows: Sequence[tuple[str, str, Sequence[Candidate]]]) -> list[None]:
    """Keep what did not compete where nobody won, by content key and image; a handler for many at once."""
    _add(connection, rows, utc_now())
    return [None] * len(rows)


def _add(connection: Connection, rows: Sequence[tuple[str, str, Sequence[Candidate]]], now: datetime) -> None:
    """Add candidates after those that earlier attempts have left."""
    keys = sorted({content_key for content_key, _, _ in rows})
    taken: dict[str, int] = dict(
        connection.execute(
            "SELECT content_key, max(position) + 1 FROM store.candidates WHERE content_key IN (SELECT unnest($1))"
            " GROUP BY content_key",
            [keys],
        ).fetchall()
    )
    candidates: list[tuple[object, ...]] = []
    marks: list[tuple[object, ...]] = []
    for content_key, image_key, new in rows:
        begin = taken.get(content_key, 0)
        taken[content_key] = begin + len(new)
        for one in new:
            candidates.append(_candidate_row(replace(one, position=begin + one.position), content_key, image_key, now))
            marks += [
                (content_key, begin + one.position, m.round, m.criterion, str(m.score), m.reason, m.judge_call_id)
                for m in one.marks
            ]
    insert(connection, "store.candidates", candidates)
    insert(connection, "store.scores", marks)


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
        one.brief,
        one.disqualified,
    )


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)


def read_winners(connection: Connection, content_keys: Sequence[str]) -> dict[str, Winner]:
    """Return the winners of those competitions that have been held."""
    keys = [list(content_keys)]
    marks: defaultdict[tuple[str, int], list[Mark]] = defaultdict(list)
    for key, position, *values in connection.execute(
        "SELECT content_key, position, round, criterion, score, reason, judge_call_id FROM store.scores"
        " WHERE content_key IN (SELECT unnest($1)) ORDER BY round, rowid",
        keys,
    ).fetchall():
        marks[key, position].append(Mark(*values))
    candidates: defaultdict[str, list[Candidate]] = defaultdict(list)
    for row in connection.execute(
        "SELECT content_key, position, model, prompt, negative_prompt, rationale, score, scores, reason, won, call_id,"
        " judge_call_id, cost_usd, brief, disqualified FROM main.prompt_candidates"
        " WHERE content_key IN (SELECT unnest($1)) ORDER BY position",
        keys,
    ).fetchall():
        fields = dict(zip(Candidate.__dataclass_fields__, row[1:], strict=False))
        given = tuple(marks[row[0], fields["position"]])
        candidates[row[0]].append(Candidate(**fields | {"scores": json.loads(fields["scores"]), "marks": given}))
    rows = connection.execute(
        "SELECT content_key, prompt, negative_prompt, winner, score, coalesce(fallback, ''), coalesce(left_out, '[]')"
        " FROM store.competitions WHERE content_key IN (SELECT unnest($1))",
        keys,
    ).fetchall()
    return {
        key: Winner(
            *(key, prompt, negative, model, score, tuple(candidates[key]), ZERO),
            reused=True,
            fallback=fallback,
            left_out=tuple(json.loads(left_out)),
        )
        for key, prompt, negative, model, score, fallback, left_out in rows
    }
