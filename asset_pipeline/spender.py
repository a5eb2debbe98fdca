"""On whose account a call is made."""

from __future__ import annotations

from dataclasses import dataclass

from asset_pipeline.ledger import Stage
from asset_pipeline.slots import Slot
from asset_pipeline.specs import WantedImage


@dataclass(frozen=True)
class Spender:
    """An image that money is spent for.

    Args:
        wanted: The image.
        stage: Which budget pays.
        run_id: The Dagster run, if any.
        slot: Its place among those that wait for a provider.
        note: Kept with each call; what is left out of the image, if anything is.
        approval: Id of the approval that it is made under, if it is.
    """

    wanted: WantedImage
    stage: Stage
    run_id: str | None
    slot: Slot
    note: str | None = None
    approval: str | None = None
