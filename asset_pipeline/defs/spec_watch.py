"""Decides what a look at the folder of specs leads to: which images to make, and which files are wrong.

Knows nothing of sensors; what it remembers between two looks is a plain mapping.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.errors import Problem
from asset_pipeline.folders import Folder
from asset_pipeline.specs import Catalog, load_specs, spec_files
from asset_pipeline.specs.states import DONE

# A file that is still being written is left for the next look.
SETTLED_AFTER_S = 1.0


@dataclass(frozen=True)
class Wish:
    """Images of one collection that are to be made.

    Args:
        collection: Its name.
        revision: Of the collection; a spec that is changed back is a new wish.
        keys: The images.
    """

    collection: str
    revision: int
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What a look at the folder found.

    Args:
        seen: Hash by file of those that need no further look; to be remembered.
        wishes: What to make.
        problems: What is wrong, in the files that are.
        is_news: Whether any file was new, changed or deleted.
    """

    seen: Mapping[str, str]
    wishes: tuple[Wish, ...]
    problems: tuple[Problem, ...]
    is_news: bool


def look(folder: Path, *, root: Path, catalog: Catalog, seen: Mapping[str, str], max_file_mb: float) -> Look:
    """Read the specs that are new or changed, and take the good ones into the catalog; retire what is deleted.

    A bad file is not remembered, so it is read again at the next look, and taken when it has been mended. Where
    anything is new, the others are read along with it: two files never have the same collection.

    Args:
        folder: Of the specs.
        root: Folder that names in messages are relative to.
        catalog: Takes the good ones.
        seen: What the last look remembered.
        max_file_mb: Largest file that is read, in megabytes.
    """
    reader = Folder(folder)
    hashes = {path: _hash(reader, path.name) for path in spec_files(folder) if _is_settled(path)}
    fresh = {path for path, sha256 in hashes.items() if seen.get(str(path)) != sha256}
    owners = {(root / file).resolve() for file in catalog.collection_files().values()}
    # A collection stays with the file that has it: whichever comes later with the same name has a problem.
    ordered = sorted(hashes, key=lambda path: (path in fresh, path.resolve() not in owners))
    loaded = load_specs(ordered if fresh else [], root=root, max_file_mb=max_file_mb, within=folder)
    new = {_shown(path, root) for path in fresh}
    report = catalog.sync([collection for collection in loaded.collections if collection.file in new])
    gone = catalog.collections_gone(folder, root=root)
    catalog.retire_collections(gone)
    good = {collection.file for collection in loaded.collections}
    remembered = {str(path): sha256 for path, sha256 in hashes.items() if not fresh or _shown(path, root) in good}
    wishes = [Wish(one.collection, one.revision, unmade(catalog, one.collection)) for one in report.changes]
    return Look(remembered, tuple(wish for wish in wishes if wish.keys), loaded.problems, is_news=bool(fresh or gone))


def _hash(folder: Folder, name: str) -> str:
    """Return the hash of a file; one that cannot be read has none, and whoever loads it says why."""
    try:
        return hashlib.sha256(folder.read(folder.inner(name))).hexdigest()
    except OSError:
        return ""


def _shown(path: Path, root: Path) -> str:
    """Return a file's name as its collection has it."""
    real = path.resolve()
    return str(real.relative_to(root) if real.is_relative_to(root) else real)


def _is_settled(path: Path) -> bool:
    return time.time() - path.stat().st_mtime >= SETTLED_AFTER_S


def unmade(catalog: Catalog, collection: str) -> tuple[str, ...]:
    """Return the images of a collection that are not done."""
    return tuple(key for key, row in catalog.images(collection=collection).items() if row.state != DONE)


def show_problems(problems: Sequence[Problem]) -> str:
    """Return problems as they are shown to people, one a line."""
    return "\n".join(str(problem) for problem in problems)
