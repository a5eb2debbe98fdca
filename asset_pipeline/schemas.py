"""Writes the JSON Schemas of `pipeline.yaml` and of a spec, so that editors complete and check them.

`python -m asset_pipeline.schemas` writes both; with `--check` it only says whether they are up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from asset_pipeline.paths import find_root
from asset_pipeline.settings import Settings
from asset_pipeline.specs.models import Spec

SETTINGS_SCHEMA = "pipeline.schema.json"
SPEC_SCHEMA = "data/specs/spec.schema.json"


def schemas() -> dict[str, str]:
    """Return the text of each schema by its path in the project."""
    return {SETTINGS_SCHEMA: _text(Settings.model_json_schema()), SPEC_SCHEMA: _text(Spec.model_json_schema())}


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"}, indent=2) + "\n"


def outdated(root: Path) -> list[str]:
    """Return the schemas whose file differs from what the code says."""
    return [
        name for name, text in schemas().items() if not (root / name).is_file() or (root / name).read_text() != text
    ]


def main(arguments: list[str]) -> int:
    """Write or check the schemas."""
    root = find_root()
    if "--check" in arguments:
        stale = outdated(root)
        for name in stale:
            sys.stderr.write(f"{name} is out of date: make schemas\n")
        return 1 if stale else 0
    for name, text in schemas().items():
        (root / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
