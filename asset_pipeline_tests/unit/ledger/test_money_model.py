"""The ledger against a model of it: whatever is asked in whatever order, both say the same and no sum is ever wrong."""

import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from asset_pipeline.ledger import Database, Existing, Held, Outcome, Refused, Stage, State, Step
from asset_pipeline.ledger.journal import apply_orders
from asset_pipeline.ledger.orders import HoldOrder, StepOrder
from asset_pipeline_tests.support.ledgers import intent_for, open_ledger, sums

MARGIN = Decimal("0.05")
NAMED = {"providers": {"replicate": "25", "openrouter": "25"}, "collections": {"garden": "25", "estate": "25"}}
SCOPES = ["total", "day", "sample", "production", "provider:replicate", "provider:openrouter"]
SCOPES += ["collection:garden", "collection:estate"]
NEXT = {
    State.HELD: {State.SUBMITTED, State.UNKNOWN, State.RELEASED},
    State.SUBMITTED: {State.FINISHED, State.STORED, State.SETTLED},
    State.FINISHED: {State.STORED, State.SETTLED},
    State.STORED: {State.SETTLED},
    State.UNKNOWN: {State.SUBMITTED, State.RELEASED, State.SETTLED},
}
# Settled, and still in the way of buying the same again.
FOR_GOOD = {Outcome.SUCCEEDED, Outcome.LOST, Outcome.CANCELED, Outcome.ACCEPTED_PAID}

AMOUNTS = st.one_of(st.sampled_from(["0.04", "0.1", "0.000000001"]).map(Decimal), st.decimals("0.001", "0.3", places=9))
LIMITS = st.one_of(st.sampled_from(["0.1", "0.5"]).map(Decimal), st.decimals("0.01", "1.5", places=2))
WISHES = st.builds(
    intent_for,
    st.integers(0, 40).map(str),
    AMOUNTS,
    provider=st.sampled_from(["replicate", "openrouter"]),
    collection=st.sampled_from(["garden", "estate"]),
    stage=st.sampled_from(Stage),
)


@dataclass(frozen=True)
class Pick:
    """A step that some call is to take."""

    number: int
    state: State
    cost: Decimal
    outcome: Outcome
    proven: bool

    def order(self, call_id):
        """Return it as an order."""
        is_end = self.state is State.SETTLED
        return StepOrder(
            call_id,
            self.state,
            "a test",
            cost_usd=self.cost if is_end else None,
            outcome=self.outcome if is_end else None,
            proven=self.proven,
        )


PICKS = st.builds(
    Pick,
    st.integers(0, 30),
    st.sampled_from([state for state in State if state is not State.HELD]),
    st.one_of(st.just(Decimal(0)), AMOUNTS),
    st.sampled_from(Outcome),
    st.booleans(),
)


@dataclass
class Known:
    """What the model knows of a call."""

    key: str
    scopes: tuple[str, ...]
    worst: Decimal
    state: State = State.HELD
    outcome: Outcome | None = None
    cost: Decimal = Decimal(0)

    @property
    def held(self):
        """What is set aside for it."""
        return self.worst if self.state in NEXT else Decimal(0)


class LedgerModel(RuleBasedStateMachine):
    """Holds and steps of every kind, changed limits and restarts, in any order."""

    @initialize(total=LIMITS)
    def open(self, total):
        """Begin with nothing booked."""
        self.folder = Path(tempfile.mkdtemp())
        self.limits = dict.fromkeys(SCOPES, Decimal(25)) | {"total": total}
        self.calls = {}
        self.database = Database(self.folder / "pipeline.duckdb")
        self.ledger = open_ledger(self.database, total_usd=total, **NAMED)

    def teardown(self):
        """Leave nothing behind."""
        if hasattr(self, "database"):
            self.database.close()
            shutil.rmtree(self.folder)

    def spent_and_held(self, scope):
        """Return the model's sums of a scope."""
        under = [call for call in self.calls.values() if scope in call.scopes]
        return sum((call.cost for call in under), Decimal(0)), sum((call.held for call in under), Decimal(0))

    def check(self, intent, answer):
        """Compare the answer to a hold with the model's, and take it over."""
        owner = next(
            (
                call_id
                for call_id, call in self.calls.items()
                if call.key == intent.content_key and (call.state in NEXT or call.outcome in FOR_GOOD)
            ),
            None,
        )
        scopes = ("total", "day", str(intent.stage), f"provider:{intent.provider}", f"collection:{intent.collection}")
        too_small = {
            scope
            for scope in scopes
            if sum(self.spent_and_held(scope)) + intent.worst_usd > self.limits[scope] * (1 - MARGIN)
        }
        if owner:
            assert isinstance(answer, Existing)
            assert (answer.call.call_id, answer.call.state) == (owner, self.calls[owner].state)
        elif too_small:
            assert isinstance(answer, Refused)
            scope = "day" if answer.scope.startswith("day:") else answer.scope
            assert scope in too_small
            assert (answer.spent_usd, answer.held_usd) == self.spent_and_held(scope)
            assert (answer.limit_usd, answer.needed_usd) == (self.limits[scope], intent.worst_usd)
        else:
            assert isinstance(answer, Held)
            self.calls[answer.call_id] = Known(intent.content_key, scopes, intent.worst_usd)
            for scope in scopes:
                assert sum(self.spent_and_held(scope)) <= self.limits[scope] * (1 - MARGIN)

    def check_step(self, known, pick, step):
        """Compare how a step ended with the model, and take it over."""
        if known is None:
            assert step is Step.NO_SUCH_CALL
        elif known.state not in NEXT:
            assert step is Step.ALREADY_RESOLVED
        elif pick.state not in NEXT[known.state]:
            assert step is Step.NOT_ALLOWED
        elif known.state is State.UNKNOWN and pick.state is State.RELEASED and not pick.proven:
            assert step is Step.NOT_PROVEN_FREE
        else:
            is_over = pick.state is State.SETTLED and pick.cost > known.worst
            assert step is (Step.OVERSHOT if is_over else Step.TAKEN)
            known.state = pick.state
            if pick.state is State.SETTLED:
                known.cost, known.outcome = pick.cost, pick.outcome

    @rule(asked=st.lists(st.one_of(WISHES, PICKS, PICKS), min_size=4, max_size=12))
    def act(self, asked):
        """Queue holds and steps all at once; they are applied in their order."""
        ids = list(self.calls)
        picked = [ids[one.number % len(ids)] if ids and isinstance(one, Pick) else "nobody" for one in asked]
        orders = [
            one.order(call_id) if isinstance(one, Pick) else HoldOrder(one, mode="sandbox", owner="a test", gated=False)
            for one, call_id in zip(asked, picked, strict=True)
        ]
        futures = [self.database.submit(apply_orders, order) for order in orders]
        for one, call_id, future in zip(asked, picked, futures, strict=True):
            if isinstance(one, Pick):
                self.check_step(self.calls.get(call_id), one, future.result())
            else:
                self.check(one, future.result())

    @rule(scope=st.sampled_from(SCOPES), limit=LIMITS, elsewhere=st.booleans())
    def change_limit(self, scope, limit, elsewhere):
        """Change a limit, here or through another database on the same file."""
        if elsewhere:
            with Database(self.database.path) as other:
                type(self.ledger)(other, mode="sandbox").set_limit(scope, limit, margin=MARGIN)
        else:
            self.ledger.set_limit(scope, limit, margin=MARGIN)
        self.limits[scope] = limit

    @rule()
    def restart(self):
        """Go on as a process that starts."""
        self.database.close()

    @invariant()
    def all_records_agree(self):
        """Budgets, calls and entries give the model's sums in every scope, and nothing negative is held."""
        if not hasattr(self, "database"):
            return
        expected = {scope: self.spent_and_held(scope) for scope in SCOPES}
        expected = {scope: both for scope, both in expected.items() if any(both)}
        found = sums(self.database)
        assert found == {"budgets": expected, "calls": expected, "entries": expected}
        assert all(held >= 0 and spent >= 0 for spent, held in found["entries"].values())


TestLedgerModel = LedgerModel.TestCase
TestLedgerModel.settings = settings(
    max_examples=20,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # to shrink a failure takes minutes: remove this to do it
    suppress_health_check=[HealthCheck.too_slow],
)
