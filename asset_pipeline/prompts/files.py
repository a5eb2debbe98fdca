"""The prompt files as a person works with them: listed, read, saved, compared, reset.

What is saved is checked before it takes the place of anything, and what it takes the place of is kept.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asset_pipeline.errors import Problem, PromptFileError, SetupError
from asset_pipeline.folders import Folder, FolderFile
from asset_pipeline.prompts import tiers, tones
from asset_pipeline.prompts.pages import SUFFIX, read_page, wrong_name
from asset_pipeline.prompts.render import PromptRenderer
from asset_pipeline.prompts.sources import NAME, PromptFile, PromptSources, built_in_names
from asset_pipeline.prompts.trial import trial_images
from asset_pipeline.suggestions import suggest

BACKUPS_KEPT = 10
_READERS: dict[str, Callable[[PromptFile], object]] = {
    tones.TONES_FILE: tones.read_tones,
    tiers.TIERS_FILE: tiers.read_tiers,
    tiers.SYMBOLS_FILE: tiers.read_symbols,
}
_TITLES = {
    tones.TONES_FILE: "Tones and style elements",
    tiers.TIERS_FILE: "Visual tiers",
    tiers.SYMBOLS_FILE: "Symbols that stand for words",
}


@dataclass(frozen=True)
class ListedFile:
    """A prompt file as a list shows it.

    Args:
        name: `icons.md`, `tones.yaml`, or `<collection>/icons.md`.
        title: What it is for, in words for people.
        shown: Where it is.
        is_own: Whether it is the person's; else the built-in one counts.
        differs: Whether it says something else than what would count without it.
        problems: What is wrong with it.
    """

    name: str
    title: str
    shown: str
    is_own: bool
    differs: bool
    problems: tuple[Problem, ...]


class PromptFiles:
    """The prompt files of a project.

    Args:
        own: Folder of the person's files.
        backups: Folder of what was replaced.
        clock: Tells the time, for the names of backups.
    """

    def __init__(
        self,
        own: Folder,
        *,
        backups: Folder,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._own = own
        self._backups = backups
        self._clock = clock
        self._sources = PromptSources(own)

    def list(self) -> Sequence[ListedFile]:
        """Return all files that count, the built-in ones first."""
        names = dict.fromkeys([*built_in_names(), *self._sources.own_names()])
        return [self._listed(name) for name in names]

    def read(self, name: str) -> str:
        """Return what the file that counts says.

        Raises:
            SetupError: There is no such file.
            PromptFileError: It cannot be read.
        """
        return self._that_counts(name).text

    def save(self, name: str, text: str) -> Path | None:
        """Put a text in the place of a file, at once or not at all, and return where the one before is kept.

        Raises:
            SetupError: No file can have that name.
            PromptFileError: Something is wrong with the text; nothing was changed.
        """
        self._check_name(name)
        found = self.problems(name, text)
        if found:
            raise PromptFileError(found)
        kept = self._back_up(name)
        FolderFile(self._own, name).write(text.encode())
        return kept

    def reset(self, name: str) -> Path | None:
        """Take the person's own file away, so that the one below it counts again; return where it is kept.

        Raises:
            SetupError: No file can have that name.
        """
        self._check_name(name)
        kept = self._back_up(name)
        self._own.remove(name)
        return kept

    def init(self, names: Sequence[str]) -> Sequence[tuple[str, bool]]:
        """Copy built-in files to where a person edits them; say of each whether it was copied or was there already.

        Raises:
            SetupError: There is no such built-in file.
        """
        done = []
        there = set(self._own.walk())
        for name in names:
            file = self._sources.built_in(name)
            if file is None:
                raise SetupError(f"there is no built-in {name!r}{suggest(name, built_in_names())}")
            done.append((name, name not in there))
            if name not in there:
                FolderFile(self._own, name).write(file.text.encode())
        return done

    def diff(self, name: str) -> str:
        """Return how a person's own file differs from the one that would count without it; empty where it doesn't.

        Raises:
            SetupError: There is no such file.
            PromptFileError: It cannot be read.
        """
        own, below = self._that_counts(name), self._below(name)
        if own.built_in or below is None:
            return ""
        lines = difflib.unified_diff(
            below.text.splitlines(keepends=True), own.text.splitlines(keepends=True), below.shown, own.shown
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def backups(self, name: str) -> Sequence[FolderFile]:
        """Return what is kept of a file, the newest first."""
        folder, stem, suffix = _parts(name)
        kept = fnmatch.filter(self._backups.names(folder), f"{stem}.????????-??????-??????.{suffix}")
        return [FolderFile(self._backups, f"{folder}/{one}" if folder else one) for one in sorted(kept, reverse=True)]

    def check(self) -> Sequence[Problem]:
        """Return everything that is wrong in the person's own files."""
        return [problem for name in self._sources.own_names() for problem in self._listed(name).problems]

    def problems(self, name: str, text: str) -> Sequence[Problem]:
        """Return what is wrong with a text that is to stand in a file: its form, and what comes of it on trial."""
        sources = PromptSources(self._own, {name: text})
        try:
            file = sources.find(name)
            if file is None or file.built_in:
                return [Problem(self._sources.shown(name), 0, "", "there can be no prompt file of this name")]
            reader = _READERS.get(name)
            if reader:
                reader(file)
                return []
            if not name.endswith(SUFFIX):
                known = suggest(name, _READERS)
                return [Problem(file.shown, 0, "", f"nothing reads a file of this name{known}")]
            wrong = wrong_name(name)
            if wrong:
                return [Problem(file.shown, 0, "", wrong)]
            read_page(file)
        except PromptFileError as error:
            return error.problems
        return self._trial(name, text, file.shown)

    def _trial(self, name: str, text: str, shown: str) -> Sequence[Problem]:
        """Return what goes wrong in this file when images are rendered with it; others' mistakes are not its own."""
        renderer = PromptRenderer(self._own, drafts={name: text})
        found = (problem for image in trial_images(name) for problem in renderer.problems(image))
        return tuple(dict.fromkeys(problem for problem in found if problem.file == shown))

    def _listed(self, name: str) -> ListedFile:
        try:
            own, below = self._sources.its_own(name), self._below(name)
        except PromptFileError as error:
            return ListedFile(name, "", self._sources.shown(name), is_own=True, differs=True, problems=error.problems)
        if own is None and below is not None and below.built_in and name == below.name:
            return ListedFile(name, _title(below), below.shown, is_own=False, differs=False, problems=())
        if own is None:
            said = f"nothing reads it; prompt files are <type>.md, <collection>/<type>.md, {', '.join(_READERS)}"
            odd = Problem(self._sources.shown(name), 0, "", said)
            return ListedFile(name, "", odd.file, is_own=True, differs=True, problems=(odd,))
        differs = below is None or below.text != own.text
        problems = tuple(self.problems(name, own.text))
        return ListedFile(name, _title(own), own.shown, is_own=True, differs=differs, problems=problems)

    def _that_counts(self, name: str) -> PromptFile:
        file = self._sources.find(name) if NAME.fullmatch(name) else None
        if file is None:
            known = dict.fromkeys([*built_in_names(), *self._sources.own_names()])
            raise SetupError(f"there is no prompt file {name!r}{suggest(name, known)}")
        return file

    def _below(self, name: str) -> PromptFile | None:
        collection, _, base = name.rpartition("/")
        return self._sources.find(base) if collection else self._sources.built_in(name)

    def _check_name(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise SetupError(
                f"{name!r} is no name of a prompt file",
                fix="give one such as icons.md, my-collection/icons.md or tones.yaml",
            )

    def _back_up(self, name: str) -> Path | None:
        if not self._own.is_file(name):
            return None
        folder, stem, suffix = _parts(name)
        last = f"{stem}.{self._clock():%Y%m%d-%H%M%S-%f}.{suffix}"
        kept = FolderFile(self._backups, f"{folder}/{last}" if folder else last)
        kept.write(self._own.read(name))
        for old in self.backups(name)[BACKUPS_KEPT:]:
            old.remove()
        return kept.path


def _parts(name: str) -> tuple[str, str, str]:
    """Return the folder, the stem and the suffix of a file's name."""
    folder, _, last = name.rpartition("/")
    stem, _, suffix = last.partition(".")
    return folder, stem, suffix


def _title(file: PromptFile) -> str:
    if not file.name.endswith(SUFFIX):
        return _TITLES.get(file.name, "")
    try:
        return read_page(file).front.title or ""
    except PromptFileError:
        return ""
