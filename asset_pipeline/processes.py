"""Who a process is, and whether another one on this machine is still there."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

# So long may a process of another host take for one step of its work: more than the settings let a request wait.
STEP_S = 1900


def this_process() -> str:
    """Return who we are: host, process id, and when the process began, where the system says so."""
    pid = os.getpid()
    return ":".join([socket.gethostname(), str(pid), *_began(pid)])


def may_work(owner: str, *, stepped_at: datetime, now: datetime) -> bool:
    """Say whether a process that has begun something may still be working on it.

    The id alone does not tell: after a restart of a container, another process has it. Of another host, which a
    container that was made anew is too, only the time tells.

    Args:
        owner: As `this_process` has called it.
        stepped_at: When it last took a step, UTC.
        now: The time, UTC.
    """
    host, pid, *began = owner.split(":")
    if host != socket.gethostname():
        return now - stepped_at < timedelta(seconds=STEP_S)
    return is_running(int(pid)) and (not began or began == _began(int(pid)))


def _began(process_id: int) -> list[str]:
    """Return the boot and the clock tick at which a process began; nothing where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
        stat = Path(f"/proc/{process_id}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return []
    # proc(5): field 22, counted from behind the name in brackets, which may hold anything.
    return [f"{boot[:8]}-{stat.rpartition(')')[2].split()[19]}"]


def is_running(process_id: int) -> bool:
    """Say whether a process of this machine runs; one of somebody else does as well."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
