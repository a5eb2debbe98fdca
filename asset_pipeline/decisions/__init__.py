"""What people decide about images and collections: rows in the ledger's database that take effect."""

from asset_pipeline.decisions.decision import CollectionStanding, Decision, Kind, Outcome

__all__ = ["CollectionStanding", "Decision", "Kind", "Outcome"]
