"""Checks of pictures before they are accepted: free, on this machine, and without any state.

`check_picture` looks at one image, `check_duplicates` at all of a collection.
"""

from asset_pipeline.images.checks.check import Bound, Check
from asset_pipeline.images.checks.duplicates import check_duplicates
from asset_pipeline.images.checks.hashes import perceptual_hash
from asset_pipeline.images.checks.picture import check_picture

__all__ = ["Bound", "Check", "check_duplicates", "check_picture", "perceptual_hash"]
