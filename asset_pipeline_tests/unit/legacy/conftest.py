"""Fixtures for what is taken over from the old tool."""

import pytest

from asset_pipeline_tests.support.old_folders import OldFolder


@pytest.fixture
def old(tmp_path):
    """A folder of the old tool with two pages."""
    folder = OldFolder(tmp_path / "old")
    folder.pages()
    return folder
