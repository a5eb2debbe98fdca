"""Reads an old folder as a whole: what becomes of everything in it is decided before any of it is done."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.errors import SetupError
from asset_pipeline.legacy.claims import Names, claims_of
from asset_pipeline.legacy.config import OldConfig
from asset_pipeline.legacy.files import read_files
from asset_pipeline.legacy.findings import Fate, Findings, Include, Record
from asset_pipeline.legacy.fixed import FIXED
from asset_pipeline.legacy.folder import Kind, SourceFile, source_files
from asset_pipeline.legacy.gathering import gather
from asset_pipeline.legacy.matches import matches_text, read_matches
from asset_pipeline.legacy.pictures import Picture, match_pictures, read_pictures
from asset_pipeline.legacy.slugs import slug_of
from asset_pipeline.legacy.yaml_text import spec_text, yaml_text
from asset_pipeline.specs import Collection, require_specs
from asset_pipeline.yamlfile import MEGABYTE

MATCHES_FILE = "matches.yaml"
BUILT_IN_PLACE = "(the old tool's program)"
SPEC_PLACE = "(the new spec)"
MAX_SPEC_MB = 100


@dataclass
class Reading:
    """What an old folder holds, and what becomes of it.

    Args:
        folder: The old folder.
        collection: Name of the new collection.
        files: All its files.
        findings: What became of everything.
        config: What the old settings say.
        spec: Text of the new spec.
        settings: Text of the proposed settings.
        needs_mb: What `specs.max_file_mb` must be for the new spec; None where it is enough as it is.
        wanted: The new spec, as the program itself reads it.
        notes: Prompt files to keep, by name.
        records: The past.
        matches: A list of the pictures that nothing says the image of; empty where there are none.
        pictures: The old pictures; what becomes of them is noted once that is certain.
    """

    folder: Path
    collection: str
    files: Sequence[SourceFile]
    findings: Findings
    config: OldConfig
    spec: str
    settings: str
    needs_mb: int | None
    wanted: Collection
    notes: Mapping[str, str]
    records: Sequence[Record]
    matches: str
    pictures: Sequence[Picture]


def read_folder(
    folder: Path,
    *,
    include: Set[Include],
    collection: str | None,
    matches: Path | None,
    most_enlarged: float,
    max_file_mb: float,
) -> Reading:
    """Read an old folder; nothing is written, and what cannot be read stops nothing.

    Args:
        folder: The old folder.
        include: What is not left out.
        collection: Name of the new collection; made from the theme's or the folder's name if left out.
        matches: A list that says which picture is which image.
        most_enlarged: How many times larger an old picture may have to be made.
        max_file_mb: Largest spec that the commands read, in megabytes.

    Raises:
        SetupError: There is no such folder, or nothing in it is of the old tool.
        SpecError: The list of matches is wrong.
    """
    files = source_files(folder)
    findings = Findings()
    raw = read_files(files, findings)
    if not raw.items and not raw.config.raw:
        raise SetupError(
            f"{folder} has neither a config.json nor YAML files with pages",
            fix="give the folder that has the old tool's config.json and split_yaml/",
        )
    gathered = gather(raw.items, include, findings)
    for kind, images in FIXED.items():
        for slug, title in images.items():
            findings.add(BUILT_IN_PLACE, 0, kind, title, Fate.IMPORTED, f"slug {slug}; it was part of the program")
    name = collection or slug_of(raw.config.name) or slug_of(folder.resolve().name) or "legacy"
    spec = spec_text(name, raw.config, gathered)
    wanted = _as_read(spec)
    needs_mb = _needed_mb(spec, max_file_mb, findings)
    pictures = read_pictures([file for file in files if file.kind is Kind.PICTURE], findings)
    names, shown = Names(name, gathered), [one.file.name for one in pictures]
    by_key = {image.key: image for image in wanted.images}
    claims = dict(claims_of(shown, raw.records, gathered, names))
    if matches:
        claims |= read_matches(matches, pictures=shown, keys=by_key)
    pictures = match_pictures(pictures, claims, by_key, most_enlarged=most_enlarged)
    return Reading(
        folder=folder.resolve(),
        collection=name,
        files=files,
        findings=findings,
        config=raw.config,
        spec=spec,
        settings=yaml_text(raw.config.settings | ({"specs": {"max_file_mb": needs_mb}} if needs_mb else {})),
        needs_mb=needs_mb,
        wanted=wanted,
        notes=raw.notes,
        records=raw.records,
        matches=matches_text(pictures, raw.items, names, file=f"data/legacy/{name}/{MATCHES_FILE}"),
        pictures=pictures,
    )


def _needed_mb(spec: str, max_file_mb: float, findings: Findings) -> int | None:
    """Return the limit that a spec needs, with room for a few words more; None where it is below the one there is."""
    size_mb = len(spec.encode()) / MEGABYTE
    if size_mb <= max_file_mb:
        return None
    needed = min(int(size_mb) + 1, MAX_SPEC_MB)
    said = f"{needed}: the spec has {size_mb:.1f} MB, and no command reads more than {max_file_mb:g} until that is set"
    findings.add(SPEC_PLACE, 0, "setting", "specs.max_file_mb", Fate.IMPORTED, said)
    return needed


def _as_read(spec: str) -> Collection:
    """Return a spec as a run would read it, so that none is written that nobody can read."""
    with tempfile.TemporaryDirectory(prefix="asset-pipeline-legacy-") as folder:
        path = Path(folder) / "spec.yaml"
        path.write_text(spec, encoding="utf-8")
        return require_specs([path], root=path.parent, max_file_mb=MAX_SPEC_MB)[0]
