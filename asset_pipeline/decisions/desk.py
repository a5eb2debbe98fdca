"""The desk where decisions are handed in: about images one by one, and about collections as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from asset_pipeline.decisions.collections import CollectionDesk
from asset_pipeline.decisions.decision import Decision, Kind, Outcome
from asset_pipeline.decisions.subjects import Subject, read_subjects
from asset_pipeline.decisions.taking import Effects, Taking, find_candidate
from asset_pipeline.images.aside import put_back, rejected_files, set_aside
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import brief
from asset_pipeline.planning import Cost, Planner
from asset_pipeline.project import Project
from asset_pipeline.prompts import Draft
from asset_pipeline.prompts.competition import free_winner
from asset_pipeline.prompts.store import save_winners
from asset_pipeline.services import prompt_terms
from asset_pipeline.specs.takes import Take
from asset_pipeline.specs.wanted import OwnPrompt


@dataclass(frozen=True)
class PriceTag:
    """What a decision will cost.

    Args:
        expected_usd: As usual.
        worst_usd: At the most.
        sentence: Both, for people.
    """

    expected_usd: Decimal
    worst_usd: Decimal
    sentence: str


class DecisionDesk(CollectionDesk):
    """Takes decisions about images and, as every `CollectionDesk`, about collections.

    Args:
        project: The project.
        database: The shared database.
    """

    def __init__(self, project: Project, database: Database) -> None:
        super().__init__(project, database)
        self._terms = prompt_terms(project)

    def adopt(self, project: Project) -> None:
        """See `CollectionDesk`."""
        super().adopt(project)
        self._terms = prompt_terms(project)

    def decide(self, decisions: Sequence[Decision], *, reviewer: str) -> list[Outcome]:
        """Take decisions about images together: each that does not hold any more is refused, and the others count.

        A decision that was taken before, by its id, is not taken again.
        """
        return self._take(lambda taking: taking.take(decisions), reviewer)

    def undo(self, decision_ids: Sequence[str], *, reviewer: str) -> list[Outcome]:
        """Take decisions about images back, as long as nothing has come of them."""
        return self._take(lambda taking: taking.undo(decision_ids), reviewer)

    def _take(self, act: Callable[[Taking], list[Outcome]], reviewer: str) -> list[Outcome]:
        def apply(connection: Connection) -> tuple[list[Outcome], Effects]:
            taking = Taking(
                connection,
                mode=self._mode,
                reviewer=reviewer,
                now=utc_now(),
                keep_prompt=lambda subject, take: self._keep_prompt(connection, subject, take),
            )
            return act(taking), taking.effects

        outcomes, effects = self._database.run(apply)
        put_back(self._project.paths, effects.back)
        set_aside(self._project.paths, effects.aside)
        return outcomes

    def _keep_prompt(self, connection: Connection, subject: Subject, take: Take) -> None:
        """Keep a prompt that a person has decided on in the lineage of its image."""
        draft = Draft("", "", own_prompt=take.own_prompt)
        winner = free_winner(draft, self._terms.key(draft), self._terms.settings)
        if winner:
            save_winners(connection, [(subject.key, winner)])

    def tidy(self) -> None:
        """Finish what a process has left that was killed between a rejection and moving its files."""
        set_aside(self._project.paths, self._database.run(rejected_files))

    def price(self, decision: Decision) -> PriceTag:
        """Return what the image of a decision will cost once it is made anew; other decisions cost nothing."""

        def read(connection: Connection) -> tuple[Subject | None, tuple[str, str, str] | None]:
            subject = read_subjects(connection, [decision.image_key]).get(decision.image_key)
            return subject, find_candidate(connection, subject, decision.candidate) if subject else None

        subject, candidate = self._database.run(read)
        take = subject and _take_after(decision, subject, candidate)
        if subject is None or take is None:
            return PriceTag(Decimal(0), Decimal(0), "This costs nothing.")
        plan = Planner(self._project, self._database).plan_as_given([subject.wanted.model_copy(update=vars(take))])
        if plan.images[0].problem:
            return PriceTag(Decimal(0), Decimal(0), f"It cannot be made: {plan.images[0].problem}")
        return PriceTag(plan.total.expected, plan.total.worst, _sentence(plan.total))


def _take_after(decision: Decision, subject: Subject, candidate: tuple[str, str, str] | None) -> Take | None:
    """Return what is wanted of an image after a decision; None where nothing is made anew."""
    before = subject.take
    if decision.kind is Kind.REGENERATE:
        is_anew = decision.note or before.is_adopted
        return Take(before.take + 1, decision.note) if is_anew else replace(before, take=before.take + 1)
    if decision.kind is Kind.EDIT and decision.prompt.strip():
        return replace(before, own_prompt=OwnPrompt(text=decision.prompt, negative=decision.negative_prompt))
    if decision.kind is Kind.PICK and candidate:
        text, negative, author = candidate
        return replace(before, own_prompt=OwnPrompt(text=text, negative=negative, author=author))
    return None


def _sentence(cost: Cost) -> str:
    if not cost.worst:
        return "This costs nothing: all of it was bought before."
    return f"This costs about {brief(cost.expected)}, and {brief(cost.worst)} at the most."
