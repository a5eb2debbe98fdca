"""Which old picture is which image: what manifests, pages and databases say; a number in a name says too little."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath

from asset_pipeline.legacy.findings import Record
from asset_pipeline.legacy.fixed import FIXED
from asset_pipeline.legacy.gathering import Entry, Gathered, plain
from asset_pipeline.legacy.old_types import image_type
from asset_pipeline.redaction import without_keys
from asset_pipeline.specs.expand import PAGE_TYPES, image_key
from asset_pipeline.specs.wanted import ImageType

_REFERENCES = ("filename", "file_path", "path", "output", "file")
# The old tool put the time into names, and left it out where it spoke of them.
_STAMP = re.compile(r"_\d{8}_\d{6}(?=\.[^.]+$)")


@dataclass(frozen=True)
class Claim:
    """What somebody says of a picture.

    Args:
        image_key: Which image it is.
        place: Where that is said.
        prompt: What it was made from; empty where nobody says.
        cost_usd: What it has cost; None where nobody says.
        model: Who made it.
        at: When.
    """

    image_key: str
    place: str
    prompt: str = ""
    cost_usd: Decimal | None = None
    model: str = ""
    at: str = ""


class Names:
    """Which image of the new spec an old type and title mean.

    Args:
        collection: Of the spec.
        gathered: Its pages and letters.
    """

    def __init__(self, collection: str, gathered: Gathered) -> None:
        self._keys: dict[tuple[ImageType, str], str] = {}
        for kind in PAGE_TYPES:
            self._know(collection, kind, gathered.pages)
        self._know(collection, ImageType.LETTER_HEADERS, gathered.letters)
        for kind, images in FIXED.items():
            self._know(collection, kind, [Entry(title, slug, "") for slug, title in images.items()])

    def _know(self, collection: str, kind: ImageType, entries: Sequence[Entry]) -> None:
        """Learn names; a title is its page's, whatever slug another page has."""
        for name, slug in [*((one.title, one.slug) for one in entries), *((one.slug, one.slug) for one in entries)]:
            self._keys.setdefault((kind, plain(name)), image_key(collection, kind, slug))

    def key(self, kind: ImageType | None, name: str | None) -> str | None:
        """Return the key of an image; None where there is none of that type and name."""
        return self._keys.get((kind, plain(name))) if kind and name else None


def claims_of(
    pictures: Sequence[str], records: Iterable[Record], gathered: Gathered, names: Names
) -> Mapping[str, list[Claim]]:
    """Return what is said of each picture.

    Args:
        pictures: Their names, relative to the old folder.
        records: What manifests, logs and databases say.
        gathered: The pages, which name files of their own.
        names: Which image is meant.
    """
    found: defaultdict[str, list[Claim]] = defaultdict(list)
    index = _Index(pictures)
    for record in records:
        key = names.key(image_type(record.asset_type), record.title)
        for name in index.find(_reference(record), near=record.file) if key else ():
            found[name].append(_claim(str(key), record))
    for entry in (*gathered.pages, *gathered.letters):
        for reference, kind in entry.files:
            key = names.key(ImageType(kind), entry.title)
            for name in index.find(reference, near="") if key else ():
                found[name].append(Claim(str(key), entry.place))
    return found


def _reference(record: Record) -> str:
    return next((value for key in _REFERENCES if isinstance(value := record.payload.get(key), str) and value), "")


def _claim(key: str, record: Record) -> Claim:
    payload = record.payload
    model = payload.get("model_id", payload.get("model"))
    prompt = payload.get("prompt", payload.get("current"))
    return Claim(
        image_key=key,
        place=f"{record.file}:{record.line}" if record.line else record.file,
        prompt=without_keys(" ".join(prompt.split())) if isinstance(prompt, str) else "",
        cost_usd=record.cost_usd,
        model=model if isinstance(model, str) else "",
        at=record.occurred_at or "",
    )


class _Index:
    """Finds pictures by what somebody calls them."""

    def __init__(self, pictures: Sequence[str]) -> None:
        self._names = set(pictures)
        self._by_base: defaultdict[str, list[str]] = defaultdict(list)
        self._by_unstamped: defaultdict[str, list[str]] = defaultdict(list)
        for name in pictures:
            base = PurePosixPath(name).name
            self._by_base[base].append(name)
            self._by_unstamped[_STAMP.sub("", base)].append(name)

    def find(self, reference: str, *, near: str) -> list[str]:
        """Return the one picture that is meant; none where it is none, or could be several.

        Args:
            reference: A path, or a name only.
            near: The file that says it.
        """
        path = PurePosixPath(reference.replace("\\", "/"))
        if not path.name or "://" in reference:
            return []
        beside = PurePosixPath(near).parent
        for candidate in (beside / path, beside / path.name, path):
            if candidate.as_posix() in self._names:
                return [candidate.as_posix()]
        named = self._by_base.get(path.name) or self._by_unstamped.get(path.name, [])
        return named if len(named) == 1 else []
