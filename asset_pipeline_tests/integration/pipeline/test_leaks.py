"""Whatever way a piece of work ends, it leaves nothing behind: no task, thread, descriptor or half file."""

import asyncio
import os
import tempfile
import threading
from contextlib import aclosing
from dataclasses import replace

import pytest

from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.services import open_pipeline
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.support.holdings import holdings
from asset_pipeline_tests.support.specs import spec_of

IMAGES = 3


class StoppedHereError(Exception):
    """Breaks work off."""


@pytest.fixture
def opened(project, tmp_path, monkeypatch):
    """A project with images to make, and a folder of its own for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    project.spec(spec_of(IMAGES))
    one = project.open(sandbox={"latency_s": 0.2}, replicate={"poll_s": 0.02})
    with Database(one.paths.database) as database:
        Catalog(database).sync(require_specs([one.paths.specs], root=one.root, max_file_mb=1))
    return one


async def make(opened, *, stop_after=None):
    """Make all images, or break off after so many results; say which tasks are left."""
    try:
        async with (
            open_pipeline(opened) as pipeline,
            aclosing(pipeline.run(list(pipeline.catalog.images()), list(Asset))) as results,
        ):
            count = 0
            async for _ in results:
                count += 1
                if count == stop_after:
                    raise StoppedHereError
    except StoppedHereError:
        assert stop_after
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def cancel(opened, *, times):
    """Begin to make images, and be cancelled while they are under way; say which tasks are left."""
    task = asyncio.create_task(make(opened))
    await asyncio.sleep(0.3)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0.01)
    await asyncio.wait([task])
    assert task.cancelled()
    return [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(make, id="to its end"),
        pytest.param(lambda opened: make(opened, stop_after=2), id="by an error of who takes the results"),
        pytest.param(lambda opened: cancel(opened, times=1), id="cancelled"),
        pytest.param(lambda opened: cancel(opened, times=3), id="cancelled again while it ends"),
    ],
)
def test_however_it_ends_nothing_is_left(opened, work, capsys):
    before = holdings(opened.root)
    assert asyncio.run(work(opened)) == []
    assert holdings(opened.root).beyond(before) == []
    said = "".join(capsys.readouterr())
    assert "broke off" not in said
    assert "shutdown" not in said


def test_connections_to_a_provider_are_closed(opened, sandbox):
    settings = opened.settings
    served = replace(
        opened,
        settings=settings.model_copy(update={"sandbox": settings.sandbox.model_copy(update={"url": sandbox.url})}),
    )

    def sockets():
        return holdings(opened.root).descriptors["socket"]

    before = sockets()
    assert asyncio.run(make(served)) == []
    for _ in range(100):  # the server, which lives in this process, closes its ends a moment later
        if sockets() <= before:
            break
        threading.Event().wait(0.05)
    assert sockets() <= before


def test_what_a_killed_process_has_left_half_written_goes_at_the_next_start(opened):
    dead = "999999999"
    paths = opened.paths
    folders = [
        paths.images / "test" / "icons",
        paths.originals,
        paths.answers / "sandbox",
        paths.wakeups,
        paths.reports,
    ]
    halves = []
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        halves.append(folder / f".{dead}-half.part")
        (folder / f".{os.getpid()}-mine.part").write_bytes(b"still being written")
        halves[-1].write_bytes(b"half")
    assert asyncio.run(make(opened)) == []
    assert [path for path in halves if path.exists()] == []
    assert all((folder / f".{os.getpid()}-mine.part").exists() for folder in folders)
