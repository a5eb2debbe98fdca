"""Asks the judge about candidates, a second time in opposite order where it is close, and says who has won."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from asset_pipeline.ledger.money import ZERO
from asset_pipeline.prompts.briefs import Writer
from asset_pipeline.prompts.chat import Bought, ChatBuyer
from asset_pipeline.prompts.judging import PLACES, Verdict, judge_question, read_verdicts
from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.store import Mark
from asset_pipeline.prompts.writing import Written
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.settings.prompts import Criteria, PromptSettings
from asset_pipeline.spender import Spender


@dataclass(frozen=True)
class Entry:
    """A prompt that competes.

    Args:
        writer: Who wrote it; the judge is never told.
        written: The answer.
    """

    writer: Writer
    written: Bought[Written]

    @property
    def prompt(self) -> str:
        """What is judged."""
        return self.written.value.prompt


@dataclass(frozen=True)
class Judged:
    """What came of judging entries.

    Args:
        entries: In the order in which they were judged first.
        rounds: The judge's answers; verdicts in the order of the entries.
        criteria: What was scored, and with which weight.
    """

    entries: tuple[Entry, ...]
    rounds: tuple[Bought[list[Verdict]], ...]
    criteria: Criteria

    @property
    def cost_usd(self) -> Decimal:
        """What judging cost now."""
        return sum((one.cost_usd for one in self.rounds), ZERO)

    @cached_property
    def totals(self) -> tuple[Decimal, ...]:
        """The weighted score of each entry, as the mean of all rounds."""
        by_round = [[verdict.total(self.criteria) for verdict in one.value] for one in self.rounds]
        return tuple(_mean(totals) for totals in zip(*by_round, strict=True))

    @property
    def lead(self) -> Decimal:
        """By how much the best is ahead of the next."""
        first, second, *_ = sorted(self.totals, reverse=True)
        return first - second

    @property
    def best(self) -> int:
        """Which entry has won: the highest score; of equal ones the cheaper; of these one by its text alone."""
        return min(range(len(self.entries)), key=lambda n: (-self.totals[n], *_ties(self.entries[n]), n))

    def scores(self, number: int) -> Mapping[str, str]:
        """Return an entry's score by criterion, as the mean of all rounds."""
        rounds = [one.value[number].scores for one in self.rounds]
        return {name: str(_mean([scores[name].points for scores in rounds])) for name in self.criteria.weights()}

    def reason(self, number: int) -> str:
        """Return what the judge said of an entry first, what weighs most first, each sentence once."""
        scores, weights = self.rounds[0].value[number].scores, self.criteria.weights()
        names = sorted(weights, key=lambda name: -weights[name])
        return " ".join(dict.fromkeys(scores[name].reason for name in names if scores[name].reason))

    def marks(self, number: int) -> tuple[Mark, ...]:
        """Return all scores of an entry as they were given."""
        return tuple(
            Mark(turn, name, score.points, score.reason, one.call_id)
            for turn, one in enumerate(self.rounds, 1)
            for name, score in one.value[number].scores.items()
        )


class Panel:
    """Judges entries.

    Args:
        buyer: Asks the judge.
        settings: Who judges, by which criteria, and what is close.
    """

    def __init__(self, buyer: ChatBuyer, settings: PromptSettings) -> None:
        self._buyer = buyer
        self._settings = settings

    async def judge(self, spender: Spender, draft: Draft, entries: Sequence[Entry]) -> Judged | Failed | Waiting:
        """Return who has won and why.

        Args:
            spender: On whose account.
            draft: What was wanted.
            entries: In the order in which they are judged; opposite the second time.
        """
        first = await self._ask(spender, draft, entries)
        if not isinstance(first, Bought):
            return first
        judged = Judged(tuple(entries), (first,), self._settings.criteria)
        if judged.lead >= self._settings.rejudge_margin:
            return judged
        second = await self._ask(spender, draft, entries[::-1])
        if not isinstance(second, Bought):
            return second
        turned = Bought(second.call_id, second.value[::-1], second.cost_usd, second.paid_usd)
        return Judged(tuple(entries), (first, turned), self._settings.criteria)

    async def _ask(
        self, spender: Spender, draft: Draft, entries: Sequence[Entry]
    ) -> Bought[list[Verdict]] | Failed | Waiting:
        question = judge_question(draft, [entry.prompt for entry in entries], self._settings)
        criteria = self._settings.criteria
        return await self._buyer.ask(question, spender, lambda value: read_verdicts(value, len(entries), criteria))


def in_judging_order(entries: Sequence[Entry], key: str) -> tuple[Entry, ...]:
    """Return entries in an order that follows from the competition and their texts, and from no writer's name.

    Args:
        entries: In any order.
        key: Of the competition.
    """

    def place(entry: Entry) -> tuple[str, Decimal, str]:  # names tell apart only those who wrote the same text
        return _hash(key + entry.prompt), entry.written.paid_usd, _hash("|".join((key, *entry.writer.identity)))

    return tuple(sorted(entries, key=place))


def _ties(entry: Entry) -> tuple[Decimal, str]:
    """Return what decides between equals."""
    return entry.written.paid_usd, _hash(entry.prompt)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _mean(values: Sequence[Decimal]) -> Decimal:
    return round(sum(values, ZERO) / len(values), PLACES)
