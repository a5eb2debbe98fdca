"""Counts how calls end, so that a run in which most of them fail stops before it has spent its budget on failures."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class _Count:
    calls: int = 0
    failed: int = 0


@dataclass
class Tally:
    """How a run's calls ended, by provider: one that works must not hide one that does not.

    Args:
        share: More than this share of failures is too many.
        after: So many calls are made before anything is concluded.
    """

    share: float
    after: int
    _counts: dict[str, _Count] = field(default_factory=dict)

    def count(self, provider: str, failure: str | None) -> str | None:
        """Count a call that has ended; say what is wrong, if that is one failure too many.

        Args:
            provider: Whom it went to.
            failure: Why it failed; None where it brought what was wanted.
        """
        count = self._counts.setdefault(provider, _Count())
        count.calls += 1
        if failure is None:
            return None
        count.failed += 1
        if count.calls < self.after or count.failed <= self.share * count.calls:
            return None
        return (
            f"{count.failed} of {count.calls} calls to {provider} failed, so no more are made in this run;"
            f" the last: {failure}"
        )
