"""Whether whoever has begun something may still be at it."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from asset_pipeline import processes
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.processes import STEP_S, may_work, this_process

HERE = socket.gethostname()
AGES_S = [0, 86_400]


def works(owner, age_s=0):
    """Say whether somebody may still work who took a step so long ago."""
    now = utc_now()
    return may_work(owner, stepped_at=now - timedelta(seconds=age_s), now=now)


@pytest.mark.parametrize("age_s", AGES_S)
def test_a_process_that_runs_may_work_however_long_its_step_takes(age_s):
    assert works(this_process(), age_s)
    assert works(f"{HERE}:{os.getpid()}", age_s)  # as earlier versions called it


@pytest.mark.parametrize("age_s", AGES_S)
def test_one_that_has_ended_does_not(age_s):
    code = "from asset_pipeline.processes import this_process; print(this_process())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert not works(ended, age_s)
    assert not works(":".join(ended.split(":")[:2]), age_s)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells when a process began")
@pytest.mark.parametrize("began", ["00000000-1", "another"])
def test_one_whose_id_another_process_has_by_now_does_not(began):
    assert not works(f"{HERE}:{os.getpid()}:{began}")


def test_where_the_system_does_not_say_when_a_process_began_its_id_has_to_do(monkeypatch):
    monkeypatch.setattr(processes, "_began", lambda process_id: [])
    assert this_process() == f"{HERE}:{os.getpid()}"
    assert works(this_process())


def test_of_another_host_only_the_time_since_its_last_step_tells():
    elsewhere = f"not-{HERE}:{os.getpid()}:0-1"
    assert works(elsewhere, STEP_S - 10)
    assert not works(elsewhere, STEP_S + 10)
