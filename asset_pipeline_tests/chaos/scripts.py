"""Random scripts of faults, the same for a seed every time."""

from __future__ import annotations

import random
from typing import Any

from asset_pipeline.sandbox.fates import FATES
from asset_pipeline.sandbox.faults import LATE, RESET, WRONG_CHECKSUM
from asset_pipeline.sandbox.misanswers import MISANSWERS
from asset_pipeline.sandbox.refusals import REFUSALS
from asset_pipeline.sandbox.wire import LOSSES

# `low_credit` slows a run down for ten minutes, as it should; it has tests of its own.
TOO_SLOW = {"low_credit"}
FAULTS = 14
_EVERYWHERE = [name for name in (*REFUSALS, *LOSSES, RESET) if name not in TOO_SLOW]
_PREDICTIONS = [name for name in FATES if name != "succeeded"]
_ON_FREE = ("server_error", "bad_gateway", "unavailable", "throttled", "cut_body", RESET)


def script_of(seed: int) -> list[dict[str, Any]]:
    """Return a script: faults of every kind, at requests that chance picks."""
    chance = random.Random(seed)
    return [_fault(chance) | {"nth": chance.randint(1, 12)} for _ in range(FAULTS)]


def _fault(chance: random.Random) -> dict[str, Any]:
    kind = chance.randrange(5)
    if kind == 0:
        return {"fault": chance.choice(_EVERYWHERE), "on": chance.choice(["predictions", "chat"])}
    if kind == 1:
        return {"fault": chance.choice(list(MISANSWERS))}
    if kind == 2:
        return {"fault": chance.choice(_ON_FREE), "on": chance.choice(["get", "download"])}
    if kind == 3:
        return {"fault": chance.choice([LATE, WRONG_CHECKSUM])}
    return {"fault": chance.choice(_PREDICTIONS)}
