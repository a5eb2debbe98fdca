"""Specs written into a folder and read from it."""

import pytest

from asset_pipeline.specs import load_specs


@pytest.fixture
def load(tmp_path):
    """Write files, named by keyword or `spec.yaml`, and return what the loader makes of their folder."""
    folder = tmp_path / "specs"

    def written(text=None, *, max_file_mb=2.0, **files):
        folder.mkdir(exist_ok=True)
        for name, content in ({"spec": text} if text is not None else files).items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.yaml").write_bytes(data)
        return load_specs([folder], root=folder, max_file_mb=max_file_mb)

    return written
