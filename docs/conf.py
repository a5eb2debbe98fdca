"""Sphinx: the guide is written by hand, the reference of settings, specs, commands and views is read from the code."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from reference import write_reference

from asset_pipeline import __version__

project = "asset-pipeline"
author = "the asset-pipeline maintainers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"asset-pipeline {version}"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"

write_reference(HERE / "_generated")
