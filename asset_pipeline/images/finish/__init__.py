"""What is done to an original, which is free: cropped to its subject, brought to a size, and encoded."""

from asset_pipeline.images.finish.background import NotPlain, remove_background
from asset_pipeline.images.finish.crop import crop_box
from asset_pipeline.images.finish.finished import Finished, Rendition, finish, renditions

# Counts up with each change of what comes out; then all files are finished again from their originals, for nothing.
FINISH_VERSION = 2

__all__ = [
    "FINISH_VERSION",
    "Finished",
    "NotPlain",
    "Rendition",
    "crop_box",
    "finish",
    "remove_background",
    "renditions",
]
