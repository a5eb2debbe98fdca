"""The door before a provider that makes it wait, or fails too often: no money is held meanwhile."""

import asyncio

import pytest

from asset_pipeline.ledger import Cause, Door, Lost, NotMade, Paid, Rejected, Stopped, Tally
from asset_pipeline.providers.flow import ProviderFlow
from asset_pipeline.settings.flow import FlowSettings
from asset_pipeline_tests.support.ledgers import ACCEPTED, Provider, intent_for, rows, wait_for

LONG = Rejected("HTTP 429: slow", retry=True, retry_after_s=300.0, cause=Cause.THROTTLED)
NOW = Rejected("HTTP 429: slow", retry=True, retry_after_s=0.0, cause=Cause.THROTTLED)
WRONG = Rejected("HTTP 422: wrong")
REFUSED = Rejected("not reachable", retry=True, retry_after_s=0.0, cause=Cause.DOWN)


def open_door(ledger, *, tally=None, dice=lambda: 0.0, **settings):
    """Return a door before a provider with a flow, which draws the shortest back-offs unless told otherwise: none."""
    flow = ProviderFlow("replicate", FlowSettings(**settings), per_minute=0, window=50, dice=dice)
    return Door(ledger, patience_s=0, flows={"replicate": flow}, tally=tally)


async def until(is_so):
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - the ledger's thread has no event to wait for
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("plain", [True, False], ids=["without-a-flow", "with-a-flow"])
def test_stopping_ends_all_waiting_at_once_and_nothing_was_held_meanwhile(ledger, plain):
    door = Door(ledger) if plain else open_door(ledger)
    provider = Provider(ledger, LONG)

    async def main():
        waiting = [asyncio.create_task(door.pay(intent_for(name), provider.send)) for name in "abc"]
        await until(lambda: provider.reached and ledger.totals().open_calls == 0)
        door.stop()
        return await asyncio.wait_for(asyncio.gather(*waiting), 10)

    assert set(wait_for(main)) == {Stopped()}
    assert {row[0] for row in rows(ledger.database, "SELECT state FROM calls")} == {"released"}


@pytest.mark.parametrize("has_failures", [False, True], ids=["stopped", "too-many-failures"])
def test_a_door_whose_flows_another_one_has_ended_makes_no_call_and_holds_nothing(ledger, has_failures):
    flows = {name: ProviderFlow(name, FlowSettings(), per_minute=0, window=50) for name in ("replicate", "openrouter")}
    first, second = Door(ledger, flows=flows, tally=Tally(0.5, 1)), Door(ledger, flows=flows)
    provider = Provider(ledger, ACCEPTED)

    async def main():
        if has_failures:
            first.count("replicate", failure="failed")
        else:
            first.stop()
        return await asyncio.wait_for(second.pay(intent_for("a", provider="openrouter"), provider.send), 10)

    assert wait_for(main) == NotMade("no more calls to openrouter are made in this run", later=True)
    assert provider.reached == []
    assert rows(ledger.database, "SELECT * FROM calls") == []


def test_a_provider_that_says_later_often_is_asked_until_it_takes_the_call(ledger):
    provider = Provider(ledger, *[NOW] * 12, ACCEPTED)
    door = open_door(ledger)
    assert isinstance(wait_for(lambda: door.pay(intent_for("a"), provider.send)), Paid)
    assert len({call_id for call_id, _ in provider.reached}) == 13


def test_what_does_not_pass_in_time_may_work_later(ledger):
    door = open_door(ledger, give_up_s=0.05)
    ending = wait_for(lambda: door.pay(intent_for("a"), Provider(ledger, LONG).send))
    assert ending == NotMade("replicate did not take it within 0.05 s of waiting: HTTP 429: slow", later=True)
    assert ledger.totals().held_usd == 0


def test_a_provider_that_says_at_once_for_ever_is_given_up_in_time_too(ledger):
    door = open_door(ledger, dice=lambda: 0.1, give_up_s=0.3)
    provider = Provider(ledger, NOW)
    ending = wait_for(lambda: asyncio.wait_for(door.pay(intent_for("a"), provider.send), 10))
    assert ending == NotMade("replicate did not take it within 0.3 s of waiting: HTTP 429: slow", later=True)
    assert len(provider.reached) <= 3
    assert ledger.totals().held_usd == 0


@pytest.mark.parametrize("plain", [True, False], ids=["without-a-flow", "with-a-flow"])
def test_a_wrong_key_is_tried_once_and_may_work_later(ledger, plain):
    door = Door(ledger) if plain else open_door(ledger)
    provider = Provider(ledger, Rejected("HTTP 401: no such key", cause=Cause.ACCOUNT))
    ending = wait_for(lambda: door.pay(intent_for("a"), provider.send))
    assert isinstance(ending, NotMade)
    assert ending.later
    assert ending.reason.startswith("HTTP 401: no such key")
    assert len(provider.reached) == 1


def test_a_hold_that_waits_for_its_place_while_the_provider_asks_for_a_pause_is_given_back_unsent(ledger):
    door = open_door(ledger)
    place = asyncio.Lock()
    provider = Provider(ledger, LONG)

    async def main():
        await place.acquire()
        late = asyncio.create_task(door.pay(intent_for("late"), provider.send, place=place))
        await until(lambda: ledger.totals().open_calls == 1)
        first = asyncio.create_task(door.pay(intent_for("first"), provider.send))
        await until(lambda: len(provider.reached) == 1 and ledger.totals().open_calls == 1)
        place.release()
        await until(lambda: ledger.totals().open_calls == 0)
        door.stop()
        return await late, await first

    assert wait_for(main) == (Stopped(), Stopped())
    assert len(provider.reached) == 1
    assert rows(ledger.database, "SELECT reason FROM ledger WHERE state = 'released' ORDER BY reason") == [
        ("HTTP 429: slow",),
        ("it was not sent, as the provider takes none just now",),
    ]


def test_a_call_that_is_cancelled_while_it_waits_for_its_place_is_released(ledger):
    place = asyncio.Lock()

    async def main():
        await place.acquire()
        task = asyncio.create_task(open_door(ledger).pay(intent_for("a"), Provider(ledger, ACCEPTED).send, place=place))
        await until(lambda: ledger.totals().open_calls == 1)
        task.cancel()
        await asyncio.wait([task])

    wait_for(main)
    assert rows(ledger.database, "SELECT state, held_usd FROM calls") == [("released", 0)]


def endings(ledger, *replies, tally, count):
    """Pay for so many things, one after the other; return how each ended."""
    provider = Provider(ledger, *replies)
    door = open_door(ledger, tally=tally, breaker_failures=1000)

    async def main():
        return [await door.pay(intent_for(f"image-{n}"), provider.send) for n in range(count)]

    return wait_for(main)


@pytest.mark.parametrize(("reply", "said"), [(WRONG, "HTTP 422: wrong"), (Lost("reset"), "reset")])
def test_after_too_many_failures_no_call_is_made_and_the_reason_says_how_many_of_how_many(ledger, reply, said):
    got = endings(ledger, reply, tally=Tally(0.5, 4), count=6)
    over = NotMade(f"4 of 4 calls to replicate failed, so no more are made in this run; the last: {said}", later=True)
    assert [one == over for one in got] == [False] * 4 + [True] * 2


def test_what_is_tried_again_is_no_failure(ledger):
    got = endings(ledger, *[NOW, REFUSED] * 6, WRONG, ACCEPTED, tally=Tally(0.5, 2), count=2)
    assert got[0] == NotMade("HTTP 422: wrong")
    assert isinstance(got[1], Paid)


def test_one_provider_that_works_does_not_hide_one_that_does_not():
    tally = Tally(0.5, 3)
    assert [tally.count("openrouter", None) for _ in range(30)] == [None] * 30
    assert [tally.count("replicate", "failed") for _ in range(2)] == [None] * 2
    assert tally.count("replicate", "failed").startswith("3 of 3 calls to replicate failed")


def test_exactly_the_share_is_not_too_many():
    tally = Tally(0.5, 2)
    assert tally.count("replicate", None) is None
    assert tally.count("replicate", "failed") is None
    assert tally.count("replicate", "failed") is not None
