"""What a sample says of the rest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.rollout.estimate import most_likely_share, most_share, sample_note


@pytest.mark.parametrize(
    ("seen", "bad", "share"),
    # Of scipy 1.14: beta.ppf(0.95, bad + 1, seen - bad).
    [(10, 0, 0.258866), (10, 1, 0.394163), (20, 2, 0.282619), (100, 5, 0.102253), (1, 0, 0.95)],
)
def test_the_bound_is_that_of_clopper_and_pearson(seen, bad, share):
    assert most_share(seen, bad) == pytest.approx(share, abs=2e-6)


@given(st.integers(1, 200), st.data())
def test_at_the_bound_seeing_so_few_bad_ones_is_just_as_unlikely_as_it_may_be(seen, data):
    bad = data.draw(st.integers(0, seen - 1))
    share = most_share(seen, bad)
    chance = sum(math.comb(seen, k) * share**k * (1 - share) ** (seen - k) for k in range(bad + 1))
    assert chance == pytest.approx(0.05, abs=1e-6)
    assert bad / seen < most_likely_share(seen, bad) + 1 / seen
    assert share >= bad / seen


@given(st.integers(1, 100), st.data())
def test_each_further_bad_one_makes_it_worse_and_each_further_good_one_better(seen, data):
    bad = data.draw(st.integers(0, seen - 1))
    assert most_share(seen, bad + 1) > most_share(seen, bad) > most_share(seen + 1, bad)


def test_a_sample_that_is_all_bad_bounds_nothing():
    assert most_share(3, 3) == 1.0


def test_the_note_says_both_in_images():
    assert sample_note(seen=10, bad=1, rest=480) == (
        "Of 10 seen, 1 is bad: so of the other 480, probably about 80 (17%), and with 95% confidence no more than"
        " 190 (39%)."
    )
    assert sample_note(seen=10, bad=0, rest=490).startswith("Of 10 seen, none are bad: so of the other 490, probably")


@pytest.mark.parametrize(("seen", "rest"), [(0, 10), (10, 0)])
def test_nothing_is_said_of_nothing(seen, rest):
    assert not sample_note(seen=seen, bad=0, rest=rest)
