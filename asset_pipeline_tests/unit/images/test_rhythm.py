"""Looks at a prediction are ever further apart, and never stop."""

from itertools import islice

import pytest

from asset_pipeline.images.rhythm import MAX_POLL_S, MAX_POLL_WITH_WAKEUPS_S, Rhythm


@pytest.mark.parametrize(("longest_s", "seconds"), [(MAX_POLL_S, 5), (MAX_POLL_WITH_WAKEUPS_S, 30)])
def test_looks_are_ever_further_apart_up_to_a_bound_which_is_longer_where_webhooks_come(longest_s, seconds):
    waits = list(islice(Rhythm(0.5, longest_s).waits("maker/model"), 100))
    assert waits[:2] == [0.5, 0.75]
    assert waits == sorted(waits)
    assert waits[-50:] == [seconds] * 50
