"""The old tool's folder, built piece by piece out of texts of our own: as tidy or as messy as a test needs it."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from asset_pipeline.legacy.findings import Finding, Include
from asset_pipeline.legacy.importing import preview
from asset_pipeline.legacy.reading import Reading, read_folder

PAGES = """\
pages:
- {title: Harbour Hub, role: owner, slug: harbour-hub, description: Where ships are listed.}
- {title: Lamp Oil - Orders/Returns, slug: lamp-oil/(orders)}
"""


@dataclass
class OldFolder:
    """A folder of the old tool.

    Args:
        root: Where it is.
    """

    root: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def pages(self, text: str = PAGES, name: str = "01_pages.yaml") -> Path:
        """Write a file of pages."""
        return self.write(f"split_yaml/{name}", text)

    def json(self, name: str, value: Any) -> Path:
        """Write a JSON file."""
        return self.write(name, json.dumps(value, indent=1))

    def picture(self, name: str, *, size: tuple[int, int] = (256, 256), kind: str = "PNG", seed: int = 1) -> bytes:
        """Write a picture, whatever its name says."""
        picture = Image.new("RGB", size, (200, 190, 170))
        edge = min(size) // 4
        picture.paste((40 * seed % 255, 60, 90), (edge, edge, size[0] - edge, size[1] - edge))
        data = io.BytesIO()
        picture.save(data, kind)
        self.write(name, data.getvalue())
        return data.getvalue()

    def store(self, name: str, *statements: str) -> Path:
        """Write a SQLite file whose rows are in its write-ahead log alone."""
        path = self.root / name
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            for statement in statements:
                connection.execute(statement)
            connection.commit()
            main, log = path.read_bytes(), path.with_name(f"{name}-wal").read_bytes()
        path.write_bytes(main)
        path.with_name(f"{name}-wal").write_bytes(log)
        return path

    def read(self, *, include: Sequence[Include] = (), matches: Path | None = None) -> Reading:
        """Read it as `import-legacy --dry-run` does."""
        reading = read_folder(
            self.root,
            include=frozenset(include),
            collection="old",
            matches=matches,
            most_enlarged=1.5,
            max_file_mb=2,
        )
        preview(reading)
        return reading


def tree(folder: Path) -> dict[str, str]:
    """Return every file below a folder with the hash of its bytes, and every folder and link."""
    found = {}
    for path in sorted(folder.rglob("*")):
        what = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        found[str(path.relative_to(folder))] = what
    return found


def found(reading: Reading, kind: str = "", *, name: str = "") -> list[Finding]:
    """Return the findings of a kind, or of a name."""
    return [one for one in reading.findings.all if (not kind or one.kind == kind) and (not name or one.name == name)]
