"""A crew works through everything once, with as many hands as it has been given by then."""

import asyncio

import pytest

from asset_pipeline.crew import Crew


def work_through(count, size, *, grow_to=None, after=0):
    """Let a crew work; return what was done, in order, and how many worked at once at most."""
    done, at_once, most = [], 0, 0

    async def work(item):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        done.append(item)
        if grow_to and len(done) == after:
            crew.grow(grow_to)

    crew = Crew(range(count), work)
    asyncio.run(crew.run(size))
    crew.grow(5)  # harmless when all is done
    return done, most


@pytest.mark.parametrize(("count", "size"), [(0, 3), (1, 3), (7, 1), (7, 3), (2, 100)])
def test_everything_is_done_once(count, size):
    done, most = work_through(count, size)
    assert sorted(done) == list(range(count))
    assert most <= min(size, count)


def test_a_crew_grows_while_it_is_at_work():
    done, most = work_through(20, 1, grow_to=4, after=3)
    assert sorted(done) == list(range(20))
    assert most == 4
    assert work_through(20, 4, grow_to=2, after=3)[1] == 4


@pytest.mark.parametrize("after", range(1, 6))
def test_a_crew_may_be_told_to_grow_at_any_moment(after):
    assert sorted(work_through(5, 2, grow_to=9, after=after)[0]) == list(range(5))
