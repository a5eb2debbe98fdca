"""Whoever guesses tokens waits: after five failures of one client, or thirty of all, for the rest of a minute."""

import pytest

from asset_pipeline.review.guard.throttle import Throttle


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock)


def test_four_failures_cost_nothing_and_the_fifth_a_minute(throttle):
    for _ in range(4):
        throttle.failed("a")
    assert throttle.wait_s("a") == 0
    throttle.failed("a")
    assert throttle.wait_s("a") == 61


def test_one_client_s_failures_do_not_keep_out_another(throttle):
    for _ in range(5):
        throttle.failed("a")
    assert throttle.wait_s("a") > 0
    assert throttle.wait_s("b") == 0


def test_thirty_failures_of_many_clients_keep_out_all(throttle):
    for number in range(30):
        throttle.failed(f"client-{number}")
    assert throttle.wait_s("somebody else") > 0


def test_a_client_may_try_again_when_the_first_of_its_failures_is_a_minute_old(throttle, clock):
    for _ in range(5):
        throttle.failed("a")
        clock.now += 10
    assert throttle.wait_s("a") == 11
    clock.now += 10.5
    assert throttle.wait_s("a") == 0
