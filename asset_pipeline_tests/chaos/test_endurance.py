"""Two hours of work in one process, at the pace of this machine: memory, descriptors and threads stay flat.

For real, an image keeps a place for about thirty seconds (writers, judge, prediction, download). Ten places for two
hours are 2,400 images; the sandbox answers at once, so that they take minutes. `SOAK_IMAGES` says how many instead.
"""

from __future__ import annotations

import ctypes
import gc
import os
import random
import resource
import socket
import statistics
import threading
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from asset_pipeline.defs.stream import stream
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.services import open_pipeline
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline.standing import read_standing
from asset_pipeline_tests.chaos.scripts import script_of
from asset_pipeline_tests.support.holdings import holdings

IMAGES = int(os.environ.get("SOAK_IMAGES", "2400"))
PER_RUN = 40
WARM_UP = 0.2  # share of the runs in which caches fill
MEMORY_TOLERANCE = 0.03
MEMORY_TOLERANCE_MB = 8
# A connection that is just being closed; nothing that grows hides in it.
DESCRIPTOR_TOLERANCE = 4
SECONDS_PER_IMAGE, PLACES = 30, 10
M_ARENA_MAX = -8  # malloc.h
PAGE_MB = resource.getpagesize() / 1e6
SETTINGS = {
    "mode": "sandbox",
    "sandbox__latency_s": "0",
    "replicate__poll_s": "0.01",
    "replicate__lost_after_s": "0",
    "replicate__request_timeout_s": "1",
    "replicate__prediction_timeout_s": "2",
    "openrouter__request_timeout_s": "1",
    "openrouter__usage_lag_s": "0",
    "flow__breaker_pause_s": "0.1",
    "flow__give_up_s": "3",
    "images__in_flight": str(PLACES),
    "rollout__require_approval": "false",
    "budget__total_usd": "99",
    "budget__daily_usd": "99",
    "budget__production_usd": "99",
}
SPEC = """
collection: soak-{number}
theme: {{style: engraved, palette: {{primary: "#1F3A4D", accent: "#D9A441"}}}}
types: {{textures: {{model: black-forest-labs/flux-schnell, size: 64x64}}}}
images:
"""


class Sample(NamedTuple):
    """What the process holds after a run."""

    memory_mb: float
    descriptors: int
    threads: int


def use_one_arena() -> None:
    """Let all threads share one heap; glibc keeps up to eight per core, each as large as it ever was."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(M_ARENA_MAX, 1)


def sample(root: Path) -> Sample:
    """Return what this process holds now."""
    gc.collect()
    held = holdings(root)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Sample(pages * PAGE_MB, held.descriptors.total(), held.threads.total())


@pytest.fixture
def far_sandbox(project):
    """A sandbox in a process of its own: what it takes is not ours."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = project.start("sandbox", "--port", port, "--latency", "0", "--quick")
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/_sandbox/invoice").raise_for_status()
                break
            except httpx.TransportError:
                assert process.poll() is None
                threading.Event().wait(0.05)
        yield url
    finally:
        process.terminate()
        process.communicate()


def want(project, number: int) -> list[str]:
    """Specify a collection of its own for a run, and return its images."""
    lines = [f"  - {{type: textures, title: Sheet {number} of {n}}}" for n in range(PER_RUN)]
    path = project.spec(SPEC.format(number=number) + "\n".join(lines) + "\n")
    opened = project.open()
    (collection,) = require_specs([path], root=opened.root, max_file_mb=2)
    with Database(opened.paths.database) as database:
        Catalog(database).sync([collection])
    return [image.key for image in collection.images]


async def work(pipeline, keys):
    """Do what a run does."""
    await pipeline.reconcile()
    async with aclosing(pipeline.run(keys, list(Asset))) as results:
        async for result in results:
            yield result
    await pipeline.contact_sheets({key.partition(".")[0] for key in keys})


def run(project, keys, *, stop_after: int | None = None) -> None:
    """Make images as Dagster's op does, on a loop in a thread; or stop early, as an interrupt would."""
    results = stream(partial(open_pipeline, project.open()), partial(work, keys=keys))
    for number, _ in enumerate(results):
        if number == stop_after:
            break
    results.close()


def one_round(project, url: str, number: int) -> None:
    """Make a collection: every third time under faults and once more, every fourth time interrupted before."""
    keys = want(project, number)
    if number % 3 == 0:
        httpx.post(f"{url}/_sandbox/faults", json=script_of(number)).raise_for_status()
    if number % 4 == 0:
        run(project, keys, stop_after=random.Random(number).randrange(PER_RUN))
    run(project, keys)
    if number % 3 == 0:
        httpx.post(f"{url}/_sandbox/faults", json=[]).raise_for_status()
        run(project, keys)
    opened = project.open()
    with Database(opened.paths.database) as database:
        read_standing(opened, database)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see what a process holds")
def test_memory_descriptors_and_threads_stay_flat_for_two_hours(project, far_sandbox, record_property, monkeypatch):
    project.set(**SETTINGS, sandbox__url=far_sandbox)
    for name, value in project.env.items():
        monkeypatch.setenv(name, value)
    use_one_arena()
    rounds = max(6, IMAGES // PER_RUN)
    samples = []
    for number in range(rounds):
        one_round(project, far_sandbox, number)
        samples.append(sample(project.root))
    left = samples[int(rounds * WARM_UP) :]
    third = max(1, len(left) // 3)
    first, last = (
        Sample(*(statistics.median(values) for values in zip(*part, strict=True)))
        for part in (left[:third], left[-third:])
    )
    made = project.rows("SELECT count(*) FROM images WHERE state = 'done'")[0][0]
    hours = made * SECONDS_PER_IMAGE / PLACES / 3600
    record_property(
        "soak",
        f"{rounds} runs, {made} images, {hours:.1f} h of work; in the first and the last third after warm-up"
        f" memory {first.memory_mb:.0f} and {last.memory_mb:.0f} MB (most {max(s.memory_mb for s in samples):.0f}),"
        f" descriptors {first.descriptors:.0f} and {last.descriptors:.0f},"
        f" threads {first.threads:.0f} and {last.threads:.0f}",
    )
    assert last.memory_mb <= first.memory_mb * (1 + MEMORY_TOLERANCE) + MEMORY_TOLERANCE_MB
    assert last.descriptors <= first.descriptors + DESCRIPTOR_TOLERANCE
    assert last.threads <= first.threads
    assert made >= 0.8 * rounds * PER_RUN
