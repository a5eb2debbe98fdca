"""How many requests a provider is sent: so many per minute, and so many at once. Plain arithmetic, without a clock."""

from __future__ import annotations

import math

MINUTE_S = 60.0
CUT = 0.75
# What a sum of small steps may be short of one.
_ROUNDING = 1e-9


class Bucket:
    """A rate limit: tokens come in at an even pace, and each request takes one.

    What is reserved stays in the bucket until it is taken, so that nobody who sends later than planned adds to a
    burst: in any minute no more is taken than the rate and one bucket.

    Args:
        per_minute: The rate; 0 for no limit.
        now: Time, in seconds.
    """

    def __init__(self, per_minute: float, *, now: float) -> None:
        self._usual_per_minute = per_minute
        self._slow_until = -math.inf
        self._set(per_minute)
        self._level = self.burst
        self._reserved = 0
        self._filled_at = now

    def adopt(self, per_minute: float, *, now: float) -> None:
        """Take another rate; where a lower one has been asked for, once that is over."""
        if per_minute == self._usual_per_minute:
            return
        self._fill(now)
        self._usual_per_minute = per_minute
        if self._slow_until == -math.inf:
            self._set(per_minute)

    def _set(self, per_minute: float, burst: float | None = None) -> None:
        self.per_minute = per_minute
        self.burst = max(1.0, per_minute / MINUTE_S) if burst is None else burst

    def slow_down(self, per_minute: float, *, until: float, now: float) -> bool:
        """Take a lower rate without bursts, until a time; say whether that is new."""
        self._fill(now)
        is_new = self._slow_until <= now or per_minute != self.per_minute
        if is_new:
            self._set(per_minute, 1.0)
            self._level = 0.0
        self._slow_until = until
        return is_new

    def wait_s(self, now: float) -> float:
        """Return how long it takes until one more can be reserved; endless where it depends on those that are."""
        self._fill(now)
        missing = 1.0 + self._reserved - self._level
        if not self.per_minute or missing <= _ROUNDING:
            return 0.0
        if self._reserved + 1 > self.burst:
            return math.inf
        return missing * MINUTE_S / self.per_minute

    def reserve(self) -> None:
        """Keep a token for somebody; `wait_s` was 0."""
        self._reserved += 1

    def give_back(self) -> None:
        """Keep a token for nobody any more."""
        self._reserved -= 1

    def can_take(self, now: float) -> bool:
        """Say whether a reserved token is there; after a change to a lower rate it may not be."""
        self._fill(now)
        return not self.per_minute or self._level >= 1.0 - _ROUNDING

    def take(self) -> None:
        """Take a reserved token; `can_take` was true."""
        self._reserved -= 1
        self._level = max(0.0, self._level - 1.0)

    def _fill(self, now: float) -> None:
        grown = (now - self._filled_at) * self.per_minute / MINUTE_S
        self._level = min(self.burst, self._level + grown)
        self._filled_at = now
        if self._slow_until != -math.inf and now >= self._slow_until:
            self._slow_until = -math.inf
            self._set(self._usual_per_minute)


class Window:
    """How many requests may be under way: fewer where the provider says that it is too much, slowly more again.

    Args:
        start: Where it starts, which is also its most.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        self.size = start
        self._successes = 0
        self._begun = 0
        self._cut_at = 0

    def adopt(self, most: int) -> None:
        """Take another most; a window that the provider has narrowed stays so, and may grow up to it."""
        self.size = most if self.size == self.start else min(self.size, most)
        self.start = most

    def begin(self) -> int:
        """Count a request that is sent; return its number."""
        self._begun += 1
        return self._begun

    def succeeded(self) -> None:
        """Grow by one for every window's worth of successes."""
        self._successes += 1
        if self.size < self.start and self._successes >= self.size:
            self.size += 1
            self._successes = 0

    def throttled(self, number: int) -> bool:
        """Shrink, unless a request that was sent after this one's round trip has shrunk it; say whether it did."""
        if number <= self._cut_at:
            return False
        self._cut_at = self._begun
        self._successes = 0
        self.size = max(1, int(self.size * CUT))
        return True
