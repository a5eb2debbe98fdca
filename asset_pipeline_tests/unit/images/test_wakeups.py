"""Word that a prediction has ended is left in a folder by one process, and ends the waiting of another."""

import asyncio
import os
import stat

import pytest

from asset_pipeline.folders import Folder
from asset_pipeline.images.wakeups import KEPT_S, Wakeup, Wakeups, WakeupSpool
from asset_pipeline_tests.support.virtual_time import in_virtual_time

PREDICTION, CALL = "gm3qorzdhgbfurvjtvhg6dckhu", "5b09c1d2e3f45b09c1d2e3f45b09c1d2"
LONG_S = 3600.0


def wakeup(prediction_id=PREDICTION, call_id=CALL, status="succeeded"):
    return Wakeup(prediction_id, call_id, status)


@pytest.fixture
def folder(tmp_path):
    """Where wake-ups lie; it is made by the first."""
    return tmp_path / "data" / "wakeups"


@pytest.fixture
def spool(folder):
    return WakeupSpool(Folder(folder))


def waited(spool, *prediction_ids, timeout_s=LONG_S, wakeups=None):
    """Wait for predictions, all at once; return whether each was woken."""

    async def main():
        async with asyncio.timeout(60):
            one = wakeups or Wakeups(spool)
            return await asyncio.gather(*(one.wait(name, timeout_s) for name in prediction_ids))

    return asyncio.run(main())


@pytest.mark.parametrize("field", ["prediction_id", "call_id", "status"])
@pytest.mark.parametrize("value", ["", "..", "../x", "a/b", "A", "a\n", "a\0", ".x", "é", "x" * 65])
def test_what_is_more_than_a_plain_name_is_no_wakeup(field, value):
    with pytest.raises(ValueError, match="small letters and digits"):
        wakeup(**{field: value})


def test_a_wakeup_is_one_file_named_after_its_prediction_and_sent_again_it_is_the_same(spool, folder):
    for _ in range(3):
        spool.put(wakeup())
    (file,) = folder.iterdir()
    assert file.name == PREDICTION
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert spool.names() == {PREDICTION}
    assert spool.predictions_of(CALL) == [PREDICTION]
    assert spool.predictions_of(CALL[::-1]) == []


def test_without_a_folder_there_are_none_and_nothing_is_made(spool, folder):
    assert (spool.names(), spool.predictions_of(CALL)) == (frozenset(), [])
    spool.take(PREDICTION)
    spool.sweep()
    assert not folder.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"{}", b"\xff", b"[" * 900, b'{"prediction_id": 7, "call_id": "c", "status": "s"}',
        b'{"prediction_id": "other", "call_id": "c", "status": "s"}', b'{"prediction_id": "p", "call_id": "c"}',
        b'{"prediction_id": "p", "call_id": "c", "status": "s", "more": 1}',
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_is_no_hint(spool, folder, content):
    folder.mkdir(parents=True)
    (folder / "p").write_bytes(content)
    assert spool.predictions_of("c") == []


def test_old_wakeups_and_halves_of_dead_processes_are_swept_and_nothing_else(spool, folder):
    spool.put(wakeup("old"))
    spool.put(wakeup("new"))
    for name in (".999999999-x.part", f".{os.getpid()}-x.part"):
        (folder / name).touch()
    then = (folder / "old").stat().st_mtime - KEPT_S - 1
    os.utime(folder / "old", (then, then))
    spool.sweep()
    assert {file.name for file in folder.iterdir()} == {"new", f".{os.getpid()}-x.part"}


def test_one_that_has_come_before_anybody_waited_ends_the_waiting_and_is_used_up(spool, folder):
    spool.put(wakeup())
    spool.put(wakeup("other"))
    assert waited(spool, PREDICTION) == [True]
    assert spool.names() == {"other"}


def test_one_that_comes_while_somebody_waits_ends_the_waiting(spool):
    async def main():
        async with asyncio.timeout(60):
            waiting = asyncio.create_task(Wakeups(spool).wait(PREDICTION, LONG_S))
            await asyncio.sleep(0)
            await asyncio.to_thread(spool.put, wakeup())
            return await waiting

    assert asyncio.run(main())


def test_each_of_many_who_wait_is_woken_by_its_own(spool):
    names = [f"p{number}" for number in range(50)]
    for name in names:
        spool.put(wakeup(name))
    assert waited(spool, *names) == [True] * 50
    assert spool.names() == frozenset()


def test_without_one_the_waiting_ends_with_its_time(spool):
    spool.put(wakeup("other"))
    assert waited(spool, PREDICTION, timeout_s=0) == [False]
    assert waited(spool, PREDICTION, timeout_s=0.01) == [False]
    assert spool.names() == {"other"}


def test_one_wakeup_wakes_once(spool):
    async def main():
        wakeups = Wakeups(spool)
        return [await wakeups.wait(PREDICTION, 0) for _ in range(2)]

    spool.put(wakeup())
    assert asyncio.run(main()) == [True, False]


def test_where_none_are_expected_waiting_is_sleeping():
    async def main(clock):
        wakeups = Wakeups(None)
        return wakeups.are_expected, await wakeups.wait(PREDICTION, LONG_S), clock()

    assert in_virtual_time(main) == (False, False, LONG_S)


def test_a_name_that_is_no_name_of_a_prediction_is_waited_for_and_removes_nothing(spool, folder):
    spool.put(wakeup())
    (folder.parent / "kept").touch()
    spool.take("../kept")
    assert (folder.parent / "kept").exists()
    assert waited(spool, "../kept", timeout_s=0) == [False]
