"""Holds against budgets: no limit is ever passed, whichever it is, and a changed limit counts at the next hold."""

import asyncio
from datetime import datetime
from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database, Existing, Held, Ledger, Outcome, Refused, Stage, State
from asset_pipeline.ledger.ledger import Totals
from asset_pipeline_tests.support.ledgers import MARGIN, intent_for, open_ledger, rows, sums, take, wait_for

SCOPES = ["total", "day", "sample", "production", "provider:replicate", "collection:test"]


def hold(ledger, *arguments, **changes):
    """Ask for money."""
    return wait_for(lambda: ledger.hold(intent_for(*arguments, **changes)))


def buy(ledger, key, usd, **changes):
    """Hold, submit and settle a call at its worst case."""
    call_id = hold(ledger, key, usd, **changes).call_id
    take(ledger, call_id, State.SUBMITTED)
    take(ledger, call_id, State.SETTLED, cost_usd=Decimal(usd))


def stage_for(scope):
    """Return the stage that a scope is about."""
    return Stage.PRODUCTION if scope == "production" else Stage.SAMPLE


@pytest.mark.parametrize("scope", SCOPES)
def test_a_call_that_would_pass_a_limit_is_refused_and_fits_under_exactly_the_limit_that_is_named(ledger, scope):
    ledger.set_limit(scope, Decimal("0.10"), margin=MARGIN)
    stage = stage_for(scope)
    buy(ledger, "a", "0.03", stage=stage)
    assert isinstance(hold(ledger, "b", "0.04", stage=stage), Held)
    before = sums(ledger.database)

    refused = hold(ledger, "c", "0.04", stage=stage)
    assert isinstance(refused, Refused)
    assert refused.message == (
        f"budget '{scope}': limit $0.10 ($0.095 usable, $0.005 safety margin), spent $0.03, held $0.04;"
        f" this call needs up to $0.04. To let it pass: asset-pipeline budget set {scope} 0.12"
    )
    assert sums(ledger.database) == before
    assert rows(ledger.database, "SELECT content_key FROM calls ORDER BY 1") == [("a",), ("b",)]

    ledger.set_limit(scope, refused.passing_limit_usd - Decimal("0.01"), margin=MARGIN)
    assert isinstance(hold(ledger, "c", "0.04", stage=stage), Refused)
    ledger.set_limit(scope, refused.passing_limit_usd, margin=MARGIN)
    assert isinstance(hold(ledger, "c", "0.04", stage=stage), Held)


def test_a_hold_may_use_the_last_billionth_under_the_margin_and_not_one_more(ledger):
    ledger.set_limit("total", Decimal("0.10"), margin=MARGIN)
    assert isinstance(hold(ledger, "a", "0.095000001"), Refused)
    assert isinstance(hold(ledger, "a", "0.095"), Held)
    assert isinstance(hold(ledger, "b", "0.000000001"), Refused)


@pytest.mark.parametrize("scope", ["production", "provider:openrouter", "collection:other"])
def test_a_limit_of_another_scope_does_not_matter(ledger, scope):
    ledger.set_limit(scope, Decimal("0.01"), margin=MARGIN)
    assert isinstance(hold(ledger, "a", "0.04"), Held)


def test_the_rest_of_a_hold_can_be_spent_by_others_once_it_is_settled(ledger):
    ledger.set_limit("total", Decimal("1.00"), margin=Decimal(0))
    first = hold(ledger, "a", "1.00")
    assert isinstance(hold(ledger, "b", "0.60"), Refused)
    take(ledger, first.call_id, State.SUBMITTED)
    take(ledger, first.call_id, State.SETTLED, cost_usd=Decimal("0.40"))
    assert isinstance(hold(ledger, "b", "0.60"), Held)


def test_after_a_cost_above_its_hold_has_passed_the_limit_nothing_more_is_held(ledger):
    ledger.set_limit("total", Decimal("0.10"), margin=MARGIN)
    call_id = hold(ledger, "a", "0.09").call_id
    take(ledger, call_id, State.SUBMITTED)
    take(ledger, call_id, State.SETTLED, cost_usd=Decimal("0.20"))
    refused = hold(ledger, "b", "0.000000001")
    assert isinstance(refused, Refused)
    assert (refused.spent_usd, refused.passing_limit_usd) == (Decimal("0.20"), Decimal("0.22"))


def test_of_60_holds_of_4_cents_at_once_under_a_dollar_23_pass_and_37_are_refused(database):
    ledger = open_ledger(database, total_usd="1.00")

    async def race():
        return await asyncio.gather(*(ledger.hold(intent_for(str(n))) for n in range(60)))

    answers = wait_for(race)
    assert sum(isinstance(one, Held) for one in answers) == 23
    assert sum(isinstance(one, Refused) for one in answers) == 37
    assert ledger.totals() == Totals(Decimal(0), Decimal("0.92"), Decimal(0), 23, 0)


def test_of_equal_holds_at_once_one_is_made_and_the_others_get_that_one(ledger):
    async def race():
        return await asyncio.gather(*(ledger.hold(intent_for("a")) for _ in range(20)))

    answers = wait_for(race)
    (held,) = [one for one in answers if isinstance(one, Held)]
    assert {one.call.call_id for one in answers if isinstance(one, Existing)} == {held.call_id}
    assert ledger.totals().held_usd == Decimal("0.04")


def test_a_limit_changed_elsewhere_is_obeyed_at_the_next_hold(ledger):
    assert isinstance(hold(ledger, "a"), Held)
    with Database(ledger.database.path) as elsewhere:
        Ledger(elsewhere, mode="sandbox", gated=False).set_limit("total", Decimal("0.05"), margin=MARGIN)
        assert isinstance(hold(ledger, "b"), Refused)
        Ledger(elsewhere, mode="sandbox", gated=False).set_limit("total", Decimal("0.10"), margin=MARGIN)
    assert isinstance(hold(ledger, "b"), Held)


def test_what_another_process_holds_counts_against_the_same_limit(ledger):
    ledger.set_limit("total", Decimal("0.10"), margin=MARGIN)
    assert isinstance(hold(ledger, "a"), Held)
    with Database(ledger.database.path) as elsewhere:
        assert isinstance(hold(Ledger(elsewhere, mode="sandbox", gated=False), "b"), Held)
    assert isinstance(hold(ledger, "c"), Refused)


def test_sandbox_money_is_not_live_money(database):
    sandbox, live = open_ledger(database, total_usd="0.05"), open_ledger(database, mode="live", total_usd="0.10")
    assert isinstance(hold(sandbox, "a"), Held)
    assert isinstance(hold(sandbox, "b"), Refused)
    assert isinstance(hold(live, "c", "0.09"), Held)
    assert (sandbox.totals().held_usd, live.totals().held_usd) == (Decimal("0.04"), Decimal("0.09"))
    assert [call.content_key for call in wait_for(live.open_calls)] == ["c"]
    sandbox.set_limit("total", Decimal("0.20"), margin=MARGIN)
    assert {b.scope: b.limit_usd for b in live.budgets()}["total"] == Decimal("0.10")


def test_at_midnight_utc_a_new_day_begins_for_a_process_that_runs(database, monkeypatch):
    def at(text):
        for module in ("journal", "ledger"):
            monkeypatch.setattr(f"asset_pipeline.ledger.{module}.utc_now", lambda: datetime.fromisoformat(text))

    def today():
        return {b.scope: (b.spent_usd, b.held_usd) for b in ledger.budgets()}["day"]

    at("2026-06-30T23:59:59")
    ledger = open_ledger(database, daily_usd="0.10")
    late = hold(ledger, "a", "0.09")
    refused = hold(ledger, "b", "0.09")
    assert refused.scope == "day:2026-06-30"

    at("2026-07-01T00:00:00")
    assert today() == (Decimal(0), Decimal(0))
    assert isinstance(hold(ledger, "b", "0.05"), Held)
    take(ledger, late.call_id, State.SUBMITTED)
    take(ledger, late.call_id, State.SETTLED, cost_usd=Decimal("0.09"))
    assert today() == (Decimal(0), Decimal("0.05"))
    assert isinstance(hold(ledger, "c", "0.05"), Refused)

    at("2026-06-30T23:59:59")
    assert today() == (Decimal("0.09"), Decimal(0))


def test_totals_say_what_is_spent_held_and_unknown(ledger):
    buy(ledger, "a", "0.03")
    hold(ledger, "b", "0.04")
    take(ledger, hold(ledger, "c", "0.05").call_id, State.UNKNOWN)
    take(ledger, hold(ledger, "d", "0.06").call_id, State.RELEASED)
    assert ledger.totals() == Totals(
        spent_usd=Decimal("0.03"),
        held_usd=Decimal("0.09"),
        unknown_usd=Decimal("0.05"),
        open_calls=2,
        unknown_calls=1,
    )


def test_an_open_call_is_kept_with_all_that_is_needed_to_find_it_at_the_provider(ledger, database):
    intent = intent_for("a", request={"input": {"prompt": "Käfer “ä”", "seed": 7}})
    call_id = wait_for(lambda: ledger.hold(intent)).call_id
    wait_for(lambda: ledger.submitted(call_id, "prediction-1", answer_sha256="cd" * 32))
    with Database(database.path) as later:
        (call,) = wait_for(Ledger(later, mode="sandbox", gated=False).open_calls)
    assert (call.call_id, call.state, call.provider_call_id) == (call_id, State.SUBMITTED, "prediction-1")
    assert (call.request, call.worst_usd, call.owner) == (intent.request, Decimal("0.04"), ledger.owner)
    assert rows(database, "SELECT answer_sha256 FROM ledger WHERE state = 'submitted'") == [("cd" * 32,)]


def test_giving_up_waiting_for_a_step_does_not_take_it_back(ledger):
    call_id = hold(ledger, "a").call_id

    async def give_up():
        await ledger.submitted(call_id, "prediction-1")
        ledger.settled(call_id, Decimal("0.04"), Outcome.SUCCEEDED).cancel()
        return await ledger.call(call_id)

    assert wait_for(give_up).state is State.SETTLED
