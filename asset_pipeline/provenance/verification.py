"""Verifies a folder of collections, or of one, against manifests and ledger; reads, and changes nothing.

Beside a run, a file that is just being delivered may be taken for a changed one: look again when it has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb

from asset_pipeline.errors import SettingsError, SetupError
from asset_pipeline.folders import Folder
from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.reading import read_only
from asset_pipeline.paths import Paths
from asset_pipeline.provenance.books import Books, delivered_collections, read_books
from asset_pipeline.provenance.comparison import Comparison
from asset_pipeline.provenance.findings import Finding, Kind, Report
from asset_pipeline.provenance.manifest import MANIFEST


def verify(folder: Path, *, paths: Paths | None) -> Report:
    """Verify a folder.

    Args:
        folder: The folder of all images, of one collection, or a copy of either.
        paths: The project whose folder it is; its ledger is asked too, unless the folder is a copy elsewhere.

    Raises:
        SetupError: There is no such folder, or the ledger cannot be asked.
        SettingsError: It is a part of a collection.
    """
    if not folder.is_dir():
        raise SetupError(f"{folder} is no folder", fix="name the folder of images, or that of one collection")
    folder = folder.resolve()
    level = _level(folder, paths)
    if level is not None and level > 1:
        raise SettingsError(f"{folder} is a part of a collection", fix="verify the collection's own folder, or all")
    is_one = level == 1 or (level is None and (folder / MANIFEST).is_file())
    names = {folder.name} if is_one else {path.name for path in folder.iterdir() if path.is_dir() and _has_files(path)}
    books: dict[str, Books] | None = None
    if level is not None and paths is not None and paths.database.is_file():
        books = _read_ledger(paths, names, with_others=not is_one)
        names |= set(books)
    findings: list[Finding] = []
    files = 0
    for name in sorted(names):
        comparison = Comparison(
            Folder(folder),
            prefix="" if is_one else f"{name}/",
            collection=name,
            books=books.get(name) if books is not None else None,
            with_ledger=books is not None,
        )
        findings += comparison.findings()
        files += comparison.files
    if not is_one:
        findings += _strays(folder)
    findings.sort(key=lambda finding: (finding.file, finding.kind))
    return Report(files, tuple(sorted(names)), books is not None, tuple(findings))


def _level(folder: Path, paths: Paths | None) -> int | None:
    """Return how deep a folder lies in the project's images; None for one elsewhere."""
    images = paths.images.resolve() if paths else None
    if images is None or not folder.is_relative_to(images):
        return None
    return len(folder.relative_to(images).parts)


def _has_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*"))


def _read_ledger(paths: Paths, names: set[str], *, with_others: bool) -> dict[str, Books]:
    """Return what the ledger says of collections, in one look: of those named, or of all that have files to show."""
    try:
        with read_only(paths.database) as inner:
            connection = Connection(inner)
            wanted = names | delivered_collections(connection) if with_others else names
            found = {name: read_books(connection, name) for name in sorted(wanted)}
    except duckdb.Error as error:
        raise SetupError(
            f"{paths.database} cannot be read: {error}",
            fix="asset-pipeline sync brings an older ledger up to date",
        ) from None
    return {name: books for name, books in found.items() if books is not None}


def _strays(folder: Path) -> Iterator[Finding]:
    """Yield a finding for each file that lies beside the collections."""
    with suppress(OSError):
        for path in folder.iterdir():
            if not path.is_dir():
                yield Finding(Kind.EXTRA, path.name, "it belongs to no collection", "move it away")
