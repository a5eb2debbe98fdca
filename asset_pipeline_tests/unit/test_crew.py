"""A crew works through everything once, with as many hands as it has been given by then."""

import asyncio

import pytest

from asset_pipeline.crew import Crew
from asset_pipeline.errors import LedgerBusyError, LedgerDiskError


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


def broken_by(*errors):
    """Let each of a crew at once meet one of these errors; return what ended the work."""

    async def main():
        barrier = asyncio.Barrier(len(errors))

        async def together(error):
            await barrier.wait()
            raise error

        await Crew(errors, together).run(len(errors))

    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is what is looked at
        asyncio.run(main())
    return raised.value


def test_an_error_for_people_ends_the_work_as_itself_with_what_led_to_it():
    busy = LedgerBusyError("another process has kept it locked for 60 s", fix="end that one")
    busy.__cause__ = OSError("locked")
    assert broken_by(busy) is busy
    assert isinstance(busy.__cause__, OSError)
    assert isinstance(broken_by(busy, LedgerDiskError("full")), LedgerBusyError | LedgerDiskError)


def test_an_error_that_nobody_foresaw_is_not_hidden_behind_one_for_people():
    bug = ZeroDivisionError("a bug")
    error = broken_by(LedgerBusyError("locked"), bug)
    assert isinstance(error, ExceptionGroup)
    assert bug in error.exceptions
