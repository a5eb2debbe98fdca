"""What can be set, from where it comes, and how a wrong value is reported."""

from asset_pipeline.settings.model import (
    ENV_PREFIX,
    BudgetSettings,
    Degradation,
    RolloutSettings,
    SandboxSettings,
    Settings,
)
from asset_pipeline.settings.section import Section

__all__ = [
    "ENV_PREFIX",
    "BudgetSettings",
    "Degradation",
    "RolloutSettings",
    "SandboxSettings",
    "Section",
    "Settings",
]
