"""Whether another process on this machine is still there."""

from __future__ import annotations

import os


def is_running(process_id: int) -> bool:
    """Say whether a process of this machine runs; one of somebody else does as well."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
