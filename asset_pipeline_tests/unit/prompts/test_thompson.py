"""Who is asked where not all are: those that win, now and then the others, and a writer that never wins hardly ever."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.prompts.briefs import writers_of
from asset_pipeline.prompts.thompson import Record, Tally, allocate
from asset_pipeline.settings.prompts import PromptSettings

SEEDS = [f"seed-{number}" for number in range(10)]
MODELS = ("a/one", "b/two", "c/three", "d/four")


def writers(count):
    """Return that many writers."""
    return writers_of(PromptSettings(writers=MODELS[:count]))


def simulate(strengths, *, asked=2, times=400, seed="s"):
    """Hold competitions among writers; each asked one wins in proportion to its strength. Return who was asked when."""
    field, record, chance = writers(len(strengths)), Record(), random.Random(seed)
    strength = {writer.identity: value for writer, value in zip(field, strengths, strict=True)}
    history = []
    for number in range(times):
        chosen = allocate(field, record.of("icons"), count=asked, seed=f"{seed}{number}")
        weights = [strength[writer.identity] for writer in chosen]
        best = chance.choices(chosen, weights)[0] if any(weights) else None
        for writer in chosen:
            record.count("icons", writer.identity, won=writer is best)
        history.append({writer.model for writer in chosen})
    return history


@pytest.mark.parametrize("strengths", [(0, 1, 1), (0, 1, 1, 1), (0, 1, 9)], ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_writer_that_never_wins_is_paid_in_few_of_the_last_100_of_400_competitions(strengths, seed):
    history = simulate(strengths, seed=seed)
    paid = sum(MODELS[0] in chosen for chosen in history[-100:])
    assert paid < 15
    assert sum(MODELS[0] in chosen for chosen in history) > 0  # it had its chance


@pytest.mark.parametrize("seed", SEEDS)
def test_of_equal_writers_all_keep_being_asked(seed):
    asked = Counter(model for chosen in simulate([1, 1, 1, 1], seed=seed)[-200:] for model in chosen)
    assert set(asked) == set(MODELS)
    assert min(asked.values()) >= 5


def test_a_better_writer_is_asked_more_often():
    asked = Counter(model for chosen in simulate([1, 1, 6]) for model in chosen)
    assert asked[MODELS[2]] > max(asked[MODELS[0]], asked[MODELS[1]])


tallies = st.dictionaries(
    st.sampled_from([writer.identity for writer in writers(4)]),
    st.builds(Tally, st.integers(0, 50), st.integers(0, 50)),
)


@given(tallies=tallies, count=st.integers(1, 6), seed=st.text(max_size=5))
def test_the_choice_has_the_right_size_and_follows_from_record_and_seed(tallies, count, seed):
    chosen = allocate(writers(4), tallies, count=count, seed=seed)
    assert len(set(chosen)) == len(chosen) == min(count, 4)
    assert [one for one in writers(4) if one in chosen] == list(chosen)
    assert allocate(writers(4), dict(reversed(tallies.items())), count=count, seed=seed) == chosen


@given(tallies=tallies, count=st.integers(1, 4), seed=st.text(max_size=5), order=st.permutations(range(4)))
def test_the_order_of_the_writers_does_not_move_the_choice(tallies, count, seed, order):
    field = writers(4)
    chosen = allocate([field[n] for n in order], tallies, count=count, seed=seed)
    assert set(chosen) == set(allocate(field, tallies, count=count, seed=seed))


def test_seeds_choose_differently_where_nothing_is_known():
    assert len({allocate(writers(3), {}, count=2, seed=str(n)) for n in range(30)}) == 3


def test_what_is_won_for_one_type_says_nothing_of_another():
    record = Record()
    record.load({("icons", ("a/one", "x")): Tally(3, 1)})
    record.count("icons", ("a/one", "x"), won=True)
    record.count("covers", ("a/one", "x"), won=False)
    assert record.of("icons") == {("a/one", "x"): Tally(4, 1)}
    assert record.of("covers") == {("a/one", "x"): Tally(0, 1)}
    assert record.of("textures") == {}
