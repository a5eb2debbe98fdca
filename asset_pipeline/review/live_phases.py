"""Where a collection is on its way from its sample to the last image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """What a person has decided about a collection.

    Args:
        is_approved: Whether an approval counts now.
        canary_passed: Whether the first images under it were good.
        control: `paused` or `stopped`, where somebody said so.
    """

    is_approved: bool = False
    canary_passed: bool = False
    control: str | None = None

    def phase(self, *, is_gated: bool) -> str:
        """Return the phase: `sample`, `canary`, `production`, `paused`, `stopped`, or `open` where nothing is gated.

        Args:
            is_gated: Whether collections have to be approved.
        """
        if self.control:
            return self.control
        if not is_gated:
            return "open"
        if self.is_approved:
            return "production" if self.canary_passed else "canary"
        return "sample"
