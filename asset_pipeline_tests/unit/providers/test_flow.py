"""The flow of requests to one provider: who may send when, what is learned from each reply, and when to give up."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger import Accepted, Cause, Lost, Rejected
from asset_pipeline.ledger.replies import Room
from asset_pipeline.providers.flow import ProviderFlow
from asset_pipeline.settings.flow import FlowSettings
from asset_pipeline_tests.support.virtual_time import in_virtual_time

OK = Accepted("id", {}, b"{}")
LOW_CREDIT = "HTTP 429: Your rate limit for creating predictions is reduced to 6 requests per minute with a burst of 1"


def throttled(after_s=None, said="HTTP 429: slow"):
    """Return a 429."""
    return Rejected(said, retry=True, retry_after_s=after_s, cause=Cause.THROTTLED)


DOWN = Rejected("not reachable: refused", retry=True, cause=Cause.DOWN)
WRONG_KEY = Rejected("HTTP 401: no such key", cause=Cause.ACCOUNT)


class Site:
    """A provider behind its flow, in virtual time: replies by the number of the request, and remembers when each came.

    Args:
        clock: The virtual time.
        replies: What the first requests get, in order; all others are accepted.
        takes_s: How long a reply takes.
    """

    def __init__(self, clock, replies=(), *, takes_s=1.0, per_minute=0, window=50, **settings):
        self.clock = clock
        self.replies = list(replies)
        self.takes_s = takes_s
        self.flow = ProviderFlow(
            "replicate", FlowSettings(**settings), per_minute=per_minute, window=window, clock=clock, dice=lambda: 1.0
        )
        self.sent = []
        self.most = 0
        self.under_way = 0

    async def pay(self):
        """Try until it is taken, as the door does; return the last reply, or why there is none."""
        turn = self.flow.turn()
        try:
            while True:
                why = await turn.come()
                if why is not None:
                    return why
                if turn.begin():
                    reply = await self.send()
                    turn.end(reply)
                    if not isinstance(reply, Rejected):
                        return reply
        finally:
            turn.leave()

    async def send(self):
        """Take a request."""
        number = len(self.sent)
        self.sent.append(self.clock())
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.takes_s)
        self.under_way -= 1
        return self.replies[number] if number < len(self.replies) else OK

    async def pay_many(self, count):
        """Pay so many at once."""
        return await asyncio.gather(*(self.pay() for _ in range(count)))


def paid(count, replies=(), **options):
    """Pay so many at once; return the site, the replies, and what was logged."""

    async def main(clock):
        site = Site(clock, replies, **options)
        return site, await site.pay_many(count)

    with structlog.testing.capture_logs() as logs:
        site, replies = in_virtual_time(main)
    return site, replies, [entry["event"] for entry in logs]


def test_while_nothing_is_wrong_all_are_sent_at_once():
    site, replies, logs = paid(50)
    assert site.sent == [0.0] * 50
    assert replies == [OK] * 50
    assert logs == []


def test_no_more_are_sent_at_once_than_the_window_and_all_are_sent_in_the_end():
    site, replies, _ = paid(100, window=8)
    assert (site.most, len(replies)) == (8, 100)


def test_a_rate_is_kept():
    site, _, _ = paid(100, per_minute=600, takes_s=0.1)
    assert site.sent[:10] == [0.0] * 10
    assert site.sent[-1] == pytest.approx(9.0)


@pytest.mark.parametrize("cause", [Cause.THROTTLED, Cause.DOWN])
def test_nobody_sends_before_the_time_that_a_hint_names(cause):
    site, replies, _ = paid(5, [Rejected("wait", True, 30.0, cause)], window=1)
    assert site.sent == pytest.approx([0, 31, 32, 33, 34, 35])
    assert replies == [OK] * 5


def test_those_who_are_about_to_send_when_a_hint_comes_wait_too():
    async def main(clock):
        site = Site(clock, [throttled(30.0)])
        late = site.flow.turn()
        await late.come()
        first = asyncio.create_task(site.pay())
        await asyncio.sleep(2)
        assert not late.begin()
        await late.come()
        assert late.begin()
        first.cancel()
        return clock()

    assert in_virtual_time(main) == pytest.approx(31)


@pytest.mark.parametrize("hint_s", [None, 0.0, 0.5])
def test_without_a_hint_or_with_one_of_no_time_each_try_is_further_from_the_last(hint_s):
    site, _, _ = paid(1, [throttled(hint_s)] * 8, takes_s=0.0)
    waits = [after - before for before, after in pairwise(site.sent)]
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])


def test_a_429_makes_the_window_smaller_and_successes_make_it_large_again():
    async def main(clock):
        site = Site(clock, [throttled(1.0)] * 8, window=8)
        turns = await site.pay_many(8)
        shrunk = site.flow.window.size
        await site.pay_many(40)
        return turns, shrunk, site.flow.window.size

    assert in_virtual_time(main) == ([OK] * 8, 7, 8)


def test_low_credit_sends_one_at_a_time_at_the_named_rate_for_ten_minutes_and_says_so_once():
    site, replies, logs = paid(100, [throttled(1.0, LOW_CREDIT)] * 3, per_minute=600, takes_s=0.1)
    assert [one for one in replies if one is not OK] == []
    assert logs == ["low credit"]
    slow = [moment for moment in site.sent if 0.2 < moment < 600]
    gaps = [after - before for before, after in pairwise(slow)]
    assert min(gaps) >= 10 - 1e-6
    assert len(slow) == 59
    assert site.sent[-1] < 620


def test_the_last_few_requests_before_the_providers_limit_are_spread_instead_of_refused():
    """Two may still go within ten seconds, then one, then none: each waits for its share of the time."""
    left = [replace(OK, room=Room(remaining, 10.0)) for remaining in (2, 1, 0)]
    site, replies, _ = paid(4, left, window=1, per_minute=600, takes_s=0.0)
    gaps = [after - before for before, after in pairwise(site.sent)]
    assert gaps == pytest.approx([10 / 3, 10 / 2, 10])
    assert len(replies) == 4


@pytest.mark.parametrize(("remaining", "per_minute"), [(599, 600), (10, 600), (0, 0)])
def test_a_provider_with_room_or_one_that_is_not_limited_is_not_waited_for(remaining, per_minute):
    """The sandbox says what the real one says, and is no wall."""
    site, _, _ = paid(5, [replace(OK, room=Room(remaining, 60.0))] * 5, per_minute=per_minute, takes_s=0.0)
    assert site.sent[-1] < 1


@pytest.mark.parametrize("failure", [DOWN, Lost("HTTP 500: oops")])
def test_five_failures_in_a_row_make_a_pause_and_then_one_probe_and_all_goes_on(failure):
    site, replies, logs = paid(20, [failure] * 6, window=1, takes_s=0.1)
    assert site.sent[5] - site.sent[4] >= 15
    assert site.sent[6] - site.sent[5] >= 30
    assert logs == ["provider pauses", "provider pauses", "provider answers again"]
    assert replies.count(OK) == (20 if failure is DOWN else 14)


def test_only_one_probe_is_sent_until_it_is_answered():
    site, replies, _ = paid(40, [DOWN] * 40, window=40)
    assert [moment for moment in site.sent if 0 < moment < 17] == pytest.approx([16])
    assert replies == [OK] * 40


def test_a_429_is_no_failure():
    site, replies, logs = paid(1, [throttled(1.0)] * 20)
    assert (len(site.sent), replies, logs) == (21, [OK], [])


@pytest.mark.parametrize(
    ("reply", "said"),
    [(DOWN, "not reachable: refused"), (throttled(), "HTTP 429: slow"), (throttled(0.0), "HTTP 429: slow")],
)
def test_a_call_gives_up_after_its_time_and_says_for_what_it_waited(reply, said):
    site, replies, _ = paid(3, [reply] * 1000, give_up_s=100)
    assert replies == [f"replicate did not take it within 100 s of waiting: {said}"] * 3
    assert len(site.sent) < 30


def test_a_hint_beyond_all_patience_is_not_waited_for():
    site, (why,), _ = paid(1, [throttled(3600.0)])
    assert why == "replicate did not take it within 900 s of waiting: HTTP 429: slow"
    assert len(site.sent) == 1


def test_a_wrong_key_ends_all_waiting_at_once_for_good_and_with_one_reason():
    site, replies, _ = paid(20, [WRONG_KEY], window=1)
    assert set(replies) == {"HTTP 401: no such key; no more calls to replicate are made in this run"}
    assert (len(site.sent), site.flow.closed) == (1, replies[0])


def test_closing_ends_all_waiting_at_once_and_says_so():
    async def main(clock):
        site = Site(clock, [throttled(300.0)], window=2)
        waiting = asyncio.create_task(site.pay_many(10))
        await asyncio.sleep(5)
        site.flow.close()
        return await waiting, clock()

    replies, now = in_virtual_time(main)
    over = "no more calls to replicate are made in this run"
    assert replies == [over] + [OK] + [over] * 8
    assert now == 5


def test_what_a_cancelled_payment_had_reserved_goes_to_the_next():
    async def main(clock):
        site = Site(clock, window=1, per_minute=6)
        first = site.flow.turn()
        await first.come()
        waiting = asyncio.create_task(site.pay())
        gone = asyncio.create_task(site.pay())
        await asyncio.sleep(1)
        gone.cancel()
        first.leave()
        return await waiting, site.sent, await asyncio.wait([gone])

    reply, sent, _ = in_virtual_time(main)
    assert (reply, sent) == (OK, [1.0])


@given(
    script=st.lists(st.sampled_from([OK, throttled(), throttled(3.0), DOWN, Lost("reset")]), max_size=60),
    window=st.integers(1, 12),
    per_minute=st.sampled_from([0, 60, 600]),
)
def test_whatever_is_replied_all_payments_end_and_window_and_rate_are_kept(script, window, per_minute):
    site, replies, _ = paid(40, script, window=window, per_minute=per_minute, give_up_s=86_400)
    assert all(isinstance(reply, Accepted | Lost) for reply in replies)
    assert site.most <= window
    assert (site.flow.in_flight, site.flow.reserved) == (0, 0)
    for first in site.sent if per_minute else ():
        assert sum(first <= moment < first + 60 - 1e-6 for moment in site.sent) <= per_minute + per_minute / 60
