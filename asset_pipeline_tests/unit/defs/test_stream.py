"""The bridge between the event loop and Dagster's generator: order, errors, and an early stop."""

import subprocess
import sys
import threading
from functools import partial

import pytest

from asset_pipeline.defs.stream import stop_all, stream
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.services import open_pipeline
from asset_pipeline.specs import Catalog, load_specs
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.specs import spec_of


@pytest.fixture
def opened(home):
    """Opens the façade over a spec of twelve images, one waiting for a provider at a time."""
    collections = load_specs([home.spec(spec_of(12))], root=home.root, max_file_mb=1).collections
    with Database(new_ledger(home.database)) as database:
        Catalog(database).sync(collections)
    return partial(open_pipeline, home.open(images={"in_flight": 1}))


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "pipeline"]


def test_what_the_work_yields_arrives_in_its_order(opened):
    async def work(_):
        for number in range(1000):
            yield number

    assert list(stream(opened, work)) == list(range(1000))
    assert threads() == []


def test_an_error_of_the_work_is_raised_where_its_results_are_taken_after_them(opened):
    async def work(_):
        yield "first"
        raise ArithmeticError("broken")

    results = stream(opened, work)
    assert next(results) == "first"
    with pytest.raises(ArithmeticError, match="broken"):
        next(results)
    assert threads() == []


def test_the_work_goes_on_while_nobody_takes_its_results(opened):
    is_done = threading.Event()

    async def work(_):
        for number in range(100):
            yield number
        is_done.set()

    results = stream(opened, work)
    assert next(results) == 0
    assert is_done.wait(30)
    assert list(results) == list(range(1, 100))


@pytest.mark.parametrize("by", ["its consumer", "somebody else, as its consumer is suspended"])
def test_an_early_stop_leaves_no_call_open_and_starts_no_further_image(opened, home, by):
    async def work(pipeline):
        async for result in pipeline.run(list(pipeline.catalog.images()), list(Asset)):
            yield result

    results = stream(opened, work)
    while next(results).asset is not Asset.GENERATED_IMAGES:
        pass
    results.close() if by == "its consumer" else stop_all()
    assert threads() == []
    made = len(home.images())
    assert 1 <= made < 12
    assert home.rows("SELECT count(*) FROM calls WHERE held_usd > 0") == [(0,)]
    paid = home.rows("SELECT count(*) FROM calls WHERE provider = 'replicate' AND cost_usd > 0")[0][0]
    assert paid == made


# Work that never ends by itself; it is interrupted, and again while it is still saying so.
INTERRUPTED = """
import asyncio, os, signal
from contextlib import asynccontextmanager
import structlog
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline.defs.stream import stream

class Pipeline:
    def stop(self):
        pass

@asynccontextmanager
async def opened():
    yield Pipeline()

async def work(pipeline):
    yield "begun"
    await asyncio.sleep(60)

def interrupt_again(logger, name, event):
    os.kill(os.getpid(), signal.SIGINT)
    raise structlog.DropEvent

structlog.configure(processors=[interrupt_again])
for item in stream(opened, work):
    os.kill(os.getpid(), signal.SIGINT)
"""


def test_a_second_interrupt_leaves_at_once_however_soon_it_comes():
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (
        130, "left at once; what was under way is picked up by the next run\n",
    )  # fmt: skip
