"""Results of another thread reach an event loop one after the other, and all of them."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from concurrent.futures import Future

import pytest

from asset_pipeline.ledger.handover import awaited

MANY = 60


def _ended(*results: Future[int]) -> None:
    """End futures in another thread, as the ledger's does after a commit."""
    thread = threading.Thread(target=lambda: [one.set_result(number) for number, one in enumerate(results)])
    thread.start()
    thread.join()


def test_one_task_wakes_in_each_turn_of_the_loop() -> None:
    async def main() -> list[int]:
        turn, woken_in = 0, list[int]()
        elsewhere = [Future[int]() for _ in range(MANY)]

        async def wait(one: Future[int]) -> None:
            await awaited(one)
            woken_in.append(turn)

        tasks = [asyncio.create_task(wait(one)) for one in elsewhere]
        await asyncio.sleep(0)
        _ended(*elsewhere)
        while len(woken_in) < MANY:
            turn += 1
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return woken_in

    woken_in = asyncio.run(main())
    assert len(set(woken_in)) == MANY


def test_each_gets_its_own_result_in_the_order_of_their_end() -> None:
    async def main() -> list[int]:
        elsewhere = [Future[int]() for _ in range(MANY)]
        order: list[int] = []

        async def wait(one: Future[int]) -> None:
            order.append(await awaited(one))

        tasks = [asyncio.create_task(wait(one)) for one in elsewhere]
        await asyncio.sleep(0)
        _ended(*elsewhere)
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(main()) == list(range(MANY))


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    async def main() -> None:
        elsewhere = Future[int]()
        waiting = awaited(elsewhere)
        elsewhere.set_exception(OSError("disk full"))
        with pytest.raises(OSError, match="disk full"):
            await waiting

    asyncio.run(main())


@pytest.mark.parametrize("ended_first", [False, True])
def test_cancelling_here_cancels_there_unless_it_has_ended(ended_first: bool) -> None:
    async def main() -> Future[int]:
        elsewhere = Future[int]()
        waiting = awaited(elsewhere)
        if ended_first:
            _ended(elsewhere)
        waiting.cancel()
        await asyncio.sleep(0.01)
        assert waiting.cancelled()
        return elsewhere

    assert asyncio.run(main()).cancelled() is not ended_first


def test_cancelled_there_is_cancelled_here() -> None:
    async def main() -> None:
        elsewhere = Future[int]()
        waiting = awaited(elsewhere)
        elsewhere.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())


def test_results_after_the_loops_end_disturb_nobody_and_do_not_keep_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    elsewhere = [Future[int]() for _ in range(2)]

    async def main() -> weakref.ref[asyncio.AbstractEventLoop]:
        for one in elsewhere:
            awaited(one)
        return weakref.ref(asyncio.get_running_loop())

    loop = asyncio.run(main())
    _ended(*elsewhere)
    assert [one.result() for one in elsewhere] == [0, 1]
    assert not caplog.records
    elsewhere.clear()
    gc.collect()
    assert loop() is None
