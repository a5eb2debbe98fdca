"""A prediction of the sandbox: where it stands at a moment follows from when it was created and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The share of its time that a prediction waits for a machine; from then on it is processing.
WAITING_SHARE = 0.25
RUNNING = ("starting", "processing")


@dataclass(frozen=True)
class StoredPrediction:
    """A prediction as the sandbox keeps it.

    Args:
        id: 26 characters, as Replicate's.
        model: `owner/name`.
        version: 64 hex digits, or `hidden`.
        input: What the model takes of what came.
        fate: What was decided about it; see `asset_pipeline.sandbox.fates`.
        ending: The status it ends in.
        created_at: Unix time.
        duration_s: How long it takes.
        canceled_at: Unix time, if it was canceled.
        deadline_s: Seconds after which it is ended from outside, if the request said so.
        deployment: `owner/name` of the deployment it was asked of, if it was.
        webhook: Address that is told of it, if the request named one.
        events: What that address is told.
        number: Its place in the order of creation.
    """

    id: str
    model: str
    version: str
    input: Mapping[str, Any]
    fate: str
    ending: str
    created_at: float
    duration_s: float
    canceled_at: float | None = None
    deadline_s: float | None = None
    deployment: str | None = None
    webhook: str | None = None
    events: tuple[str, ...] = ()
    number: int = 0

    @property
    def begins_s(self) -> float:
        """Seconds after its creation at which a machine begins with it."""
        return self.duration_s * WAITING_SHARE

    @property
    def ends_s(self) -> float:
        """Seconds after its creation at which it ends, whoever ends it; infinite for one that nobody ends."""
        ends = [self.duration_s]
        if self.canceled_at is not None:
            ends.append(self.canceled_at - self.created_at)
        if self.deadline_s is not None:
            ends.append(self.deadline_s)
        return min(ends)

    @property
    def ran_s(self) -> float:
        """Seconds that a machine has worked on it, at its end."""
        return max(0.0, self.ends_s - self.begins_s)

    @property
    def has_begun(self) -> bool:
        """Whether a machine has begun with it by its end."""
        return self.ran_s > 0 or self.ends_s >= self.duration_s

    def status(self, now: float) -> str:
        """Return its status at a moment."""
        age_s = now - self.created_at
        if self.canceled_at is not None:
            return "canceled"
        if age_s < self.ends_s:
            return "starting" if age_s < self.begins_s else "processing"
        if self.deadline_s is not None and self.deadline_s <= self.duration_s:
            return "aborted" if self.deadline_s <= self.begins_s else "canceled"
        return self.ending

    def is_running(self, now: float) -> bool:
        """Say whether it has not ended yet."""
        return self.status(now) in RUNNING
