"""Slows down whoever guesses: after some failures within a minute, nobody is let in for the rest of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

PER_CLIENT = 5
OVERALL = 30
WINDOW_S = 60.0


class Throttle:
    """Counts failures.

    Args:
        now_s: A clock that never goes back.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._failures: deque[tuple[float, str]] = deque(maxlen=OVERALL)

    def wait_s(self, client: str) -> int:
        """Return after how many seconds a client may try; 0 where it may now."""
        now = self._now_s()
        while self._failures and self._failures[0][0] <= now - WINDOW_S:
            self._failures.popleft()
        own = [at for at, who in self._failures if who == client]
        waits = [0.0]
        if len(own) >= PER_CLIENT:
            waits.append(own[-PER_CLIENT] + WINDOW_S - now)
        if len(self._failures) >= OVERALL:
            waits.append(self._failures[0][0] + WINDOW_S - now)
        longest = max(waits)
        return int(longest) + 1 if longest > 0 else 0

    def failed(self, client: str) -> None:
        """Count a failure."""
        self._failures.append((self._now_s(), client))
