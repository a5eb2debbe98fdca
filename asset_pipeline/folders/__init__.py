"""Reaches files: by names that are checked, below folders that nothing leads out of, link or not."""

from asset_pipeline.folders.file import FolderFile
from asset_pipeline.folders.folder import Folder
from asset_pipeline.folders.names import check_distinct, check_name, check_place, split_name
from asset_pipeline.folders.part import PartFile, is_half, sweep

__all__ = [
    "Folder",
    "FolderFile",
    "PartFile",
    "check_distinct",
    "check_name",
    "check_place",
    "is_half",
    "split_name",
    "sweep",
]
