"""How a step of the work can end other than well; what a caller branches on, so values and not exceptions."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.ledger import Barred, NotMade, Refused, Stopped, Unresolved
from asset_pipeline.redaction import redact


@dataclass(frozen=True)
class Failed:
    """It did not work, and running again as it is may not help.

    Args:
        reason: Why, for people.
        is_lost: It was paid for, and only a person can have it bought again.
        may_fall_back: It certainly cost nothing and brought nothing, and so may be tried in another way at once.
    """

    reason: str
    is_lost: bool = False
    may_fall_back: bool = False

    def __post_init__(self) -> None:
        """Keep secrets out: the reason goes into the database, the log and Dagster."""
        object.__setattr__(self, "reason", redact(self.reason))


@dataclass(frozen=True)
class Waiting:
    """It is not done and nothing is wrong with it: a budget, a provider, or a call whose outcome is not known yet.

    Args:
        reason: Why, for people.
        refused: The budget that stopped it, if one did.
        may_fall_back: The provider did not take it, and so another one may be asked at once.
    """

    reason: str
    refused: Refused | None = None
    may_fall_back: bool = False

    def __post_init__(self) -> None:
        """Keep secrets out: the reason goes into the database, the log and Dagster."""
        object.__setattr__(self, "reason", redact(self.reason))


@dataclass(frozen=True)
class Gated(Waiting):
    """It is not done, because a person has to decide first: about its collection, or about the image itself."""


@dataclass(frozen=True)
class Notice:
    """Something that whoever watches a run should know, and that belongs to no image.

    Args:
        message: It, for people.
    """

    message: str


@dataclass(frozen=True)
class LeftOut:
    """An image that nobody works on: a person has rejected it, or it is not in the catalog.

    Args:
        key: The image.
        reason: Why, and what to do, for people.
        is_rejected: Whether a person does not want it, which is no failure; otherwise no spec does.
    """

    key: str
    reason: str
    is_rejected: bool


def left_out(key: str, *, is_rejected: bool) -> LeftOut:
    """Return that nobody works on an image, with what to do."""
    if is_rejected:
        then = "`asset-pipeline approve KEY` takes that back, `asset-pipeline regenerate KEY` has another one made"
        return LeftOut(key, f"it is rejected; {then}", is_rejected)
    return LeftOut(key, "no spec wants it; `asset-pipeline sync` brings partitions in step with the specs", is_rejected)


def not_bought(ending: Refused | Barred | NotMade | Unresolved | Stopped) -> Failed | Waiting:
    """Return what it means for an image that a call did not come about."""
    if isinstance(ending, Refused):
        return Waiting(ending.message, ending)
    if isinstance(ending, Barred):
        return Gated(ending.reason)
    if isinstance(ending, Stopped):
        return Waiting("stopped before it was its turn")
    if isinstance(ending, Unresolved):
        return Waiting(f"{ending.reason}; its money stays held until `asset-pipeline reconcile` has found out")
    if ending.later:
        return Waiting(ending.reason, may_fall_back=True)
    return Failed(ending.reason, may_fall_back=True)
