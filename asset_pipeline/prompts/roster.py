"""Who takes part in a competition: the prompts that compete, those that do not, and the records made of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from asset_pipeline.ledger.money import ZERO
from asset_pipeline.prompts.briefs import Writer
from asset_pipeline.prompts.chat import Bought, Unusable
from asset_pipeline.prompts.panel import Entry, Judged, in_judging_order
from asset_pipeline.prompts.reading import one_line
from asset_pipeline.prompts.store import Candidate, Winner
from asset_pipeline.prompts.writing import Written
from asset_pipeline.results import Failed, Waiting

MAX_KEPT = 2500  # of an answer that is of no use, in characters; all of it stands in the ledger


@dataclass(frozen=True)
class Roster:
    """Who takes part.

    Args:
        key: Of the competition.
        asked: How many writers were asked.
        entries: The prompts that compete, in judging order.
        losers: The answers that were paid and are of no use, with their writers.
        failures: Why each writer that brought nothing did not.
        left_out: Who was not asked, by name.
        first: The first usable prompt in the writers' order, if there is one.
    """

    key: str
    asked: int
    entries: tuple[Entry, ...]
    losers: tuple[tuple[Writer, Unusable], ...]
    failures: tuple[str, ...]
    left_out: tuple[str, ...]
    first: Entry | None

    @classmethod
    def of(
        cls,
        key: str,
        asked: Sequence[Writer],
        answers: Sequence[Bought[Written] | Unusable | Failed | Waiting],
        *,
        left_out: Sequence[Writer],
    ) -> Roster:
        """Return who takes part.

        Args:
            key: Of the competition.
            asked: The writers that were asked.
            answers: What each of them brought.
            left_out: The writers that were not asked.
        """
        pairs = list(zip(asked, answers, strict=True))
        entries = [Entry(writer, answer) for writer, answer in pairs if isinstance(answer, Bought)]
        return cls(
            key=key,
            asked=len(asked),
            entries=in_judging_order(entries, key),
            losers=tuple((writer, answer) for writer, answer in pairs if isinstance(answer, Unusable)),
            failures=tuple(_named(writer, answer) for writer, answer in pairs if isinstance(answer, Failed)),
            left_out=tuple(writer.named for writer in left_out),
            first=entries[0] if entries else None,
        )

    @property
    def written_usd(self) -> Decimal:
        """What writing cost now."""
        good = sum((entry.written.cost_usd for entry in self.entries), ZERO)
        return sum((answer.cost_usd for _, answer in self.losers), good)

    def won(self, judged: Judged) -> Winner:
        """Return the winner of a judged competition."""
        best = judged.best
        candidates = [
            _candidate(position, entry, won=position == best, judged=judged)
            for position, entry in enumerate(judged.entries)
        ]
        first = candidates[best]
        return Winner(
            self.key,
            first.prompt,
            first.negative_prompt,
            first.model,
            first.score,
            (*candidates, *self.disqualified(len(candidates))),
            self.written_usd + judged.cost_usd,
            left_out=self.left_out,
        )

    def alone(self, key: str) -> Winner:
        """Return the first usable prompt in the writers' order as the winner, unjudged; there is one.

        Args:
            key: Under which it is kept.
        """
        candidates = self.unjudged(self.first)
        first = next(one for one in candidates if one.won)
        found = (key, first.prompt, first.negative_prompt, first.model, None)
        return Winner(*found, candidates, self.written_usd, left_out=self.left_out)

    def unjudged(self, winner: Entry | None = None) -> tuple[Candidate, ...]:
        """Return all candidates without scores, the winner among them if there is one."""
        good = [_candidate(position, entry, won=entry is winner) for position, entry in enumerate(self.entries)]
        return (*good, *self.disqualified(len(good)))

    def disqualified(self, begin: int) -> tuple[Candidate, ...]:
        """Return the candidates that did not compete.

        Args:
            begin: Position of the first of them.
        """
        return tuple(
            Candidate(
                position=position,
                model=writer.model,
                prompt=one_line(answer.text)[:MAX_KEPT],
                negative_prompt="",
                rationale="",
                score=None,
                scores={},
                reason="",
                won=False,
                writer_call_id=answer.call_id,
                judge_call_id=None,
                cost_usd=answer.cost_usd,
                brief=writer.brief.name,
                disqualified=f"{answer.fault}: {answer.reason.removeprefix(f'{writer.model}: ')}",
            )
            for position, (writer, answer) in enumerate(self.losers, begin)
        )


def _named(writer: Writer, failed: Failed) -> str:
    return failed.reason if failed.reason.startswith(writer.model) else f"{writer.model}: {failed.reason}"


def _candidate(position: int, entry: Entry, *, won: bool, judged: Judged | None = None) -> Candidate:
    written = entry.written
    return Candidate(
        position=position,
        model=entry.writer.model,
        prompt=written.value.prompt,
        negative_prompt=written.value.negative_prompt,
        rationale=written.value.rationale,
        score=judged.totals[position] if judged else None,
        scores=judged.scores(position) if judged else {},
        reason=judged.reason(position) if judged else "",
        won=won,
        writer_call_id=written.call_id,
        judge_call_id=judged.rounds[0].call_id if judged else None,
        cost_usd=written.paid_usd,
        brief=entry.writer.brief.name,
        marks=judged.marks(position) if judged else (),
    )
