"""YAML in, wanted images out: the spec format, its loader with file:line errors, and the catalog.

Nothing here calls a provider or spends anything.
"""

from asset_pipeline.specs.catalog import Catalog, ImageRow
from asset_pipeline.specs.loader import LoadedSpecs, load_specs, require_specs, spec_files
from asset_pipeline.specs.syncing import CollectionChange, SyncReport
from asset_pipeline.specs.wanted import Collection, ImageType, Theme, WantedImage

__all__ = [
    "Catalog",
    "Collection",
    "CollectionChange",
    "ImageRow",
    "ImageType",
    "LoadedSpecs",
    "SyncReport",
    "Theme",
    "WantedImage",
    "load_specs",
    "require_specs",
    "spec_files",
]
