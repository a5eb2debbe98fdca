"""What a provider can answer to a paid request; what the door branches on, and the flow learns from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asset_pipeline.redaction import redact


@dataclass(frozen=True)
class Room:
    """How much more a provider would take just now; only plenty was ever recorded, what it says before the end was not.

    Args:
        remaining: Requests.
        reset_s: Seconds until it takes as many as ever again.
    """

    remaining: int
    reset_s: float


@dataclass(frozen=True)
class Accepted:
    """The provider took the request; from here on it costs money.

    Args:
        provider_call_id: The provider's id of it.
        body: The answer, parsed.
        raw: The answer as it came.
        room: How much more it would take, if it says.
    """

    provider_call_id: str
    body: Any
    raw: bytes
    room: Room | None = None


class Cause(StrEnum):
    """Whose fault a rejection is."""

    REQUEST = "request"  # the request's own; others may pass
    PARAMETERS = "parameters"  # of the way it was asked; the same asked in another way may pass
    THROTTLED = "throttled"  # there were too many
    DOWN = "down"  # the provider is not there, or cannot just now
    NOT_FOUND = "not_found"  # there is nothing of that name
    ACCOUNT = "account"  # the key or the credit; none will pass until a person has seen to it


@dataclass(frozen=True)
class Rejected:
    """The provider certainly did nothing.

    Args:
        reason: What it said.
        retry: Whether the same may work later.
        retry_after_s: When, if the provider said so, in seconds.
        cause: Whose fault it is.
    """

    reason: str
    retry: bool = False
    retry_after_s: float | None = None
    cause: Cause = Cause.REQUEST

    def __post_init__(self) -> None:
        """Keep secrets out, should a provider send them back."""
        object.__setattr__(self, "reason", redact(self.reason))


@dataclass(frozen=True)
class Lost:
    """Nobody knows whether the provider did something.

    Args:
        reason: How the answer got lost.
        provider_call_id: The provider's id, where at least that came.
    """

    reason: str
    provider_call_id: str | None = None

    def __post_init__(self) -> None:
        """Keep secrets out, should a provider send them back."""
        object.__setattr__(self, "reason", redact(self.reason))


Reply = Accepted | Rejected | Lost
