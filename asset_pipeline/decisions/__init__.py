"""What people decide about images and collections: rows in the ledger's database that take effect."""

from asset_pipeline.decisions.decision import CollectionStanding, Decision, Kind, Outcome
from asset_pipeline.decisions.desk import DecisionDesk, PriceTag

__all__ = ["CollectionStanding", "Decision", "DecisionDesk", "Kind", "Outcome", "PriceTag"]
