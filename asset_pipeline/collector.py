"""Keeps Python's garbage collector from stopping an event loop.

A full collection looks at every object there is: with Dagster, a quarter of a second in which nothing else happens,
whichever thread it runs in. What is there before a run stays until its end, so it need not be looked at.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Most garbage is freed at once, without the collector, so it may come seldom; and a full collection a hundred times
# as seldom as Python's own rhythm has it.
THRESHOLDS = (2_000, 10, 1_000)


@contextmanager
def brief_collections() -> Iterator[None]:
    """Look only at what comes to be within the context, and seldom at all of that."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
