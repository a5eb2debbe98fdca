"""Waiting for what another process does."""

import threading

PAUSE_S = 0.05
PATIENCE = 1200


def until(happened, process):
    """Wait until something has happened, for as long as the process that is to do it runs."""
    for _ in range(PATIENCE):
        if happened():
            return
        assert process.poll() is None, f"it ended before: {process.communicate()[0]}"
        threading.Event().wait(PAUSE_S)
    raise AssertionError("it did not happen in a minute")


def pictures(sandbox):
    """Return the paid predictions on a sandbox's invoice."""
    return [call for call in sandbox.invoice() if call["provider"] == "replicate" and call["usd"] != "0"]


def under_way(sandbox):
    """Return all predictions that a sandbox has taken, paid or not yet."""
    return [call for call in sandbox.invoice() if call["provider"] == "replicate"]


def ended(process):
    """Return exit code and output of a process, once it has ended."""
    out, _ = process.communicate(timeout=120)
    return process.returncode, out
