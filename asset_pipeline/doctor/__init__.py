"""Looks at everything around the project, and says of each thing whether it is right and what to do where it is not."""

from asset_pipeline.doctor.deep import deep_findings
from asset_pipeline.doctor.finding import Finding
from asset_pipeline.doctor.providers import provider_findings
from asset_pipeline.doctor.staging import Stand, Step, staging
from asset_pipeline.doctor.surroundings import surroundings

__all__ = ["Finding", "Stand", "Step", "deep_findings", "provider_findings", "staging", "surroundings"]
