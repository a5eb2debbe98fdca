"""Does what was decided about an old folder: pictures and history first, the report and the new spec last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asset_pipeline.errors import LegacyFileError, PathError, SetupError
from asset_pipeline.folders import Folder, FolderFile, sweep
from asset_pipeline.images.files import FileStore, StoredFile
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.legacy.adoption import Adoptable, Adopter
from asset_pipeline.legacy.folder import read_bytes
from asset_pipeline.legacy.history_rows import save_pictures, save_records
from asset_pipeline.legacy.pictures import Picture, note_pictures
from asset_pipeline.legacy.reading import MATCHES_FILE, MAX_SPEC_MB, Reading
from asset_pipeline.legacy.report import as_json, as_markdown, json_text
from asset_pipeline.project import Project
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.redaction import redact, redact_tree
from asset_pipeline.settings import Settings
from asset_pipeline.specs import WantedImage, load_specs
from asset_pipeline.yamlfile import KeyPath, show_key


@dataclass(frozen=True)
class Target:
    """Where the new spec goes.

    Args:
        path: The file.
        is_there: Whether that file says exactly this already.
        instead_of: The spec of the same name that somebody has changed, and which stays; None where there is none.
        images: The images of the spec that counts, by key.
    """

    path: Path
    is_there: bool
    instead_of: Path | None
    images: Mapping[str, WantedImage]


@dataclass(frozen=True)
class Done:
    """What an import has done.

    Args:
        target: Where the spec is.
        folder: Where everything else is.
        new_records: Records that were not there before.
        new_pictures: Pictures that were not there before.
    """

    target: Target
    folder: Path
    new_records: int
    new_pictures: int


def find_target(reading: Reading, project: Project, out: Path | None) -> Target:
    """Return where the spec of an old folder goes; nothing that somebody has changed is written over.

    Raises:
        SetupError: The collection is another spec's, or the named file says something else.
    """
    path = (out or project.paths.specs / f"{reading.collection}.yaml").resolve()
    if path.is_dir():
        raise SetupError(f"{path} is a folder", where="--out", fix="give the file that the spec is to be")
    images = {image.key: image for image in reading.wanted.images}
    for one in load_specs([project.paths.specs], root=project.root, max_file_mb=MAX_SPEC_MB).collections:
        if one.name != reading.collection:
            continue
        if (project.root / one.file).resolve() != path:
            fix = "give this one another name with --collection"
            raise SetupError(f"{one.file} has a collection {one.name!r} already", fix=fix)
        images = {image.key: image for image in one.images}
    if not path.exists():
        return Target(path, False, None, images)
    if path.read_text(encoding="utf-8", errors="replace") == reading.spec:
        return Target(path, True, None, images)
    if out:
        raise SetupError(f"{path} is there and says something else", fix="move it away, or give another --out")
    return Target(project.paths.legacy / reading.collection / path.name, False, path, images)


def preview(reading: Reading) -> None:
    """Note what would become of the pictures; nothing is written."""
    note_pictures(reading.pictures, reading.findings)


def write_import(reading: Reading, target: Target, *, project: Project, database: Database) -> Done:
    """Write everything; what was written before is there once.

    Raises:
        LegacyFileError: A file cannot be written, or an old one is gone.
    """
    folder = project.paths.legacy / reading.collection
    try:
        kept = _keep_pictures(reading, project)
        refused, new_records, new_pictures = database.run(
            lambda connection: _keep_past(connection, reading, kept, target, PriceTable(project.settings.prices))
        )
        note_pictures([_after(one, refused) for one in reading.pictures], reading.findings)
        _write_files(reading, target, project.paths.folder(project.paths.legacy))
    except PathError:
        raise
    except OSError as error:
        raise LegacyFileError(
            f"{error.filename2 or error.filename} cannot be written: {error.strerror}",
            fix="look at the disk and the folder's rights, and import again: nothing is added twice",
        ) from error
    return Done(target, folder, new_records, new_pictures)


def _keep_past(
    connection: Connection,
    reading: Reading,
    kept: Sequence[tuple[Picture, StoredFile]],
    target: Target,
    prices: PriceTable,
) -> tuple[dict[str, str], int, int]:
    """Adopt pictures and keep the past; return which images were not adopted and why, and how much is new."""
    chosen = {one.claim.image_key: (one, one.claim, file) for one, file in kept if one.is_adopted and one.claim}
    these = [
        Adoptable(target.images[key], claim, file, one.seen, one.file.name)
        for key, (one, claim, file) in chosen.items()
        if key in target.images
    ]
    refused = Adopter(prices, connection).adopt(these)
    refused |= {key: "your spec has no such image" for key in chosen if key not in target.images}
    after = [(_after(one, refused), file) for one, file in kept]
    records = save_records(connection, reading.records, collection=reading.collection)
    return refused, records, save_pictures(connection, after, collection=reading.collection)


def _write_files(reading: Reading, target: Target, legacy: Folder) -> None:
    texts = {f"prompts/{name}": text for name, text in reading.notes.items()}
    if reading.matches and not legacy.is_file(f"{reading.collection}/{MATCHES_FILE}"):
        texts[MATCHES_FILE] = reading.matches  # one that is there may be half looked through
    texts["pipeline.yaml"] = reading.settings
    texts["report.json"] = json_text(redact_tree(as_json(reading)))
    texts["report.md"] = redact(as_markdown(reading))
    for name, text in texts.items():
        FolderFile(legacy, f"{reading.collection}/{name}").write(text.encode())
    if not target.is_there:  # last: a sensor may start with it at once
        FolderFile(Folder(target.path.parent), target.path.name).write(reading.spec.encode())


def _keep_pictures(reading: Reading, project: Project) -> list[tuple[Picture, StoredFile]]:
    """Copy pictures: those that are adopted to the originals, the others to where people can look at them."""
    files = FileStore(project.paths)
    legacy = project.paths.folder(project.paths.legacy)
    sweep(legacy, project.paths.folder(project.paths.originals))
    kept = []
    for one in reading.pictures:
        data = read_bytes(one.file)
        if one.is_adopted:
            file = files.keep_original(files.part_of(data), format=one.seen.format)
        else:
            name = f"{reading.collection}/images/{one.kept_name}"
            FolderFile(legacy, name).write(data)
            file = StoredFile(f"{project.paths.legacy.name}/{name}", one.sha256, len(data))
        kept.append((one, file))
    return kept


def _after(one: Picture, refused: Mapping[str, str]) -> Picture:
    """Return a picture with what became of it."""
    why = refused.get(one.claim.image_key, "") if one.claim and one.is_adopted else ""
    return replace(one, is_adopted=False, why=why) if why else one


def differing_settings(reading: Reading, project: Project) -> Sequence[tuple[str, str, str]]:
    """Return the proposed settings that are not as they are now: key, old tool's value, value now."""
    proposed = Settings(**reading.config.settings)
    return [
        (show_key(key), _shown(old), _shown(_at(project.settings, key)))
        for key, old in _pairs(reading.config.settings)
        if _at(proposed, key) != _at(project.settings, key)
    ]


def _pairs(tree: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    for section, value in tree.items():
        if isinstance(value, dict):
            yield from (((section, key), one) for key, one in value.items())
        else:
            yield (section,), value


def _at(settings: Settings, path: KeyPath) -> object:
    value: object = settings
    for part in path:
        value = value.get(part) if isinstance(value, dict) else getattr(value, str(part))
    return value


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
