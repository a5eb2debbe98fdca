"""The door: nothing is sent without a committed hold, and every answer ends in a state that says what became of it."""

import asyncio
import hashlib
from decimal import Decimal

import pytest

from asset_pipeline.ledger import (
    Cause,
    Door,
    Lost,
    NotMade,
    Paid,
    Refused,
    Rejected,
    State,
    Step,
    Stopped,
    Tally,
    Unresolved,
)
from asset_pipeline_tests.support.ledgers import ACCEPTED, MARGIN, Provider, intent_for, rows, wait_for

AT_ONCE = 0.001
HELD = Decimal("0.04")


@pytest.fixture
def door(ledger):
    """A door with no patience for what others have under way."""
    return Door(ledger, patience_s=0)


def pay(door, provider, **changes):
    """Pay for one call."""
    return wait_for(lambda: door.pay(intent_for("a", **changes), provider.send))


def calls(ledger):
    """Return state, held and spent of every call, oldest first."""
    return rows(ledger.database, "SELECT state, held_usd, cost_usd FROM calls ORDER BY created_at")


def test_an_accepted_call_was_held_when_it_was_sent_and_its_id_and_raw_answer_are_kept(door, ledger):
    provider = Provider(ledger, ACCEPTED)

    async def main():
        paid = await door.pay(intent_for("a"), provider.send)
        return paid, await paid.recorded

    paid, step = wait_for(main)
    assert isinstance(paid, Paid)
    assert step is Step.TAKEN
    assert provider.reached == [(paid.held.call_id, State.HELD)]
    assert rows(ledger.database, "SELECT state, provider_call_id, held_usd FROM calls") == [
        ("submitted", "prediction-1", HELD)
    ]
    assert rows(ledger.database, "SELECT answer_sha256 FROM ledger WHERE state = 'submitted'") == [
        (hashlib.sha256(ACCEPTED.raw).hexdigest(),)
    ]


def test_what_no_budget_can_pay_is_not_sent(door, ledger):
    ledger.set_limit("total", Decimal("0.01"), margin=MARGIN)
    provider = Provider(ledger, ACCEPTED)
    assert isinstance(pay(door, provider), Refused)
    assert provider.reached == []
    assert calls(ledger) == []


def test_a_rejected_call_is_released_with_the_reason_and_not_tried_again(door, ledger):
    provider = Provider(ledger, Rejected("422: no such size"))
    assert pay(door, provider) == NotMade("422: no such size")
    assert len(provider.reached) == 1
    assert calls(ledger) == [("released", 0, 0)]
    assert rows(ledger.database, "SELECT reason FROM ledger WHERE state = 'released'") == [("422: no such size",)]


def test_a_call_that_is_refused_for_the_way_it_was_asked_says_so_and_is_no_failure_yet(ledger):
    door = Door(ledger, patience_s=0, tally=Tally(0.1, 1))
    provider = Provider(ledger, Rejected("400: no such format", cause=Cause.PARAMETERS), ACCEPTED)
    assert pay(door, provider) == NotMade("400: no such format", cause=Cause.PARAMETERS)
    assert isinstance(pay(door, provider), Paid)  # a run in which it had counted would be over
    assert calls(ledger) == [("released", 0, 0), ("submitted", HELD, 0)]


def test_a_rejected_call_that_may_work_later_is_tried_again_as_a_new_call(door, ledger):
    later = Rejected("429", retry=True, retry_after_s=AT_ONCE)
    provider = Provider(ledger, later, later, ACCEPTED)
    paid = pay(door, provider)
    assert isinstance(paid, Paid)
    ids = [call_id for call_id, _ in provider.reached]
    assert len(set(ids)) == 3
    assert ids[-1] == paid.held.call_id
    assert calls(ledger) == [("released", 0, 0), ("released", 0, 0), ("submitted", HELD, 0)]


def test_a_provider_that_always_says_later_is_given_up_after_five_calls(door, ledger):
    provider = Provider(ledger, Rejected("429", retry=True, retry_after_s=AT_ONCE))
    assert pay(door, provider) == NotMade("429 (5 tries)", later=True)
    assert len({call_id for call_id, _ in provider.reached}) == 5
    assert calls(ledger) == [("released", 0, 0)] * 5


@pytest.mark.parametrize("tries_before", [0, 2])
def test_a_lost_answer_stays_held_as_unknown_and_is_not_tried_again(door, ledger, tries_before):
    provider = Provider(
        ledger, *[Rejected("429", retry=True, retry_after_s=AT_ONCE)] * tries_before, Lost("connection reset")
    )
    ending = pay(door, provider)
    assert ending == Unresolved(provider.reached[-1][0], "connection reset")
    assert len(provider.reached) == tries_before + 1
    assert calls(ledger)[-1] == ("unknown", HELD, 0)
    assert (ledger.totals().unknown_usd, ledger.totals().unknown_calls) == (HELD, 1)

    again = pay(door, provider)
    assert isinstance(again, Unresolved)
    assert again.call_id == ending.call_id
    assert len(provider.reached) == tries_before + 1


def test_a_call_that_is_cancelled_while_it_is_sent_stays_held_as_unknown(door, ledger):
    async def main():
        is_sending = asyncio.Event()

        async def send(_held):
            is_sending.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(door.pay(intent_for("a"), send))
        await is_sending.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert wait_for(main)
    assert calls(ledger) == [("unknown", HELD, 0)]
    assert rows(ledger.database, "SELECT reason FROM ledger WHERE state = 'unknown'") == [
        ("stopped while the request was under way",)
    ]


def test_an_error_nobody_thought_of_leaves_the_money_held(door, ledger):
    with pytest.raises(ZeroDivisionError):
        pay(door, Provider(ledger, ZeroDivisionError()))
    assert ledger.totals().held_usd == HELD


def test_a_stopped_door_makes_no_call(door, ledger):
    door.stop()
    provider = Provider(ledger, ACCEPTED)
    assert pay(door, provider) == Stopped()
    assert provider.reached == []
    assert calls(ledger) == []


@pytest.mark.parametrize(
    ("reply", "ending", "left"),
    [
        (ACCEPTED, Paid, ("submitted", HELD, 0)),
        (Lost("reset"), Unresolved, ("unknown", HELD, 0)),
        (Rejected("429", retry=True, retry_after_s=AT_ONCE), Stopped, ("released", 0, 0)),
    ],
)
def test_a_door_stopped_meanwhile_lets_the_call_under_way_land_and_makes_no_other(door, ledger, reply, ending, left):
    async def send(_held):
        door.stop()
        return reply

    assert isinstance(wait_for(lambda: door.pay(intent_for("a"), send)), ending)
    assert calls(ledger) == [left]
