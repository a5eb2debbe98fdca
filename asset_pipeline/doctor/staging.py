"""The way from the sandbox to the last image as a checklist: what is done, what is next, and the command for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from asset_pipeline.doctor.staging_facts import Facts, in_mode, read_facts
from asset_pipeline.errors import PipelineError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.budgets import Budget
from asset_pipeline.ledger.money import ZERO, brief, plain, up_to_cent
from asset_pipeline.planning import Cost, Planner
from asset_pipeline.price_check import Verdict, check_prices
from asset_pipeline.project import Project
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.secrets import require_secrets
from asset_pipeline.services import open_ledger
from asset_pipeline.settings.types import Mode
from asset_pipeline.specs import Collection

# What is bought for real before anybody has looked: so many images, for so much.
MAX_SAMPLE = 10
MAX_SAMPLE_USD = Decimal(1)
LEAST_USD, MOST_USD = Decimal("0.01"), Decimal("99.99")  # of what can be a limit
MAX_AGE_DAYS = 180


class Stand(StrEnum):
    """Where a step stands."""

    DONE = "done"
    NEXT = "next"
    BLOCKED = "blocked"  # a step before it is not done


@dataclass(frozen=True)
class Step:
    """A step of the checklist.

    Args:
        name: Which.
        is_done: Whether what it asks for is so.
        message: What is so.
        todo: The command, or the change of a file, that takes it further.
        stand: Where it stands among the others.
    """

    name: str
    is_done: bool
    message: str
    todo: str = ""
    stand: Stand = Stand.BLOCKED


def staging(project: Project, database: Database, collection: Collection) -> list[Step]:
    """Return the checklist of a collection.

    Args:
        project: Its settings and keys; a missing key is a step that is not done.
        database: The ledger.
        collection: As its spec is now.
    """
    steps: list[Step] = []
    for step in _Staging(project, database, collection).steps():
        is_first = all(one.stand is Stand.DONE for one in steps)
        stand = Stand.DONE if step.is_done else Stand.NEXT if is_first else Stand.BLOCKED
        steps.append(replace(step, stand=stand, todo=step.todo if stand is Stand.NEXT else ""))
    return steps


class _Staging:
    """Looks at one collection."""

    def __init__(self, project: Project, database: Database, collection: Collection) -> None:
        self._project = project
        self._database = database
        self._collection = collection
        self._live = in_mode(project, Mode.LIVE)
        self._is_live = project.settings.mode is Mode.LIVE
        # The limits of the settings are taken over before the approval that depends on them is looked at.
        self._budgets = self._read_budgets()
        self._facts: Facts = read_facts(project, database, collection)
        self._run = f"asset-pipeline run {collection.file}"

    def steps(self) -> Iterator[Step]:
        """Yield all steps in their order."""
        yield self._rehearsal()
        yield self._keys()
        yield self._prices()
        yield self._limits()
        yield self._sample()
        yield self._books()
        yield self._review()
        yield self._approval()
        yield self._canary()
        yield self._rest()

    @property
    def _is_complete(self) -> bool:
        return self._facts.bought == self._facts.wanted

    @property
    def _has_sample(self) -> bool:
        return self._facts.sample <= self._facts.bought

    @property
    def _is_all_sample(self) -> bool:
        return self._facts.sample == self._facts.wanted

    @property
    def _is_approved(self) -> bool:
        approval = self._facts.approval
        return approval is not None and approval.ended_at is None

    def _rehearsal(self) -> Step:
        facts, name = self._facts, "rehearsal"
        said = f"{len(facts.rehearsed)} of {len(facts.wanted)} images are made in the sandbox"
        here = "" if not self._is_live else "ASSET_PIPELINE__MODE=sandbox "
        missing = facts.wanted - facts.rehearsed
        if not missing and not facts.doubted:
            return Step(name, True, f"{said}; every check is passed or seen")
        if not missing:
            return Step(
                name, False, f"{said}; {len(facts.doubted)} did not pass a check", f"{here}asset-pipeline review"
            )
        if facts.sample <= facts.rehearsed and not facts.may_rehearse_rest:
            cost = self._cost(in_mode(self._project, Mode.SANDBOX), missing)
            return Step(name, False, said, f"{here}{self._approve(cost)}")
        return Step(name, False, said, f"{here}{self._run}")

    def _keys(self) -> Step:
        try:
            require_secrets(self._live.settings, self._live.secrets)
        except PipelineError as error:
            return Step("keys", False, error.what.removeprefix("mode is live, but "), "put the keys into .env")
        return Step("keys", True, "both are set")

    def _prices(self) -> Step:
        found = check_prices(
            self._project.settings,
            [self._collection],
            PriceTable(self._project.settings.prices),
            today=datetime.now(UTC).date(),
            max_age_days=MAX_AGE_DAYS,
        )
        missing = [one.model for one in found if one.verdict is Verdict.MISSING]
        old = sum(one.verdict is Verdict.OLD for one in found)
        if missing:
            said = f"no price is known of {', '.join(missing)}"
            return Step("prices", False, said, f"asset-pipeline prices check {self._collection.file}")
        return Step("prices", True, f"all image models have one{f', {old} of them old' if old else ''}")

    def _limits(self) -> Step:
        name, facts, first = "limits", self._facts, self._first_usd()
        if self._is_complete or (self._is_live and facts.sample and self._has_sample):
            return Step(name, True, "the sample is bought")
        if len(facts.sample) > MAX_SAMPLE:
            said = f"the sample is {len(facts.sample)} images, and {MAX_SAMPLE} are enough to go by"
            return Step(name, False, said, f"in {self._collection.file}: sample: {MAX_SAMPLE}")
        if not self._project.settings.rollout.require_approval:
            said = "rollout.require_approval is false, so everything would be bought at once"
            return Step(name, False, said, "in pipeline.yaml: rollout: {require_approval: true}")
        if first > MAX_SAMPLE_USD:
            said = (
                f"up to {brief(first)} could be spent before anybody has looked, and {brief(MAX_SAMPLE_USD)} is enough"
            )
            return Step(name, False, said, f"in pipeline.yaml: budget: {{sample_usd: {MAX_SAMPLE_USD}}}")
        if not self._is_live:
            return Step(
                name, False, "mode is sandbox", "in pipeline.yaml: mode: live; then: asset-pipeline doctor --live"
            )
        return Step(name, True, f"live, {len(facts.sample)} images first, for {brief(first)} at the most")

    def _sample(self) -> Step:
        facts = self._facts
        said = f"{len(facts.sample & facts.bought)} of {len(facts.sample)} images are bought"
        return self._to_be_run("sample", said, is_done=self._has_sample)

    def _books(self) -> Step:
        bill = self._facts.bill
        if not bill.calls:
            return Step("books", False, "nothing is bought yet", self._run)
        spent = ", ".join(
            f"{provider} {brief(usd)} in {bill.calls[provider]} calls" for provider, usd in bill.spent_usd.items()
        )
        if bill.open:
            return Step("books", False, f"{bill.open} calls are not closed", "asset-pipeline reconcile")
        assumed = f"; at their worst case, as nobody knows: {', '.join(bill.assumed)}" if bill.assumed else ""
        return Step("books", True, f"{spent}: compare with what the providers' pages say{assumed}")

    def _review(self) -> Step:
        if not self._has_sample:
            return Step("review", False, "there is nothing to look at yet")
        if self._is_approved or self._is_complete or not self._facts.waiting:
            return Step("review", True, "somebody has looked at the sample")
        return Step("review", False, f"{self._facts.waiting} images wait for a word", "asset-pipeline review")

    def _approval(self) -> Step:
        name, approval = "approval", self._facts.approval
        if self._is_all_sample or self._is_complete:
            return Step(name, self._has_sample, "nothing is left to be approved")
        if approval and self._is_approved:
            return Step(name, True, f"{approval.reviewer} has allowed {brief(approval.amount_usd)}")
        said = f"the last one has ended: {approval.ended_because}" if approval else "nobody has approved the rest"
        cost = self._cost(self._live, self._facts.wanted - self._facts.bought)
        said += f"; it costs about {brief(cost.expected)}, and {brief(cost.worst)} at the most"
        return Step(name, False, said, self._too_small(cost.worst) or self._approve(cost))

    def _canary(self) -> Step:
        name, size, approval = "canary", self._project.settings.rollout.canary, self._facts.approval
        if self._is_all_sample or self._is_complete or not size:
            return Step(name, self._has_sample, "none is needed")
        if approval and self._is_approved and approval.canary_passed_at:
            return Step(name, True, f"the first {len(approval.canary)} turned out well")
        return self._to_be_run(name, f"the first {size} are bought and looked at, then the rest", is_done=False)

    def _rest(self) -> Step:
        said = f"{len(self._facts.bought)} of {len(self._facts.wanted)} images are bought"
        is_closed = self._is_complete and not self._facts.bill.open
        return self._to_be_run("the rest", said, is_done=is_closed)

    def _to_be_run(self, name: str, said: str, *, is_done: bool) -> Step:
        if self._facts.halted and not is_done:
            return Step(name, False, self._facts.halted, f"asset-pipeline resume {self._collection.name}")
        return Step(name, is_done, said, self._run)

    def _too_small(self, worst_usd: Decimal) -> str:
        """Return what raises the first limit that the rest does not fit; before the approval, as a change ends it."""
        for scope in ("total", "day", "production", f"collection:{self._collection.name}"):
            budget = self._budgets.get(scope)
            if budget and budget.free_usd < worst_usd and budget.limit_usd < MOST_USD:
                margin = 1 - self._project.settings.budget.safety_margin
                needed = up_to_cent((budget.usable_usd - budget.free_usd + worst_usd) / margin)
                return f"asset-pipeline budget set {scope} {plain(min(needed, MOST_USD))}"
        return ""

    def _first_usd(self) -> Decimal:
        """Return the most that can be spent on the sample: what the narrowest of its limits leaves."""
        scopes = ("total", "day", "sample", f"collection:{self._collection.name}")
        if self._budgets:
            return max(min(self._budgets[scope].free_usd for scope in scopes if scope in self._budgets), ZERO)
        budget = self._project.settings.budget
        return min(budget.total_usd, budget.daily_usd, budget.sample_usd)

    def _read_budgets(self) -> dict[str, Budget]:
        """Return the limits of live mode, while that is the mode; nothing else is spent under them."""
        if not (self._is_live and self._database.exists):
            return {}
        return {budget.scope: budget for budget in open_ledger(self._project, self._database).budgets()}

    def _cost(self, project: Project, keys: frozenset[str]) -> Cost:
        images = [image for image in self._collection.images if image.key in keys]
        return Planner(project, self._database).plan(images).total

    def _approve(self, cost: Cost) -> str:
        amount = min(max(up_to_cent(cost.worst), LEAST_USD), MOST_USD)
        return f"asset-pipeline approve {self._collection.name} --amount {plain(amount)}"
