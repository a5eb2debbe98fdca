"""The competition for an image's prompt: several models write at once, a judge scores blind, the best one is kept."""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from asset_pipeline.ledger import Database, Ledger
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.prompts import store
from asset_pipeline.prompts.brief import (
    Verdict,
    Written,
    judge_question,
    read_verdicts,
    read_written,
    writer_question,
)
from asset_pipeline.prompts.chat import Bought, ChatBuyer, Question
from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.store import Candidate, Winner
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.settings import PromptSettings
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256
from asset_pipeline.spender import Spender

TEMPLATE_WRITER = "template"
LONG_TOKEN_BYTES = 4


@dataclass(frozen=True)
class _Entry:
    """A prompt that will be judged."""

    model: str
    written: Bought[Written]


class Competition:
    """Finds the prompt of an image.

    Args:
        database: Where candidates are kept.
        ledger: Names the mode, which is part of what a prompt was bought for.
        buyer: Asks the models.
        settings: Who writes, who judges, and what counts.
    """

    def __init__(self, database: Database, ledger: Ledger, buyer: ChatBuyer, settings: PromptSettings) -> None:
        self._database = database
        self._mode = ledger.mode
        self._buyer = buyer
        self._settings = settings
        self._winners: dict[str, Winner] = {}
        self._under_way: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def writers(self) -> int:
        """How many models write."""
        return 0 if self._settings.mode == "template" else len(self._settings.writers)

    def with_writers(self, count: int) -> Competition:
        """Return this competition between the first writers only; what is known and under way is shared."""
        smaller = copy.copy(self)
        smaller._settings = self._settings.model_copy(update={"writers": self._settings.writers[:count]})
        return smaller

    async def load(self, drafts: Iterable[Draft]) -> None:
        """Look up, in one go, which prompts have been bought before."""
        if self._settings.mode == "template":
            return
        keys = sorted({competition_key(draft, self._settings, mode=self._mode) for draft in drafts})
        if not keys:
            return
        self._winners |= await self._database.arun(lambda connection: store.read_winners(connection, keys))

    def find(self, draft: Draft) -> Winner | None:
        """Return the winning prompt if there is one already, of those that were loaded or found since."""
        key = competition_key(draft, self._settings, mode=self._mode)
        if self._settings.mode == "template":
            return Winner(key, draft.text, "", TEMPLATE_WRITER, None, (), ZERO)
        return self._winners.get(key)

    async def worst_usd(self, wanted: WantedImage, draft: Draft) -> Decimal | Failed:
        """Return the most that the prompt of an image can still cost: 0 where it has been bought."""
        if self.find(draft):
            return ZERO
        total = ZERO
        for question in competition_questions(wanted, draft, self._settings):
            worst = await self._buyer.worst_usd(question)
            if isinstance(worst, Failed):
                return worst
            total += worst
        return total

    async def run(self, spender: Spender, draft: Draft) -> Winner | Failed | Waiting:
        """Return the winning prompt of an image; what was bought before is not bought again."""
        key = competition_key(draft, self._settings, mode=self._mode)
        # Variants of one image want the same prompt at the same time; one competition serves them all.
        async with self._under_way[key]:
            known = self.find(draft)
            if known:
                return known
            winner = await self._compete(spender, draft, key)
            await self._buyer.booked()
            if isinstance(winner, Winner):
                self._winners[key] = replace(winner, cost_usd=ZERO, reused=True)
            return winner

    async def _compete(self, spender: Spender, draft: Draft, key: str) -> Winner | Failed | Waiting:
        writers = self._settings.writers
        answers = await asyncio.gather(*(self._write(spender, draft, model) for model in writers))
        for answer in answers:
            if isinstance(answer, Waiting):
                return answer
        entries = [_Entry(m, a) for m, a in zip(writers, answers, strict=True) if isinstance(a, Bought)]
        failures = {m: a.reason for m, a in zip(writers, answers, strict=True) if isinstance(a, Failed)}
        if not entries:
            return Failed("no writer gave a usable prompt: " + "; ".join(failures.values()))
        entries.sort(key=lambda entry: hashlib.sha256(f"{key}{entry.model}".encode()).digest())
        judged = await self._judge(spender, draft, entries)
        if isinstance(judged, Failed | Waiting):
            return judged
        winner = _winner(key, entries, judged)
        saved = self._database.asubmit(store.save_winners, (spender.wanted.key, winner))
        await asyncio.gather(saved, self._buyer.booked())
        return winner

    async def _write(self, spender: Spender, draft: Draft, model: str) -> Bought[Written] | Failed | Waiting:
        question = writer_question(spender.wanted, draft, model, self._settings)
        return await self._buyer.ask(question, spender, lambda value: read_written(value, draft))

    async def _judge(
        self, spender: Spender, draft: Draft, entries: Sequence[_Entry]
    ) -> Bought[list[Verdict]] | Failed | Waiting | None:
        """Return the verdicts; None where a single prompt is left, which wins unjudged and without a score."""
        if len(entries) == 1:
            return None
        question = judge_question(draft, [entry.written.value.prompt for entry in entries], self._settings)
        criteria = self._settings.criteria
        return await self._buyer.ask(question, spender, lambda value: read_verdicts(value, len(entries), criteria))


def competition_questions(wanted: WantedImage, draft: Draft, settings: PromptSettings) -> list[Question]:
    """Return all that a competition asks, with the longest answers that the judge may have to read."""
    longest = "x" * (settings.writer_max_tokens * LONG_TOKEN_BYTES)
    questions = [writer_question(wanted, draft, model, settings) for model in settings.writers]
    if len(questions) == 1:
        return questions
    return [*questions, judge_question(draft, [longest] * len(questions), settings)]


def competition_key(draft: Draft, settings: PromptSettings, *, mode: str) -> str:
    """Return the hash over everything that decides who wins a competition."""
    chosen: Mapping[str, object] = {}
    if settings.mode == "competition":
        chosen = settings.model_dump(mode="json")
    return canonical_sha256({"stage": "orchestrated_prompt", "mode": mode, "draft": draft.text, "settings": chosen})


def _winner(key: str, entries: Sequence[_Entry], judged: Bought[list[Verdict]] | None) -> Winner:
    verdicts: Sequence[Verdict | None] = judged.value if judged else [None] * len(entries)
    scores = [verdict.score if verdict else ZERO for verdict in verdicts]
    # A tie goes to the cheaper writer, then to the order in which the judge saw them.
    best = max(range(len(entries)), key=lambda n: (scores[n], -entries[n].written.cost_usd, -n))
    candidates = tuple(
        Candidate(
            position=position,
            model=entry.model,
            prompt=entry.written.value.prompt,
            negative_prompt=entry.written.value.negative_prompt,
            rationale=entry.written.value.rationale,
            score=verdict.score if verdict else None,
            scores={name: str(score) for name, score in verdict.scores.items()} if verdict else {},
            reason=verdict.reason if verdict else "",
            won=position == best,
            writer_call_id=entry.written.call_id,
            judge_call_id=judged.call_id if judged else None,
            cost_usd=entry.written.cost_usd,
        )
        for position, (entry, verdict) in enumerate(zip(entries, verdicts, strict=True))
    )
    spent = sum((entry.written.cost_usd for entry in entries), ZERO) + (judged.cost_usd if judged else ZERO)
    first = candidates[best]
    return Winner(key, first.prompt, first.negative_prompt, first.model, first.score, candidates, spent)


__all__ = ["Candidate", "Competition", "Winner", "competition_key"]
