"""The competition for an image's prompt: several models write at once, a judge scores blind, the best one is kept."""

from __future__ import annotations

import asyncio
import copy
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from asset_pipeline.ledger import Connection, Database, Ledger
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.prompts import store
from asset_pipeline.prompts.briefs import Writer
from asset_pipeline.prompts.chat import Bought, ChatBuyer, Unusable
from asset_pipeline.prompts.costs import competition_questions
from asset_pipeline.prompts.panel import Panel
from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.roster import Roster
from asset_pipeline.prompts.store import Candidate, Winner
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.prompts.thompson import Record, allocate, read_tallies
from asset_pipeline.prompts.writing import Written, read_written, writer_question
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.settings.prompts import Allocation, OnNoQuorum, PromptSettings
from asset_pipeline.specs import WantedImage
from asset_pipeline.spender import Spender

TEMPLATE_WRITER = "template"


def free_winner(draft: Draft, key: str, settings: PromptSettings) -> Winner | None:
    """Return the prompt of an image that nobody competes for: a person's own, or the template's; else None."""
    own = draft.own_prompt
    if own:
        return Winner(key, own.text, own.negative, own.author, None, (), ZERO)
    return template_winner(draft, key) if settings.mode == "template" else None


def template_winner(draft: Draft, key: str) -> Winner:
    """Return a template's own prompt, which costs nothing and beats nobody."""
    return Winner(key, draft.text, draft.negative_prompt, TEMPLATE_WRITER, None, (), ZERO)


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
        self._buyer = buyer
        self._terms = Terms(settings, buyer.reasoning, ledger.mode)
        self._winners: dict[str, Winner] = {}
        self._failed: dict[str, Failed] = {}
        self._record = Record()
        self._under_way: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def writers(self) -> int:
        """How many models write."""
        return self._terms.settings.asked

    def with_writers(self, count: int) -> Competition:
        """Return this competition between the first writers only; what is known and under way is shared."""
        smaller = copy.copy(self)
        smaller._terms = self._terms.among(count)
        return smaller

    async def load(self, drafts: Iterable[Draft]) -> None:
        """Look up, in one go, which prompts have been bought before, and how writers have done."""
        if self._terms.settings.mode == "template":
            return
        keys = sorted({key for draft in drafts for key in self._terms.keys(draft)})
        if not keys:
            return

        def read(connection: Connection) -> dict[str, Winner]:
            if self._terms.settings.allocation is Allocation.THOMPSON:
                self._record.load(read_tallies(connection, self._terms.mode))
            return store.read_winners(connection, keys)

        self._winners |= await self._database.arun(read)

    def find(self, draft: Draft) -> Winner | None:
        """Return the winning prompt if there is one already, of those that were loaded or found since."""
        free = free_winner(draft, self._terms.key(draft), self._terms.settings)
        return free or next((self._winners[key] for key in self._terms.keys(draft) if key in self._winners), None)

    async def worst_usd(self, wanted: WantedImage, draft: Draft) -> Decimal | Failed:
        """Return the most that the prompt of an image can still cost: 0 where it has been bought.

        Where not all writers are asked, it is the dearest that count; and the judge may be asked twice.
        """
        if self.find(draft):
            return ZERO
        questions = competition_questions(wanted, draft, self._terms)
        writing, judging = [], ZERO
        for question in questions.writers:
            worst = await self._buyer.worst_usd(question)
            if isinstance(worst, Failed):
                return worst
            writing.append(worst)
        for judge in (questions.judge, questions.again):
            worst = await self._buyer.worst_usd(judge) if judge else ZERO
            if isinstance(worst, Failed):
                return worst
            judging += worst
        return sum(sorted(writing, reverse=True)[: questions.asked], judging)

    async def run(self, spender: Spender, draft: Draft) -> Winner | Failed | Waiting:
        """Return the winning prompt of an image; what was bought before is not bought again.

        A competition that failed is not held again either, as long as this one lives: it would be paid again.
        """
        key = self._terms.key(draft)
        # Variants of one image want the same prompt at the same time; one competition serves them all.
        async with self._under_way[key]:
            known = self.find(draft) or self._failed.get(key)
            if known:
                return known
            ending = await self._compete(spender, draft, key)
            await self._buyer.booked()
            if isinstance(ending, Winner):
                self._winners[ending.content_key] = replace(ending, cost_usd=ZERO, reused=True)
            elif isinstance(ending, Failed):
                self._failed[key] = ending
            return ending

    async def _compete(self, spender: Spender, draft: Draft, key: str) -> Winner | Failed | Waiting:
        kind, settings = str(spender.wanted.type), self._terms.settings
        asked = await self._asked(key, kind)
        answers = await asyncio.gather(*(self._write(spender, draft, writer) for writer in asked))
        for answer in answers:
            if isinstance(answer, Waiting):
                return answer
        roster = Roster.of(key, asked, answers, left_out=[one for one in self._terms.writers if one not in asked])
        if len(roster.entries) < min(settings.quorum, len(asked)):
            return await self._fall_back(spender, draft, roster)
        if len(roster.entries) == 1:
            return await self._keep(spender, roster.alone(key))
        judged = await Panel(self._buyer, settings).judge(spender, draft, roster.entries)
        if isinstance(judged, Failed | Waiting):
            await self._lose(spender, roster)
            return judged
        return await self._keep(spender, roster.won(judged))

    async def _asked(self, key: str, kind: str) -> Sequence[Writer]:
        """Return who is asked: as it was chosen first, so that what has been paid is not left out after a crash."""
        writers, count = self._terms.writers, self._terms.settings.asked
        chosen = allocate(writers, self._record.of(kind), count=count, seed=key)
        if count >= len(writers):
            return chosen
        kept = await self._database.asubmit(store.keep_roster, (key, tuple(writer.identity for writer in chosen)))
        first = [writer for writer in writers if writer.identity in kept]
        return first if len(first) == count else chosen

    async def _fall_back(self, spender: Spender, draft: Draft, roster: Roster) -> Winner | Failed:
        """Do without a competition what the settings allow, which is nothing unless they say so."""
        settings = self._terms.settings
        needed = min(settings.quorum, roster.asked)
        why = f"{len(roster.entries)} of {roster.asked} writers gave a usable prompt, and {needed} are needed: "
        why += "; ".join(roster.failures)
        key = self._terms.fallback_key(roster.key)
        if settings.on_no_quorum is OnNoQuorum.SINGLE and roster.entries:
            return await self._keep(spender, replace(roster.alone(key), fallback=f"single: {why}"))
        if settings.on_no_quorum is OnNoQuorum.TEMPLATE:
            losers, spent = roster.unjudged(), roster.written_usd
            template = Winner(key, draft.text, draft.negative_prompt, TEMPLATE_WRITER, None, losers, spent)
            return await self._keep(spender, replace(template, fallback=f"template: {why}", left_out=roster.left_out))
        await self._lose(spender, roster)
        return Failed(why)

    async def _keep(self, spender: Spender, winner: Winner) -> Winner:
        self._count(spender, winner.candidates)
        saved = self._database.asubmit(store.save_winners, (spender.wanted.key, winner))
        await asyncio.gather(saved, self._buyer.booked())
        return winner

    async def _lose(self, spender: Spender, roster: Roster) -> None:
        """Keep what did not compete; the usable prompts are paid, and compete when the others are asked again."""
        losers = roster.disqualified(0)
        if losers:
            self._count(spender, losers)
            await self._database.asubmit(store.save_losers, (roster.key, spender.wanted.key, losers))

    def _count(self, spender: Spender, candidates: Sequence[Candidate]) -> None:
        for one in candidates:
            if one.score is not None or one.disqualified:
                self._record.count(str(spender.wanted.type), (one.model, one.brief or ""), won=one.won)

    async def _write(
        self, spender: Spender, draft: Draft, writer: Writer
    ) -> Bought[Written] | Unusable | Failed | Waiting:
        question = writer_question(spender.wanted, draft, writer, self._terms.settings)
        return await self._buyer.ask(question, spender, lambda value: read_written(value, draft, writer))


__all__ = ["Candidate", "Competition", "Winner"]
