"""Rate limits: what the `ratelimit` headers count down, and who is sent away.

Documented: 600 creates and 3000 other requests a minute, short bursts above it allowed. Recorded: the first request of
a second leaves 599, 2999, or 59999 for a look at a prediction, and `ratelimit-reset` is 1. A bucket that is filled
again all the time shows exactly that, so it is how the sandbox counts; how Replicate counts is not documented.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from enum import Enum

MINUTE_S = 60.0
# Where nobody is sent away the buckets are full again after a second, as the recorded headers look.
SECOND_S = 1.0


class Kind(Enum):
    """What is counted together, with how many requests fit into its bucket."""

    CREATE = 600
    OTHER = 3000
    LOOK = 60_000


@dataclass(frozen=True)
class Taken:
    """What a request was given.

    Args:
        remaining: Requests that could follow at once.
        reset_s: Seconds until none of them is missing, rounded up.
        retry_after_s: Seconds after which to come back, if it was sent away; else 0.
    """

    remaining: int
    reset_s: int
    retry_after_s: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers that say so."""
        found = {"ratelimit-remaining": str(self.remaining), "ratelimit-reset": str(self.reset_s)}
        return found | ({"Retry-After": str(self.retry_after_s)} if self.retry_after_s else {})


@dataclass
class _Bucket:
    size: int
    refill_s: float
    left: float = field(init=False)
    filled_at: float = 0.0

    def __post_init__(self) -> None:
        self.left = float(self.size)

    def take(self, now: float, *, limited: bool) -> Taken:
        per_s = self.size / self.refill_s
        self.left = min(self.size, self.left + max(0.0, now - self.filled_at) * per_s)
        self.filled_at = now
        if self.left < 1 and limited:
            return Taken(0, self._full_in(per_s), max(1, math.ceil((1 - self.left) / per_s)))
        self.left = max(0.0, self.left - 1)
        return Taken(int(self.left), self._full_in(per_s))

    def _full_in(self, per_s: float) -> int:
        return max(1, math.ceil((self.size - self.left) / per_s))


class Limits:
    """Counts the requests that reach this process.

    Args:
        limited: Whether those above the limits are sent away; else the headers count, and that is all.
    """

    def __init__(self, *, limited: bool) -> None:
        self._limited = limited
        refill_s = MINUTE_S if limited else SECOND_S
        self._buckets = {kind: _Bucket(kind.value, refill_s) for kind in Kind}

    def take(self, kind: Kind) -> Taken:
        """Count a request."""
        return self._buckets[kind].take(time.time(), limited=self._limited)
