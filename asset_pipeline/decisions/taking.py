"""Takes decisions about images: each is checked against how its image stands now, and takes effect with its row."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from asset_pipeline.decisions.decision import Decision, Kind, Outcome
from asset_pipeline.decisions.subjects import ASIDE, Subject, read_subjects, read_variants
from asset_pipeline.ledger import Connection, State
from asset_pipeline.ledger.calls import OPEN
from asset_pipeline.ledger.rows import insert
from asset_pipeline.rollout.wishes import wish_run
from asset_pipeline.specs.states import DONE, MISSING, REJECTED
from asset_pipeline.specs.takes import Take, write_takes
from asset_pipeline.specs.wanted import PERSON, OwnPrompt

MAX_TEXT = 4_000
ANEW = (Kind.REGENERATE, Kind.EDIT, Kind.PICK)
# Keeps a prompt of a person's own in the lineage of its image.
KeepPrompt: TypeAlias = Callable[[Subject, Take], None]


@dataclass(frozen=True)
class Effects:
    """What has to be done with files once the decisions are committed, in this order.

    Args:
        back: Files that are delivered again.
        aside: Files that are not delivered any more.
    """

    back: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


class Taking:
    """Decisions of one person that are taken together.

    Args:
        connection: In its transaction.
        mode: `sandbox` or `live`.
        reviewer: Who decides.
        now: The time in UTC.
        keep_prompt: Keeps prompts that people have decided on.
    """

    def __init__(
        self, connection: Connection, *, mode: str, reviewer: str, now: datetime, keep_prompt: KeepPrompt
    ) -> None:
        self._connection = connection
        self._mode = mode
        self._reviewer = reviewer
        self._now = now
        self._keep_prompt = keep_prompt
        self.effects = Effects()
        self._anew: dict[str, list[str]] = {}

    def take(self, decisions: Sequence[Decision]) -> list[Outcome]:
        """Take what can be taken, in order, and say of each what became of it."""
        known = self._known([one.decision_id for one in decisions])
        outcomes = []
        for one in decisions:
            if one.decision_id in known:
                # Told where nobody was told the first time: a page that is left sends, and does not hear the answer.
                outcomes.append(Outcome(one.decision_id, True, f"{one.image_key}: {one.kind} is taken", one.image_key))
                continue
            outcomes.append(self._take(one))
            known.add(one.decision_id)
        for collection, keys in self._anew.items():
            wish_run(self._connection, mode=self._mode, collection=collection, image_keys=keys, now=self._now)
        return outcomes

    def _known(self, ids: Sequence[str]) -> set[str]:
        rows = self._connection.execute(
            "SELECT review_id FROM store.reviews WHERE review_id IN (SELECT unnest($1))", [list(ids)]
        ).fetchall()
        return {review_id for (review_id,) in rows}

    def _take(self, one: Decision) -> Outcome:
        subject = read_subjects(self._connection, [one.image_key]).get(one.image_key)
        refusal = f"there is no image {one.image_key}" if subject is None else self._refusal(one, subject)
        if subject is None or refusal:
            return Outcome(one.decision_id, False, refusal, one.image_key)
        return Outcome(one.decision_id, True, self._effect(one, subject), one.image_key)

    def _refusal(self, one: Decision, subject: Subject) -> str:
        """Return why a decision does not count; empty where it does."""
        if subject.is_retired:
            return f"{subject.key} is retired: no spec wants it any more"
        if max(len(one.note), len(one.prompt), len(one.negative_prompt)) > MAX_TEXT:
            return f"notes and prompts have at most {MAX_TEXT:,} characters"
        if one.kind in ASIDE:
            return ""
        if not one.is_blind and one.seen_sha256 != subject.sha256:
            return f"the picture of {subject.key} is not the one you were looking at any more; look again"
        if not one.is_blind and subject.last and one.after != subject.last.review_id:
            return f"in the meantime {subject.last}; look again"
        if one.kind is Kind.PICK and find_candidate(self._connection, subject, one.candidate) is None:
            return f"{subject.key} has no candidate {one.candidate} with a prompt"
        return _unfit(one, subject)

    def _effect(self, one: Decision, subject: Subject) -> str:
        details: dict[str, Any] = {"before": subject.before()}
        if one.kind is Kind.APPROVE:
            said = self._approve(subject)
        elif one.kind is Kind.REJECT:
            said = self._reject(one, subject)
        elif one.kind is Kind.CHOOSE:
            said = self._approve(subject)
            others = self._reject_others(one, subject)
            details["others"] = others
            said += f"; {len(others)} other variants are rejected"
        elif one.kind in ANEW:
            take = self._new_take(one, subject)
            details["prompt"] = take.own_prompt.text if take.own_prompt else None
            said = self._make_anew(subject, take)
        else:
            said = "noted"
        self._record(one, subject, details)
        return f"{subject.key}: {said}"

    def _approve(self, subject: Subject) -> str:
        if subject.state == REJECTED:
            self.effects.back.extend(subject.files)
            self._set_state(subject.key, DONE, None)
        return "approved"

    def _reject(self, one: Decision, subject: Subject) -> str:
        reason = f"rejected by {self._reviewer}" + (f": {one.note}" if one.note else "")
        self._set_state(subject.key, REJECTED, reason)
        self.effects.aside.extend(subject.files)
        return "rejected; it is not delivered"

    def _reject_others(self, one: Decision, subject: Subject) -> list[str]:
        others = read_subjects(self._connection, read_variants(self._connection, subject.wanted))
        rejected = {}
        for key, other in others.items():
            if other.state != REJECTED:
                why = f"{subject.key} was chosen"
                decision = Decision(f"{one.decision_id}:{key}", key, Kind.REJECT, note=why, is_blind=True)
                self._reject(decision, other)
                self._record(decision, other, {"before": other.before()})
                rejected[key] = decision.decision_id
        return list(rejected)

    def _new_take(self, one: Decision, subject: Subject) -> Take:
        before = subject.take
        if one.kind is Kind.EDIT:
            own = OwnPrompt(text=" ".join(one.prompt.split()), negative=" ".join(one.negative_prompt.split()))
            return replace(before, own_prompt=own)
        if one.kind is Kind.PICK:
            prompt, negative, author = find_candidate(self._connection, subject, one.candidate) or ("", "", PERSON)
            return replace(before, own_prompt=OwnPrompt(text=prompt, negative=negative, author=author))
        if one.note or before.is_adopted:  # what is to change is a matter of a new competition, whoever wrote before
            return Take(before.take + 1, " ".join(one.note.split()), None)
        return replace(before, take=before.take + 1)

    def _make_anew(self, subject: Subject, take: Take) -> str:
        write_takes(self._connection, {subject.key: take})
        if take.own_prompt:
            self._keep_prompt(subject, take)
        self._set_state(subject.key, MISSING, "to be made anew")
        self._anew.setdefault(subject.wanted.collection, []).append(subject.key)
        return f"take {take.take} is made by the next run; its file stays until then"

    def _set_state(self, key: str, state: str, reason: str | None) -> None:
        self._connection.execute(
            "UPDATE store.images SET state = $2, reason = $3, updated_at = $4 WHERE image_key = $1",
            [key, state, reason, self._now],
        )

    def _record(self, one: Decision, subject: Subject, details: Mapping[str, Any]) -> None:
        insert(
            self._connection,
            "store.reviews (review_id, collection, image_key, decision, note, reviewer, seen_sha256, created_at, mode,"
            " details)",
            [
                (
                    *(one.decision_id, subject.wanted.collection, subject.key, str(one.kind), one.note or None),
                    *(self._reviewer, subject.sha256, self._now, self._mode, json.dumps(details)),
                )
            ],
        )

    def undo(self, decision_ids: Sequence[str]) -> list[Outcome]:
        """Take decisions back, the last first."""
        return [self._undo(decision_id) for decision_id in reversed(decision_ids)]

    def _undo(self, decision_id: str) -> Outcome:
        row = self._connection.execute(
            "SELECT image_key, decision, details, undone_by, created_at FROM store.reviews WHERE review_id = $1",
            [decision_id],
        ).fetchone()
        if row is None or row[0] is None:
            return Outcome(decision_id, False, "there is no such decision about an image")
        key, kind, details, undone_by, created_at = row
        subject = read_subjects(self._connection, [key])[key]
        if undone_by:
            return Outcome(decision_id, True, f"{key}: it was taken back by {undone_by}", key)
        if kind not in ASIDE and (subject.last is None or subject.last.review_id != decision_id):
            return Outcome(decision_id, False, f"{key}: in the meantime {subject.last}; look again", key)
        if kind in ANEW and subject.delivered_at and subject.delivered_at > created_at:
            return Outcome(decision_id, False, f"{key} has been made anew already, so it cannot be taken back", key)
        if kind in ANEW and self._is_being_made(subject, created_at):
            return Outcome(decision_id, False, f"{key} is being made anew already, so it cannot be taken back", key)
        told = json.loads(details) if details else {}
        before = told.get("before", {})
        if kind not in ASIDE and (subject.is_retired or before.get("wanted") != subject.wanted.sha256):
            return Outcome(decision_id, False, f"{key}: its spec wants something else by now; look again", key)
        self._connection.execute(
            "UPDATE store.reviews SET undone_at = $2, undone_by = $3 WHERE review_id = $1",
            [decision_id, self._now, self._reviewer],
        )
        if kind not in ASIDE:
            self._restore(subject, kind, before)
        for other in told.get("others", []):
            self._undo(f"{decision_id}:{other}")
        return Outcome(decision_id, True, f"{key}: taken back", key)

    def _is_being_made(self, subject: Subject, since: datetime) -> bool:
        """Say whether anything was asked of a provider for an image since, and no run has come to an end with it."""
        # Between the calls of one run, all there are may be settled.
        states = {*OPEN, State.SETTLED} if subject.state == MISSING else OPEN
        found = self._connection.execute(
            "SELECT 1 FROM store.calls WHERE image_key = $1 AND created_at >= $2 AND state IN (SELECT unnest($3))",
            [subject.key, since, [str(state) for state in states]],
        ).fetchall()
        return bool(found)

    def _restore(self, subject: Subject, kind: str, before: Mapping[str, Any]) -> None:
        """Put an image where it was before a decision."""
        if kind in ANEW:
            take = before["take"]
            own = OwnPrompt.model_validate(take["own_prompt"]) if take["own_prompt"] else None
            write_takes(self._connection, {subject.key: Take(take["take"], take["note"], own)})
        state = before["state"]
        self._set_state(subject.key, state, before["reason"])
        if state == REJECTED:
            self.effects.aside.extend(subject.files)
        elif subject.state == REJECTED:
            self.effects.back.extend(subject.files)


def find_candidate(connection: Connection, subject: Subject, position: int | None) -> tuple[str, str, str] | None:
    """Return prompt, negative prompt and author of a candidate of an image's last competition, if there is one."""
    row = connection.execute(
        "SELECT prompt, negative_prompt, model FROM store.candidates WHERE position = $3"
        " AND (content_key = $1 OR image_key = $2) ORDER BY content_key = $1 DESC, created_at DESC LIMIT 1",
        [subject.prompt_key, subject.key, position],
    ).fetchone()
    return row if row and row[0].strip() else None


def is_known(connection: Connection, decision_id: str) -> bool:
    """Say whether a decision was taken before."""
    found = connection.execute("SELECT 1 FROM store.reviews WHERE review_id = $1", [decision_id]).fetchall()
    return bool(found)


def new_decision_id() -> str:
    """Return an id for a decision."""
    return uuid.uuid4().hex


def _is_to_be_made_anew(subject: Subject) -> bool:
    """Say whether the picture that there is would be replaced by the next run."""
    return subject.anew_at is not None and (subject.delivered_at is None or subject.anew_at > subject.delivered_at)


def _unfit(one: Decision, subject: Subject) -> str:
    """Return why a decision makes no sense for an image as it stands; empty where it does."""
    if one.kind in (Kind.APPROVE, Kind.CHOOSE) and subject.state not in (DONE, REJECTED):
        return f"{subject.key} is {subject.state}, so there is nothing to approve yet"
    if one.kind in (Kind.APPROVE, Kind.CHOOSE) and subject.sha256 is None:
        return f"there is no picture of {subject.key} to approve"
    if one.kind in (Kind.APPROVE, Kind.CHOOSE) and _is_to_be_made_anew(subject):
        return f"{subject.key} was sent back before it was rejected; send it back once more to have it made"
    if one.kind is Kind.EDIT and not one.prompt.strip():
        return "an empty prompt makes no picture"
    return ""
