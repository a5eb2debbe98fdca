"""The journal: which steps a call may take, what each books, and that nothing is written twice or over."""

import asyncio
from contextlib import nullcontext
from decimal import Decimal

import duckdb
import pytest

from asset_pipeline.errors import CallError
from asset_pipeline.ledger import Database, Existing, Held, Outcome, State, Step
from asset_pipeline.ledger.soundness import disagreements
from asset_pipeline_tests.support.ledgers import WAYS, intent_for, one_batch, open_ledger, rows, sums, take, wait_for

# docs: the states of a call. What is not here is not allowed.
MAY_GO_TO = {
    State.HELD: {State.SUBMITTED, State.UNKNOWN, State.RELEASED},
    State.SUBMITTED: {State.FINISHED, State.STORED, State.SETTLED},
    State.FINISHED: {State.STORED, State.SETTLED},
    State.STORED: {State.SETTLED},
    State.UNKNOWN: {State.SUBMITTED, State.RELEASED, State.SETTLED},
}
TARGETS = [state for state in State if state is not State.HELD]
# Settled, and still in the way of buying the same again.
FOR_GOOD = {Outcome.SUCCEEDED, Outcome.LOST, Outcome.CANCELED, Outcome.ACCEPTED_PAID}
ALL_SCOPES = ("total", "day", "sample", "provider:replicate", "collection:test")
LIMITS = {"providers": {"replicate": "25"}, "collections": {"test": "25"}}


@pytest.fixture(scope="module")
def shared_ledger(tmp_path_factory):
    """One ledger for the whole table of states."""
    with Database(tmp_path_factory.mktemp("states") / "pipeline.duckdb") as database:
        yield open_ledger(database)


def hold(ledger, *arguments, **changes):
    """Ask for money."""
    return wait_for(lambda: ledger.hold(intent_for(*arguments, **changes)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("state", State)
def test_a_call_goes_only_where_its_state_allows(shared_ledger, state, target):
    ledger = shared_ledger
    call_id = hold(ledger, f"{state}-{target}").call_id
    assert take(ledger, call_id, *WAYS[state]) is Step.TAKEN
    before = sums(ledger.database), rows(ledger.database, "SELECT count(*) FROM ledger")
    step = take(ledger, call_id, target, cost_usd=Decimal("0.03"), proven=True)
    expected = Step.NOT_ALLOWED if state in MAY_GO_TO else Step.ALREADY_RESOLVED
    expected = Step.TAKEN if target in MAY_GO_TO.get(state, ()) else expected
    assert step is expected
    assert wait_for(lambda: ledger.call(call_id)).state is (target if step is Step.TAKEN else state)
    if step is not Step.TAKEN:
        assert (sums(ledger.database), rows(ledger.database, "SELECT count(*) FROM ledger")) == before


@pytest.mark.parametrize("state", MAY_GO_TO)
def test_an_open_call_keeps_its_whole_hold_in_every_state(database, state):
    ledger = open_ledger(database, **LIMITS)
    take(ledger, hold(ledger, "a").call_id, *WAYS[state])
    held = dict.fromkeys(ALL_SCOPES, (Decimal(0), Decimal("0.04")))
    assert sums(database) == {"budgets": held, "calls": held, "entries": held}


@pytest.mark.parametrize("cost", ["0", "0.025", "0.04", "0.05"])
@pytest.mark.parametrize("way", [WAYS[State.STORED], WAYS[State.UNKNOWN], (State.UNKNOWN, State.SUBMITTED)])
def test_a_settled_call_books_its_cost_on_every_scope_and_gives_its_hold_back(database, cost, way):
    ledger = open_ledger(database, **LIMITS)
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, *way)
    step = Step.OVERSHOT if Decimal(cost) > Decimal("0.04") else Step.TAKEN
    assert wait_for(lambda: ledger.settled(call_id, Decimal(cost), Outcome.SUCCEEDED)) is step
    spent = dict.fromkeys(ALL_SCOPES if Decimal(cost) else (), (Decimal(cost), Decimal(0)))
    assert sums(database) == {"budgets": spent, "calls": spent, "entries": spent}
    call = wait_for(lambda: ledger.call(call_id))
    assert (call.state, call.outcome, call.cost_usd) == (State.SETTLED, Outcome.SUCCEEDED, Decimal(cost))


@pytest.mark.parametrize("way", [(), (State.UNKNOWN,)])
def test_a_released_call_costs_nothing(database, way):
    ledger = open_ledger(database, **LIMITS)
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, *way)
    assert wait_for(lambda: ledger.released(call_id, reason="422", proven=bool(way))) is Step.TAKEN
    assert sums(database) == {"budgets": {}, "calls": {}, "entries": {}}


def test_an_unknown_call_is_not_released_until_somebody_has_looked(ledger, database):
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, State.UNKNOWN)
    before = sums(database), rows(database, "SELECT * FROM ledger")
    assert wait_for(lambda: ledger.released(call_id, reason="surely nothing came of it")) is Step.NOT_PROVEN_FREE
    assert (sums(database), rows(database, "SELECT * FROM ledger")) == before
    assert wait_for(lambda: ledger.call(call_id)).state is State.UNKNOWN
    assert wait_for(lambda: ledger.released(call_id, reason="looked", proven=True)) is Step.TAKEN
    assert wait_for(lambda: ledger.released(call_id, reason="again", proven=True)) is Step.ALREADY_RESOLVED


def test_a_cost_above_the_hold_is_booked_in_full_and_says_why(ledger, database):
    call_id = hold(ledger, "a", "0.04").call_id
    take(ledger, call_id, State.SUBMITTED)
    settled = wait_for(lambda: ledger.settled(call_id, Decimal("0.09"), Outcome.SUCCEEDED, reason="four images came"))
    assert settled is Step.OVERSHOT
    assert rows(database, "SELECT cost_usd, held_usd, reason FROM ledger WHERE state = 'settled'") == [
        (Decimal("0.09"), Decimal("-0.04"), "cost more than its worst case of 0.04; four images came")
    ]
    assert ledger.totals().spent_usd == Decimal("0.09")


@pytest.mark.parametrize("queued_together", [True, False])
def test_a_second_settlement_is_refused_by_name_and_books_nothing(ledger, database, queued_together):
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, State.SUBMITTED)

    async def settle_twice():
        first = ledger.settled(call_id, Decimal("0.03"), Outcome.SUCCEEDED)
        if not queued_together:
            await first
        return await first, await ledger.settled(call_id, Decimal("0.04"), Outcome.FAILED)

    assert wait_for(settle_twice) == (Step.TAKEN, Step.ALREADY_RESOLVED)
    assert ledger.totals().spent_usd == Decimal("0.03")
    assert wait_for(lambda: ledger.call(call_id)).outcome is Outcome.SUCCEEDED


def test_a_call_that_does_not_exist_takes_no_step_and_cannot_be_read(ledger, database):
    assert wait_for(lambda: ledger.released("nobody", reason="?")) is Step.NO_SUCH_CALL
    assert rows(database, "SELECT * FROM ledger") == []
    with pytest.raises(CallError, match="there is no call nobody"):
        wait_for(lambda: ledger.call("nobody"))


def test_every_step_adds_one_entry_and_changes_none(ledger, database):
    call_id = hold(ledger, "a").call_id
    seen = rows(database, "SELECT * FROM ledger")
    for state in (State.UNKNOWN, State.SUBMITTED, State.FINISHED, State.STORED, State.SETTLED):
        take(ledger, call_id, state, reason=f"to {state}", answer_sha256="ab" * 32)
        entries = rows(database, "SELECT * FROM ledger ORDER BY entry_id")
        assert entries[: len(seen)] == seen
        assert len(entries) == len(seen) + 1
        seen = entries
    assert rows(database, "SELECT state, held_usd, cost_usd, reason, actor FROM ledger ORDER BY entry_id") == [
        ("held", Decimal("0.04"), 0, None, ledger.owner),
        ("unknown", 0, 0, "to unknown", ledger.owner),
        ("submitted", 0, 0, "to submitted", ledger.owner),
        ("finished", 0, 0, "to finished", ledger.owner),
        ("stored", 0, 0, "to stored", ledger.owner),
        ("settled", Decimal("-0.04"), 0, "to settled", ledger.owner),
    ]


@pytest.mark.parametrize("state", [state for state in State if state is not State.RELEASED])
def test_what_is_bought_or_being_bought_is_not_bought_again(ledger, database, state):
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, *WAYS[state])
    before = sums(database)
    again = hold(ledger, "a", "0.5", image_key="test.icons.other")
    assert isinstance(again, Existing)
    assert (again.call.call_id, again.call.state) == (call_id, state)
    assert sums(database) == before


def test_a_lost_answer_of_a_language_model_is_not_asked_for_again_until_it_is_resolved(ledger):
    call_id = hold(ledger, "a", kind="writer", provider="openrouter").call_id
    take(ledger, call_id, State.UNKNOWN)
    again = hold(ledger, "a", kind="writer", provider="openrouter")
    assert isinstance(again, Existing)
    assert again.call.call_id == call_id
    assert ledger.totals().held_usd == Decimal("0.04")


def test_what_was_released_is_bought_again(ledger):
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, State.RELEASED)
    again = hold(ledger, "a")
    assert isinstance(again, Held)
    assert again.call_id != call_id


@pytest.mark.parametrize("outcome", Outcome)
def test_what_was_settled_is_bought_again_unless_it_came_or_was_paid_and_lost(ledger, outcome):
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, State.SUBMITTED)
    take(ledger, call_id, State.SETTLED, outcome=outcome, cost_usd=Decimal("0.01"))
    again = hold(ledger, "a")
    if outcome in FOR_GOOD:
        assert isinstance(again, Existing)
        assert (again.call.call_id, again.call.outcome) == (call_id, outcome)
    else:
        assert isinstance(again, Held)
    assert ledger.totals().held_usd == (0 if outcome in FOR_GOOD else Decimal("0.04"))
    assert ledger.totals().spent_usd == Decimal("0.01")


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED_PAID, Outcome.ASSUMED, Outcome.UNUSABLE])
@pytest.mark.parametrize("kind", ["writer", "judge", "vision"])
def test_words_that_were_paid_and_are_lost_may_be_asked_for_again(ledger, outcome, kind):
    call_id = hold(ledger, "a", kind=kind).call_id
    take(ledger, call_id, State.UNKNOWN)
    take(ledger, call_id, State.SETTLED, outcome=outcome, cost_usd=Decimal("0.04"))
    again = hold(ledger, "a", kind=kind)
    assert isinstance(again, Held)
    take(ledger, again.call_id, State.SUBMITTED)
    take(ledger, again.call_id, State.SETTLED, outcome=Outcome.SUCCEEDED, cost_usd=Decimal("0.01"))
    assert list(ledger.database.run(lambda connection: list(disagreements(connection)))) == []


@pytest.mark.parametrize("at_once", [False, True])
def test_of_two_lost_calls_only_one_gets_what_the_provider_has_under_an_id(ledger, at_once):
    lost = [hold(ledger, key).call_id for key in "ab"]
    for call_id in lost:
        take(ledger, call_id, State.UNKNOWN)

    async def claim():
        with one_batch(ledger.database) if at_once else nullcontext():
            claims = [ledger.submitted(call_id, "prediction-1") for call_id in lost]
        return await asyncio.gather(*claims)

    assert wait_for(claim) == [Step.TAKEN, Step.ANOTHERS]
    found = [(call.state, call.provider_call_id) for call in wait_for(ledger.open_calls)]
    assert found == [(State.SUBMITTED, "prediction-1"), (State.UNKNOWN, None)]


@pytest.mark.parametrize("ending", ["released", "failed", "lost", "succeeded"])
def test_a_hold_queued_behind_the_end_of_the_same_thing_sees_that_end(ledger, ending):
    call_id = hold(ledger, "a").call_id
    take(ledger, call_id, State.UNKNOWN)

    async def end_and_hold():
        with one_batch(ledger.database):
            if ending == "released":
                ledger.released(call_id, reason="never arrived", proven=True)
            else:
                ledger.settled(call_id, Decimal("0.04"), Outcome(ending), answer="words")
            again = asyncio.ensure_future(ledger.hold(intent_for("a")))
            await asyncio.sleep(0)  # so that it is queued
        return await again

    again = wait_for(end_and_hold)
    if ending in FOR_GOOD:
        assert isinstance(again, Existing)
        assert (again.call.state, again.call.answer) == (State.SETTLED, "words")
    else:
        assert isinstance(again, Held)


def test_holds_and_steps_in_a_batch_that_somebody_else_breaks_are_booked_once(database):
    ledger = open_ledger(database, **LIMITS)
    call_id = hold(ledger, "a").call_id

    async def main():
        with one_batch(database):
            released = ledger.released(call_id, reason="422")
            held = asyncio.ensure_future(ledger.hold(intent_for("b", "0.05")))
            broken = asyncio.ensure_future(database.arun(lambda connection: connection.execute("SELECT nonsense")))
            await asyncio.sleep(0)  # so that all are queued
        return await asyncio.gather(released, held, broken, return_exceptions=True)

    step, held, broken = wait_for(main)
    assert step is Step.TAKEN
    assert isinstance(held, Held)
    assert isinstance(broken, duckdb.BinderException)
    expected = dict.fromkeys(ALL_SCOPES, (Decimal(0), Decimal("0.05")))
    assert sums(database) == {"budgets": expected, "calls": expected, "entries": expected}
    take(ledger, held.call_id, State.RELEASED)
    assert sums(database)["budgets"] == {}
