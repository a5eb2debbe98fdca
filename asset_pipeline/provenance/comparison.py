"""Compares one collection's folder with its manifest, and both with the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pydantic import ValidationError

from asset_pipeline.errors import PathError
from asset_pipeline.folders import Folder, is_half
from asset_pipeline.provenance.books import Books
from asset_pipeline.provenance.embedding import read_provenance
from asset_pipeline.provenance.findings import Finding, Kind, make_again, write_again
from asset_pipeline.provenance.manifest import MANIFEST, FilePart, Manifest, RenditionPart, sums

_PIXELS = {"width", "height"}
_LISTED = 5


class Comparison:
    """One collection's folder.

    Args:
        folder: The folder that is verified.
        prefix: Where the collection is in it, with a `/` at its end; empty where it is the collection's own.
        collection: Its name.
        books: What the ledger says of it; None where the ledger does not know it, or is not asked.
        with_ledger: Whether the ledger is asked.
    """

    def __init__(self, folder: Folder, *, prefix: str, collection: str, books: Books | None, with_ledger: bool) -> None:
        self._folder = folder
        self._prefix = prefix
        self._collection = collection
        self._books = books
        self._with_ledger = with_ledger
        self._booked = {one.path: one for one in books.manifest.files} if books else {}
        self._rejected = books.rejected if books else frozenset()
        self._said: dict[str, FilePart] = {}

    @property
    def files(self) -> int:
        """How many delivered files were looked for."""
        return len(self._said | self._booked)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        manifest = self._manifest()
        if isinstance(manifest, Finding):
            yield manifest
            if not self._booked:
                return  # nothing to compare its files with
        else:
            self._said = {one.path: one for one in manifest.files}
            yield from self._sums(manifest)
            yield from self._against_ledger(manifest)
        expected = self._said | self._booked  # where they differ, that has been said: the ledger knows better
        for path, one in expected.items():
            yield from self._file(path, one)
            for further in one.renditions:
                yield from self._rendition(one, further)
        yield from self._extras({*expected, *(further.path for one in expected.values() for further in one.renditions)})

    def _made_again(self, one: FilePart) -> str:
        return make_again(one.image_key, with_ledger=self._with_ledger)

    @property
    def _written_again(self) -> str:
        return write_again(self._collection, with_ledger=self._with_ledger)

    def _finding(self, kind: Kind, path: str, message: str, fix: str) -> Finding:
        return Finding(kind, f"{self._prefix}{path}", message, fix)

    def _about_manifest(self, kind: Kind, message: str) -> Finding:
        return self._finding(kind, MANIFEST, message, self._written_again)

    def _manifest(self) -> Manifest | Finding:
        """Return the manifest, or why it cannot be read."""
        try:
            return Manifest.model_validate_json(self._folder.read(f"{self._prefix}{MANIFEST}"))
        except FileNotFoundError:
            return self._about_manifest(Kind.NO_MANIFEST, "there is no manifest")
        except OSError as error:
            return self._about_manifest(Kind.UNREADABLE, f"the manifest cannot be read: {error.strerror}")
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            return self._about_manifest(
                Kind.UNREADABLE, f"this is not a manifest: {f'{where}: ' if where else ''}{first['msg']}"
            )

    def _sums(self, manifest: Manifest) -> Iterator[Finding]:
        """Yield what does not add up in a manifest by itself."""
        totals = manifest.totals
        for name, said, counted in zip(
            ("files", "bytes", "cost_usd"),
            (totals.files, totals.bytes, totals.cost_usd),
            sums(manifest.files),
            strict=True,
        ):
            if said != counted:
                yield self._about_manifest(Kind.SUMS, f"totals.{name} is {said}, and its files add up to {counted}")
        for one in manifest.files:
            cost = sum(call.cost_usd for call in one.calls)
            if one.cost_usd != cost:
                message = f"the manifest says that it cost {one.cost_usd}, and its calls add up to {cost}"
                yield self._finding(Kind.SUMS, one.path, message, self._written_again)
        if len(self._said) < len(manifest.files):
            yield self._about_manifest(Kind.SUMS, "a file is listed twice")

    def _against_ledger(self, manifest: Manifest) -> Iterator[Finding]:
        """Yield where a manifest and the ledger say different things."""
        if not self._with_ledger:
            return
        if self._books is None:
            yield self._about_manifest(Kind.DISAGREES, f"the ledger knows no collection {self._collection!r}")
            return
        booked = self._books.manifest
        differing = [path for path in sorted(self._said | self._booked) if self._differ(path)]
        heads_differ = _head(manifest) != _head(booked)
        if manifest.as_of < booked.as_of and (differing or heads_differ):
            names = ", ".join(differing[:_LISTED]) + (", ..." if len(differing) > _LISTED else "")
            about = f"; since then it has other things to say of {len(differing)} files ({names})" if differing else ""
            yield self._about_manifest(
                Kind.OLDER,
                f"the manifest is of {manifest.as_of:%Y-%m-%d %H:%M:%S} UTC, and the ledger has gone on until"
                f" {booked.as_of:%Y-%m-%d %H:%M:%S} UTC{about}",
            )
            return
        for path in differing:
            fix = self._written_again
            yield self._finding(Kind.DISAGREES, path, self._difference(path), fix)
        if heads_differ and not differing:
            yield self._about_manifest(Kind.DISAGREES, "its title or totals are not those of the ledger")

    def _differ(self, path: str) -> bool:
        said, booked = self._said.get(path), self._booked.get(path)
        return said is None or booked is None or _without_pixels(said) != _without_pixels(booked)

    def _difference(self, path: str) -> str:
        said, booked = self._said.get(path), self._booked.get(path)
        if said is None:
            return "the ledger has delivered it, and the manifest does not list it"
        if booked is None:
            return "the manifest lists it, and the ledger knows no such file of an image that is wanted"
        ours, theirs = _without_pixels(said), _without_pixels(booked)
        name = next(name for name in ours if ours[name] != theirs[name])
        return f"{name} is {_brief(ours[name])} in the manifest, and {_brief(theirs[name])} in the ledger"

    def _file(self, path: str, one: FilePart) -> Iterator[Finding]:
        """Yield what is wrong with a delivered file."""
        try:
            data = self._folder.read(f"{self._prefix}{path}")
        except PathError as error:
            yield self._finding(Kind.CHANGED, path, error.what, f"remove it; {self._made_again(one)}")
            return
        except (FileNotFoundError, NotADirectoryError):
            if path in self._rejected:
                return
            yield self._finding(Kind.MISSING, path, f"the file of {one.image_key} is gone", self._made_again(one))
            return
        except OSError as error:
            message = f"it cannot be read: {error.strerror}"
            yield self._finding(Kind.UNREADABLE, path, message, "look at the disk and the file's rights")
            return
        if hashlib.sha256(data).hexdigest() != one.sha256:
            message = f"its {len(data)} bytes are not the {one.bytes} that were delivered"
            yield self._finding(Kind.CHANGED, path, message, self._made_again(one))
        yield from self._metadata(path, one, data)

    def _rendition(self, one: FilePart, further: RenditionPart) -> Iterator[Finding]:
        """Yield what is wrong with a further file of an image."""
        try:
            data = self._folder.read(f"{self._prefix}{further.path}")
        except OSError as error:
            if further.path in self._rejected and isinstance(error, FileNotFoundError):
                return
            message = f"a rendition of {one.image_key} is gone: {error.strerror}"
            yield self._finding(Kind.MISSING, further.path, message, self._made_again(one))
            return
        if hashlib.sha256(data).hexdigest() != further.sha256:
            message = f"it is not the rendition of {one.image_key} that was delivered"
            yield self._finding(Kind.CHANGED, further.path, message, self._made_again(one))

    def _metadata(self, path: str, one: FilePart, data: bytes) -> Iterator[Finding]:
        """Yield where a file says that it is another one; that it may say nothing is a setting."""
        own = read_provenance(data)
        if own is None:
            return
        for name, said, expected in (
            ("image", own.image_key, one.image_key),
            ("original", own.content_key, one.content_key),
        ):
            if said != expected:
                message = f"its metadata names the {name} {said}, and it is delivered as {expected}"
                yield self._finding(Kind.METADATA, path, message, self._made_again(one))

    def _extras(self, expected: set[str]) -> Iterator[Finding]:
        """Yield the files that nobody has delivered, but for those that are just being written."""
        for name in self._folder.walk(self._prefix.removesuffix("/")):
            path = name.removeprefix(self._prefix)
            if path in expected or path == MANIFEST or is_half(path):
                continue
            image = self._books.earlier.get(path) if self._books else None
            if image:
                message = f"it was delivered for {image}, which is not wanted any more or has another file now"
                yield self._finding(Kind.LEFT_OVER, path, message, "move it away, or want it again in the spec")
            else:
                yield self._finding(Kind.EXTRA, path, "nobody has delivered it", "move it away")


def _head(manifest: Manifest) -> dict[str, object]:
    return manifest.model_dump(include={"collection", "title", "totals"})


def _without_pixels(one: FilePart) -> dict[str, object]:
    return one.model_dump(mode="json", exclude=_PIXELS)


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
