"""Where everything stands at the end of a run."""

from dataclasses import dataclass

from asset_pipeline.ledger.budgets import Budget


@dataclass(frozen=True)
class Standing:
    """Where the budgets stand, and how much of each collection waits for review."""

    budgets: list[Budget]
    waiting: dict[str, int]
