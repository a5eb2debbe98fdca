"""The arithmetic of flow control: how many requests per minute, how many at once, and when to stop sending at all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.providers.breaker import MAX_PAUSE_S, Breaker
from asset_pipeline.providers.pace import Bucket, Window

TINY = 1e-6


def take(bucket, now):
    """Take a token as soon as there is one; return when that was."""
    now += bucket.wait_s(now)
    bucket.reserve()
    assert bucket.can_take(now)
    bucket.take()
    return now


def test_a_rate_lets_one_second_s_worth_pass_at_once_and_then_keeps_its_pace():
    bucket = Bucket(600, now=0)
    times = [take(bucket, 0)]
    for _ in range(29):
        times.append(take(bucket, times[-1]))
    assert times[:10] == [0] * 10
    assert times[10:] == pytest.approx([n / 10 for n in range(1, 21)])


def test_no_rate_is_no_limit():
    bucket = Bucket(0, now=0)
    assert [take(bucket, 0) for _ in range(1000)] == [0] * 1000


@given(
    per_minute=st.integers(1, 3000),
    pauses=st.lists(st.floats(0, 20), min_size=1, max_size=80),
    lags=st.lists(st.sampled_from([0.0, 0.0, 0.3, 5.0]), min_size=80, max_size=80),
)
def test_no_more_than_the_rate_and_one_burst_is_sent_in_any_minute_however_late_a_reserved_one_is_sent(
    per_minute, pauses, lags
):
    bucket = Bucket(per_minute, now=0)
    now, sent, late = 0.0, [], []
    for pause, lag in zip(pauses, lags, strict=False):
        now += pause
        while late and (late[0] <= now or bucket.wait_s(now) == math.inf):
            now = max(now, late.pop(0))
            assert bucket.can_take(now)
            bucket.take()
            sent.append(now)
        now += bucket.wait_s(now)
        bucket.reserve()
        late = sorted([*late, now + lag])
    for first in sent:
        assert sum(first <= moment <= first + 60 - TINY for moment in sent) <= per_minute + bucket.burst


def test_a_reserved_token_that_is_not_used_goes_to_the_next():
    bucket = Bucket(6, now=0)
    bucket.reserve()
    assert bucket.wait_s(0) == math.inf
    bucket.give_back()
    assert bucket.wait_s(0) == 0


@pytest.mark.parametrize("usual", [600, 0])
def test_a_reduced_rate_has_no_burst_and_ends_after_its_time(usual):
    bucket = Bucket(usual, now=0)
    assert bucket.slow_down(6, until=600, now=0)
    times = [take(bucket, 0)]
    while times[-1] < 580:
        times.append(take(bucket, times[-1]))
    assert times == pytest.approx([10 * n for n in range(1, len(times) + 1)])
    bucket.wait_s(600)
    assert bucket.per_minute == usual


def test_a_reduced_rate_that_is_said_again_lasts_longer_and_is_not_new():
    bucket = Bucket(600, now=0)
    assert bucket.slow_down(6, until=600, now=0)
    assert not bucket.slow_down(6, until=700, now=100)
    bucket.wait_s(650)
    assert bucket.per_minute == 6
    bucket.wait_s(700)
    assert bucket.per_minute == 600
    assert bucket.slow_down(6, until=1400, now=800)


def test_a_reserved_token_is_not_there_any_more_after_a_change_to_a_lower_rate():
    bucket = Bucket(600, now=0)
    bucket.reserve()
    bucket.slow_down(6, until=600, now=0)
    assert not bucket.can_take(0)
    assert bucket.can_take(10)


def test_a_window_shrinks_to_three_quarters_once_per_round_trip():
    window = Window(50)
    numbers = [window.begin() for _ in range(50)]
    assert [window.throttled(number) for number in numbers] == [True] + [False] * 49
    assert window.size == 37
    assert window.throttled(window.begin())
    assert window.size == 27


def test_a_window_grows_by_one_for_each_of_its_sizes_in_successes_and_no_further_than_its_start():
    window = Window(4)
    window.throttled(window.begin())
    sizes = []
    for _ in range(12):
        window.succeeded()
        sizes.append(window.size)
    assert sizes == [3, 3, 4] + [4] * 9


@given(start=st.integers(1, 500), events=st.lists(st.sampled_from(["begin", "success", "late", "now"]), max_size=300))
def test_a_window_is_always_between_one_and_its_start(start, events):
    window = Window(start)
    first = window.begin()
    for event in events:
        if event == "begin":
            window.begin()
        elif event == "success":
            window.succeeded()
        else:
            window.throttled(first if event == "late" else window.begin())
        assert 1 <= window.size <= start


def failing(breaker, count, now=0.0):
    """Fail so often; return whether the last one opened it."""
    return [breaker.failed(now, is_probe=False) for _ in range(count)][-1]


def test_a_breaker_opens_at_the_fifth_failure_in_a_row():
    breaker = Breaker(failures=5, pause_s=15)
    assert not failing(breaker, 4)
    breaker.answered()
    assert not failing(breaker, 4)
    assert breaker.wait_s(0) == 0
    assert failing(breaker, 1)
    assert breaker.wait_s(0) == 15


def test_an_open_breaker_lets_one_probe_pass_and_doubles_its_pause_up_to_five_minutes_while_none_is_answered():
    breaker = Breaker(failures=1, pause_s=15)
    failing(breaker, 1)
    now, pauses = 0.0, []
    for _ in range(7):
        pauses.append(breaker.wait_s(now))
        now += pauses[-1]
        assert breaker.admit()
        assert breaker.wait_s(now) == math.inf
        assert not breaker.failed(now, is_probe=False), "an older request that fails tells nothing new"
        assert breaker.failed(now, is_probe=True)
    assert pauses == [15, 30, 60, 120, 240, MAX_PAUSE_S, MAX_PAUSE_S]
    now += MAX_PAUSE_S
    assert breaker.admit()
    assert breaker.answered()
    assert (breaker.wait_s(now), breaker.admit(), breaker.pause_s) == (0, False, 15)


def test_a_probe_that_was_not_sent_leaves_its_place_to_another():
    breaker = Breaker(failures=1, pause_s=15)
    failing(breaker, 1)
    assert breaker.admit()
    breaker.withdraw()
    assert breaker.wait_s(15) == 0


def test_another_rate_holds_from_now_on_and_never_above_one_that_was_asked_for():
    bucket = Bucket(60, now=0)
    take(bucket, 0)
    bucket.adopt(600, now=0)
    assert take(bucket, 0) == pytest.approx(0.1)
    bucket.slow_down(6, until=100, now=1)
    bucket.adopt(1200, now=2)
    assert bucket.per_minute == 6
    bucket.wait_s(101)
    assert bucket.per_minute == 1200


def test_another_window_opens_at_once_unless_the_provider_has_narrowed_it():
    window = Window(8)
    window.adopt(16)
    assert (window.size, window.start) == (16, 16)
    window.throttled(window.begin())
    assert window.size == 12
    window.adopt(20)
    assert window.size == 12
    window.adopt(4)
    assert (window.size, window.start) == (4, 4)


def test_other_bounds_of_the_breaker_leave_a_pause_that_has_begun_as_it_is():
    breaker = Breaker(failures=2, pause_s=10)
    breaker.failed(0, is_probe=False)
    breaker.adopt(failures=2, pause_s=20)
    assert breaker.failed(1, is_probe=False)
    assert breaker.open_until == 21
    breaker.adopt(failures=1, pause_s=5)
    assert breaker.open_until == 21
    assert breaker.answered()
    assert breaker.failed(30, is_probe=False)
    assert breaker.open_until == 35
