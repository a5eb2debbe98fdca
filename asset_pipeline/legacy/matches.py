"""Says by hand which old picture is which image: a list to look through, with a guess by number where there is one.

The old tool named pictures by their place in a list that it forgot; so a guess counts only once somebody has seen it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from asset_pipeline.errors import Problem, SpecError
from asset_pipeline.legacy.claims import Claim, Names
from asset_pipeline.legacy.fixed import FIXED
from asset_pipeline.legacy.items import Item, ItemKind
from asset_pipeline.legacy.old_types import image_type
from asset_pipeline.legacy.pictures import Picture
from asset_pipeline.specs.expand import PAGE_TYPES
from asset_pipeline.specs.wanted import ImageType
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import MEGABYTE, read_yaml

_NUMBERED = re.compile(r"(?P<type>[a-z_]+?)_(?P<number>\d{1,6})(?:_\d{8}_\d{6})?")
# The order in which the old tool read the parts of a file; child pages it did not read.
_READ = (ItemKind.PAGE, ItemKind.LETTER, ItemKind.ROW, ItemKind.ADMIN)
HEAD = """\
# Pictures that nothing says the image of. Look at each below images/, put right or delete its line, and then:
#   asset-pipeline import-legacy DIR --matches {file}
# A key is a guess: by the number in the name, if the old pages were then as they are now.
"""


def read_matches(path: Path, *, pictures: Collection[str], keys: Collection[str]) -> dict[str, list[Claim]]:
    """Return what a list of matches says of each picture.

    Args:
        path: The list.
        pictures: Names of the pictures that there are.
        keys: The images that there are.

    Raises:
        SpecError: It cannot be read, or names what is not there; everything is named.
    """
    document = read_yaml(path, shown=str(path), max_bytes=10 * MEGABYTE)
    data = document.data if isinstance(document.data, dict) else {}
    problems = list(document.problems)
    if document.data is not None and not data:
        problems.append(document.problem((), "it must be made of lines such as `output/icons_001.png: my.icons.hub`"))
    claims = {}
    for name, key in data.items():
        if key is None:
            continue
        if name not in pictures:
            problems.append(document.problem((name,), "there is no such picture in the old folder"))
        elif key not in keys:
            near = [one for one in keys if str(key).rpartition(".")[0] == one.rpartition(".")[0]][:20]
            problems.append(document.problem((name,), f"there is no image {key!r}{suggest(str(key), near)}"))
        else:
            claims[name] = [Claim(str(key), f"{path.name}:{document.line((name,))}")]
    if problems:
        raise SpecError([Problem(one.file, one.line, one.key, one.message) for one in problems])
    return claims


def matches_text(pictures: Iterable[Picture], items: Sequence[Item], names: Names, *, file: str) -> str:
    """Return a list of the pictures that nothing says the image of, to be looked through; empty without any."""
    order = _old_order(items)
    lines = [
        f"{json.dumps(one.file.name, ensure_ascii=False)}: {_guess(one, order, names) or ''}".rstrip() + "\n"
        for one in pictures
        if one.claim is None
    ]
    return HEAD.format(file=file) + "".join(lines) if lines else ""


def _guess(picture: Picture, order: Mapping[ImageType, Sequence[str]], names: Names) -> str | None:
    match = _NUMBERED.fullmatch(picture.file.pure.stem)
    kind = image_type(match["type"]) if match else None
    if match is None or kind is None:
        return None
    titles = order[kind]
    number = int(match["number"])
    return names.key(kind, titles[number - 1]) if 0 < number <= len(titles) else None


def _old_order(items: Sequence[Item]) -> Mapping[ImageType, Sequence[str]]:
    """Return titles by type in the order in which the old tool numbered them: whatever comes first has the title."""
    by_file: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.kind in _READ and not item.is_task:
            by_file[item.file].append(item)
    first: dict[str, Item] = {}
    for file in sorted(by_file):
        for item in sorted(by_file[file], key=lambda one: _READ.index(one.kind)):
            first.setdefault(item.title, item)
    letters = [title for title, item in first.items() if item.kind is ItemKind.LETTER]
    pages = [title for title, item in first.items() if item.kind is not ItemKind.LETTER]
    fixed = {kind: list(images.values()) for kind, images in FIXED.items()}
    return dict.fromkeys(PAGE_TYPES, pages) | {ImageType.LETTER_HEADERS: letters} | fixed
