"""The settings of flow control; see `asset_pipeline.providers.flow`."""

from __future__ import annotations

from pydantic import Field

from asset_pipeline.settings.section import Section


class FlowSettings(Section):
    """When a provider is given a pause, and when it is given up."""

    breaker_failures: int = Field(5, ge=1, le=1000, description="Failures in a row after which a provider has a pause.")
    breaker_pause_s: float = Field(
        15, gt=0, le=300, description="First pause, in seconds; each one in vain doubles it, up to 300."
    )
    give_up_s: float = Field(
        900, gt=0, le=86_400, description="How long one call waits for its provider in all; then it is left missing."
    )
    abort_share: float = Field(
        0.5, gt=0, le=1, description="A run ends early once more than this share of its calls to a provider failed."
    )
    abort_after: int = Field(10, ge=1, le=10_000, description="Calls to a provider before that is looked at.")
