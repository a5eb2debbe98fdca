"""Places are bounded, go to what was begun first, and none is lost by whoever stops waiting."""

import asyncio
from collections import Counter

import pytest

from asset_pipeline.slots import Places, Slot


def test_what_was_begun_goes_before_what_waits_longer():
    order = []

    async def main():
        places = Places(1)
        await places.take(had=0)

        async def wait(name, had):
            await places.take(had=had)
            order.append(name)
            places.give_back()

        waiting = [asyncio.create_task(wait(name, had)) for name, had in (("new", 0), ("newer", 0), ("begun", 2))]
        await asyncio.sleep(0)
        places.give_back()
        await asyncio.gather(*waiting)

    asyncio.run(main())
    assert order == ["begun", "new", "newer"]


@pytest.mark.parametrize("given_first", [True, False], ids=["with a place just given", "still waiting"])
def test_a_place_is_not_lost_with_whoever_is_cancelled(given_first):
    async def main():
        places = Places(1)
        await places.take(had=0)
        waiting = asyncio.create_task(places.take(had=0))
        await asyncio.sleep(0)
        if given_first:
            places.give_back()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        if not given_first:
            places.give_back()
        next_one = asyncio.create_task(places.take(had=0))
        await asyncio.sleep(0)
        return next_one.done()

    assert asyncio.run(main())


def test_calls_of_one_image_share_its_place_and_images_never_take_more_than_there_are():
    inside, most = Counter(), []

    async def main():
        places = Places(3)

        async def call(image, slot):
            async with slot:
                inside[image] += 1
                most.append(sum(calls > 0 for calls in inside.values()))
                await asyncio.sleep(0.001)
                inside[image] -= 1

        slots = {image: Slot(places) for image in range(10)}
        await asyncio.gather(*(call(image, slot) for image, slot in slots.items() for _ in range(2)))

    asyncio.run(main())
    assert (max(most), len(most)) == (3, 20)


def test_places_may_become_more_and_fewer_while_they_are_taken():
    """Nobody who has a place loses it; of fewer places, none is given until enough are back."""

    async def main():
        places = Places(1)
        await places.take(had=0)
        waiting = [asyncio.create_task(places.take(had=0)) for _ in range(4)]
        await asyncio.sleep(0)
        places.resize(3)
        await asyncio.sleep(0)
        assert [one.done() for one in waiting] == [True, True, False, False]
        places.resize(1)
        for given in (False, False, True):
            places.give_back()
            await asyncio.sleep(0)
            assert waiting[2].done() is given
        places.resize(9)
        await asyncio.gather(*waiting)

    asyncio.run(main())
