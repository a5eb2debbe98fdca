"""Where prompt files are: a person's own in `data/prompts`, those of one collection below it, and the built-in ones.

Nothing outside these folders is ever read, whatever a template asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asset_pipeline.errors import PathError, Problem, PromptFileError, SetupError
from asset_pipeline.folders import Folder

BUILT_IN = Path(__file__).parent / "templates"
MAX_BYTES = 200_000
DEFAULT = "default/"
NAME = re.compile(r"(?:[a-z0-9][a-z0-9-]*/)?_?[a-z][a-z0-9_]*\.(?:md|yaml)")


@dataclass(frozen=True)
class PromptFile:
    """A file as it stands.

    Args:
        name: `icons.md`, `tones.yaml`, or `<collection>/icons.md`.
        shown: How messages name it.
        text: What it says.
        built_in: Whether it is the one that comes with the program.
    """

    name: str
    shown: str
    text: str
    built_in: bool


@dataclass(frozen=True)
class PromptSources:
    """The folders of prompt files.

    Args:
        own: The person's folder; None for the built-in files alone.
        drafts: Texts that stand for files which have not been saved yet, by name.
    """

    own: Folder | None = None
    drafts: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str, *, collection: str = "") -> PromptFile | None:
        """Return the file that counts: a collection's own, the person's, the built-in one; None where there is none.

        Args:
            name: Without a collection; with `default/` before it, the built-in one is meant.
            collection: Whose images are made.

        Raises:
            PromptFileError: The file is there and cannot be read.
        """
        if name.startswith(DEFAULT):
            return self.built_in(name.removeprefix(DEFAULT))
        own = (self.its_own(f"{collection}/{name}") if collection else None) or self.its_own(name)
        return own or self.built_in(name)

    def require(self, name: str, *, collection: str = "") -> PromptFile:
        """Return the file that counts, of which there is always one; see `find`.

        Raises:
            PromptFileError: The file cannot be read.
            SetupError: The built-in file is missing.
        """
        file = self.find(name, collection=collection)
        if file is None:
            raise SetupError(f"the built-in {name} is missing", fix="install the program anew")
        return file

    def its_own(self, name: str) -> PromptFile | None:
        """Return the person's own file of that name, exactly there."""
        if not NAME.fullmatch(name):
            return None
        if name in self.drafts:
            return PromptFile(name, self.shown(name), self.drafts[name], built_in=False)
        if self.own is None:
            return None
        try:
            inner = self.own.inner(name)
        except PathError:
            return None
        if not self.own.is_file(inner):
            return None
        return PromptFile(name, self.shown(name), _read(self.own, inner, self.shown(name)), built_in=False)

    def built_in(self, name: str) -> PromptFile | None:
        """Return the file of that name that comes with the program."""
        folder = Folder(BUILT_IN)
        if not NAME.fullmatch(name) or "/" in name or not folder.is_file(name):
            return None
        return PromptFile(name, f"built-in {name}", _read(folder, name, f"built-in {name}"), built_in=True)

    def own_names(self) -> Iterator[str]:
        """Yield the names of all files in the person's folder and the folders of collections, good or odd."""
        for name in self.own.walk() if self.own else ():
            if not any(part.startswith(".") for part in name.split("/")):
                yield name

    def names_shown(self, collection: str) -> set[str]:
        """Return how messages may name the files that a collection's templates can come from."""
        names = {*built_in_names(), *self.own_names(), *self.drafts}
        own = {self.shown(name) for name in names if "/" not in name or name.startswith(f"{collection}/")}
        return own | {f"built-in {name}" for name in names}

    def shown(self, name: str) -> str:
        """Return how messages name a file of the person's."""
        return self.own.shown(name) if self.own else name


def built_in_names() -> list[str]:
    """Return the names of all files that come with the program."""
    return sorted(path.name for path in BUILT_IN.iterdir() if NAME.fullmatch(path.name))


def _read(folder: Folder, name: str, shown: str) -> str:
    try:
        raw = folder.read(name, MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise PromptFileError([Problem(shown, 0, "", f"the file has more than {MAX_BYTES:,} bytes")])
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        said = f"not UTF-8 text: {error.reason} at byte {error.start}"
        raise PromptFileError([Problem(shown, 0, "", said)]) from error
    except OSError as error:
        raise PromptFileError([Problem(shown, 0, "", f"cannot be read: {error.strerror}")]) from error
