"""Reads spec files and says everything that is wrong in all of them at once; a bad file never hides the good ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from asset_pipeline.errors import PathError, Problem, SetupError, SpecError
from asset_pipeline.folders import Folder, FolderFile, check_name
from asset_pipeline.redaction import holds_key
from asset_pipeline.specs.expand import PAGE_TYPES, expand, image_key, variant_slug
from asset_pipeline.specs.explain import explain
from asset_pipeline.specs.fields import MAX_LINE, MAX_SLUG, slugify
from asset_pipeline.specs.models import Spec
from asset_pipeline.specs.wanted import Collection, WantedImage
from asset_pipeline.yamlfile import MEGABYTE, KeyPath, YamlDocument, read_yaml

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class LoadedSpecs:
    """What could be read, and what could not.

    Args:
        collections: The good files' collections.
        problems: Everything that is wrong in the others.
        bad_files: The files with problems.
    """

    collections: tuple[Collection, ...]
    problems: tuple[Problem, ...]
    bad_files: tuple[str, ...]


def spec_files(folder: Path) -> list[Path]:
    """Return the spec files in a folder, by name; hidden files are none."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file() and path.name[0] != "."
    )


def load_specs(files: Iterable[Path], *, root: Path, max_file_mb: float, within: Path | None = None) -> LoadedSpecs:
    """Read and validate spec files.

    What a person names may be anywhere, and a link to anywhere; what is only found in a folder must be in it.

    Args:
        files: The files; a folder stands for the spec files in it.
        root: Folder that names in messages are relative to.
        max_file_mb: Largest file that is read, in megabytes.
        within: The folder that the files were found in, if they were.

    Returns:
        Collections of the good files and problems of the bad ones, in the order given.
    """
    collections: list[Collection] = []
    problems: list[Problem] = []
    bad: list[str] = []
    taken: dict[str, str] = {}
    for path, folder in _each_file(files, within):
        document = _read(path, folder, root, max_bytes=int(max_file_mb * MEGABYTE))
        shown = document.file
        found, collection = _load(document)
        if collection and collection.name in taken:
            found.append(
                document.problem(
                    ("collection",),
                    f"{collection.name!r} is already the collection of {taken[collection.name]}",
                )
            )
        if found or collection is None:
            problems += found
            bad.append(shown)
            continue
        taken[collection.name] = shown
        collections.append(collection)
    return LoadedSpecs(tuple(collections), tuple(problems), tuple(bad))


def require_specs(files: Sequence[Path], *, root: Path, max_file_mb: float) -> tuple[Collection, ...]:
    """Read spec files that must all be good.

    Raises:
        SetupError: No file was named, or a named one is not there.
        SpecError: At least one file has a problem.
    """
    for path in files:
        if not path.exists():
            raise SetupError(f"there is no spec {path}", fix="give the path of a YAML file, or of a folder of them")
    loaded = load_specs(files, root=root, max_file_mb=max_file_mb)
    if loaded.problems:
        raise SpecError(loaded.problems)
    if not loaded.collections:
        raise SetupError("no spec was found", fix="give the path of a YAML file, or of a folder of them")
    return loaded.collections


def _each_file(files: Iterable[Path], within: Path | None) -> Iterator[tuple[Path, Folder | None]]:
    """Yield each file once, with the folder that it was found in."""
    seen: set[Path] = set()
    for path in files:
        place = path if path.is_dir() else within
        folder = Folder(place) if place else None
        for each in spec_files(path) if path.is_dir() else [path]:
            resolved = each.resolve()
            if resolved not in seen:
                seen.add(resolved)
                yield each, folder


def _read(path: Path, folder: Folder | None, root: Path, *, max_bytes: int) -> YamlDocument:
    """Read a file; one that was found in a folder, by the folder's handle."""
    if folder is None:
        real = path.resolve()
        return read_yaml(real, shown=_shown(real, root), max_bytes=max_bytes)
    try:
        file = FolderFile(folder, folder.inner(path.name))
    except PathError as error:
        document = YamlDocument(file=_shown(path, root))
        document.problems.append(document.problem((), f"{error.what}; {error.fix}"))
        return document
    return read_yaml(file, shown=_shown(file.path, root), max_bytes=max_bytes)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _load(document: YamlDocument) -> tuple[list[Problem], Collection | None]:
    problems = list(document.problems)
    if document.data is None:
        return problems or [document.problem((), "the file is empty")], None
    if not isinstance(document.data, dict):
        return [
            *problems,
            document.problem((), "a spec is made of keys with values, such as `collection: my-icons`"),
        ], None
    problems += [*_duplicates(document), *_without_slug(document), *_keys_in(document, document.data, ())]
    try:
        spec = Spec.model_validate(document.data)
    except ValidationError as error:
        return problems + [explain(one, document) for one in error.errors()], None
    if not problems and not (spec.images or spec.pages):
        problems.append(document.problem((), "no images: list some under `images:` or `pages:`"))
    if problems:
        return problems, None
    try:
        images = tuple(expand(spec))
    except ValueError as error:
        return [document.problem(("types",) if spec.types else ("images",), str(error))], None
    clash = _clash(images)
    if clash:
        return [document.problem(("images",) if spec.images else ("pages",), clash)], None
    return [], Collection(
        name=spec.collection,
        title=spec.title or spec.collection,
        file=document.file,
        sha256=document.sha256,
        images=images,
        sample=spec.sample,
    )


def _clash(images: Sequence[WantedImage]) -> str | None:
    """Return which two images would write the same file; None where each has files of its own."""
    owners: dict[tuple[str, str], str] = {}
    for image in images:
        for name in (f"{image.slug}.{image.format}", *(one.name for one in image.renditions)):
            other = owners.setdefault((image.type, name), image.key)
            if other != image.key:
                return f"{other} and {image.key} would both be the file {name}: give one of them another slug"
    return None


def _without_slug(document: YamlDocument) -> list[Problem]:
    """Return the titles that give no slug, or one too long for a file name, even where other parts are wrong."""
    problems = []
    for path, entry in (*_entries(document.data, "images"), *_entries(document.data, "pages")):
        title = entry.get("title")
        if entry.get("slug") is not None or not isinstance(title, str) or not title.strip():
            continue
        said = _no_slug(title)
        if said:
            problems.append(document.problem((*path, "title"), said))
    return problems


def _no_slug(title: str) -> str | None:
    """Return why a title gives no slug that files can be named after; None where it does."""
    slug = slugify(title)
    if not slug:
        return f"{title!r} gives no slug; add one, such as slug: my-image"
    if len(slug) > MAX_LINE >= len(title):
        return f"gives a slug of {len(slug)} characters; add one of at most {MAX_SLUG}"
    try:
        check_name(slug)
    except PathError as error:
        return f"{error.what}; add a slug, such as slug: {slug}-image"
    return None


def _keys_in(document: YamlDocument, value: Any, path: KeyPath) -> Iterator[Problem]:  # noqa: ANN401 - any YAML
    """Yield the texts that hold a key: a spec is sent to models and kept in the database, as it is."""
    if isinstance(value, str):
        if holds_key(value):
            yield document.problem(path, "there is a key in it; take it out, and have it replaced by a new one")
    elif isinstance(value, dict | list):
        for part, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _keys_in(document, one, (*path, part))


def _duplicates(document: YamlDocument) -> list[Problem]:
    """Return the image keys that are wanted twice, even where other parts of the file are wrong."""
    collection = document.data.get("collection")
    first: dict[str, int] = {}
    problems = []
    for path, kind, slug in _named_images(document.data):
        key = image_key(str(collection), kind, slug)
        if key in first:
            problems.append(document.problem(path, f"the image {key} is already wanted on line {first[key]}"))
        first.setdefault(key, document.line(path))
    return problems


def _named_images(data: dict[str, Any]) -> Iterator[tuple[KeyPath, str, str]]:
    for path, entry in _entries(data, "images"):
        slug, variants = _slug_of(entry), entry.get("variants", 1)
        if slug and isinstance(variants, int):
            for variant in range(1, min(variants, 20) + 1):
                yield path, str(entry.get("type")), variant_slug(slug, variant)
    for path, entry in _entries(data, "pages"):
        slug = _slug_of(entry)
        if slug:
            for kind in PAGE_TYPES:
                yield path, kind, slug


def _entries(data: dict[str, Any], name: str) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    entries = data.get(name)
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield (name, index), entry


def _slug_of(entry: dict[str, Any]) -> str | None:
    slug, title = entry.get("slug"), entry.get("title")
    if isinstance(slug, str):
        return slug
    return slugify(title) if isinstance(title, str) else None
