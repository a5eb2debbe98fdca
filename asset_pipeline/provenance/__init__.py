"""Where a finished file comes from: said in the file itself, in a manifest beside it, and checked against both."""

from asset_pipeline.provenance.embedding import read_provenance, save_options
from asset_pipeline.provenance.record import Provenance

__all__ = ["Provenance", "read_provenance", "save_options"]
