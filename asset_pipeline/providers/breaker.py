"""Stops sending to a provider that does not work, and finds out, one request at a time, when it does again."""

from __future__ import annotations

import math

MAX_PAUSE_S = 300.0


class Breaker:
    """Opens after failures in a row; then one probe after each pause, the pauses doubling, until one is answered.

    Args:
        failures: So many in a row open it.
        pause_s: The first pause, in seconds.
    """

    def __init__(self, *, failures: int, pause_s: float) -> None:
        self._limit = failures
        self._first_pause_s = pause_s
        self._failures = 0
        self._probe_is_out = False
        self.pause_s = pause_s
        self.open_until: float | None = None

    def adopt(self, *, failures: int, pause_s: float) -> None:
        """Take other bounds; a pause that has begun lasts as long as it was meant to."""
        if not self.is_open and self.pause_s == self._first_pause_s:
            self.pause_s = pause_s
        self._limit = failures
        self._first_pause_s = pause_s

    @property
    def is_open(self) -> bool:
        """Whether only probes pass."""
        return self.open_until is not None

    def wait_s(self, now: float) -> float:
        """Return how long it takes until one may pass; endless while a probe is out."""
        if self.open_until is None:
            return 0.0
        return math.inf if self._probe_is_out else max(0.0, self.open_until - now)

    def admit(self) -> bool:
        """Let one pass, as `wait_s` was 0; say whether it is a probe."""
        self._probe_is_out = self.is_open
        return self._probe_is_out

    def withdraw(self) -> None:
        """Take back a probe that was not sent, or that nothing was learned from."""
        self._probe_is_out = False

    def answered(self) -> bool:
        """Close, as the provider works; say whether it was open."""
        was_open = self.is_open
        self._failures = 0
        self.open_until = None
        self._probe_is_out = False
        self.pause_s = self._first_pause_s
        return was_open

    def failed(self, now: float, *, is_probe: bool) -> bool:
        """Count a failure; say whether a pause begins. While it is open, only a probe tells anything new."""
        self._failures += 1
        if self.is_open:
            if not is_probe:
                return False
            self.pause_s = min(self.pause_s * 2, MAX_PAUSE_S)
        elif self._failures < self._limit:
            return False
        self._probe_is_out = False
        self.open_until = now + self.pause_s
        return True
