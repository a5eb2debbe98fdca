"""A quick sandbox, a slow one, and a clock for it."""

import pytest

from asset_pipeline_tests.unit.sandbox.support import Clock, in_process


@pytest.fixture
def quick(tmp_path):
    """A sandbox whose predictions are done at once."""
    with in_process(tmp_path / "sandbox") as one:
        yield one


@pytest.fixture
def slow(tmp_path):
    """A sandbox whose predictions take 100 seconds of its clock."""
    with in_process(tmp_path / "sandbox", latency_s=100) as one:
        yield one


@pytest.fixture
def clock(monkeypatch):
    """The time of day, which can be put forward."""
    return Clock(monkeypatch)
