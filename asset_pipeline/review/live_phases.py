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

    def phase(self, *, has_sample: bool) -> str:
        """Return the phase: `sample`, `canary`, `production`, `paused`, `stopped`, or `open` where nothing is gated.

        Args:
            has_sample: Whether images of the collection are marked as its sample.
        """
        if self.control:
            return self.control
        if self.is_approved:
            return "production" if self.canary_passed else "canary"
        return "sample" if has_sample else "open"
