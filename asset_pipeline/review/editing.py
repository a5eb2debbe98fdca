"""Edits prompt files: opens them with the hash of their text, tries texts on real images, and saves what is not stale.

Nothing outside the folder of the person's prompt files is read or written.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.errors import Problem, SetupError
from asset_pipeline.paths import Paths
from asset_pipeline.prompts.files import ListedFile, PromptFiles
from asset_pipeline.prompts.pages import SUFFIX
from asset_pipeline.prompts.render import Explained, PromptRenderer
from asset_pipeline.prompts.sources import MAX_BYTES, NAME, PromptFile, PromptSources
from asset_pipeline.prompts.tones import TONES_FILE, read_tones
from asset_pipeline.prompts.trial import trial_images
from asset_pipeline.results import Failed
from asset_pipeline.review.text_diff import DiffLine, Words, diff_lines, mark_words
from asset_pipeline.specs import WantedImage

ONLY_ONE = threading.Lock()


@dataclass(frozen=True)
class Opened:
    """A prompt file as it was opened.

    Args:
        name: `icons.md`, `tones.yaml`, or `<collection>/icons.md`.
        shown: Where it is, or will be once it is saved.
        text: What counts now: the file's own text, or that of the one below it.
        sha256: Of that text; a save says it, so that it takes nobody else's change away.
        is_own: Whether it is the person's; else nothing has been saved yet.
        below: What counts without it; None where there is nothing.
    """

    name: str
    shown: str
    text: str
    sha256: str
    is_own: bool
    below: PromptFile | None

    def diff(self, text: str) -> tuple[DiffLine, ...]:
        """Return how a text differs from what counts without the file."""
        if self.below is None:
            return ()
        return diff_lines(self.below.text, text, names=(self.below.shown, self.shown))


@dataclass(frozen=True)
class InTone:
    """An image's prompt in one tone.

    Args:
        name: Of the tone.
        title: For people.
        prompt: The words, those marked that the image's usual prompt has not; or why there is none.
        is_usual: Whether it is the tone that the image has anyway.
    """

    name: str
    title: str
    prompt: Sequence[Words] | Failed
    is_usual: bool


@dataclass(frozen=True)
class Preview:
    """What a text makes of an image.

    Args:
        image: The image.
        explained: Its prompt and what decided it.
        problems: What is wrong with the text; while there is anything, it cannot be saved.
        tones: For the file of tones, the same image in each of them.
    """

    image: WantedImage
    explained: Explained
    problems: tuple[Problem, ...]
    tones: tuple[InTone, ...] = ()

    @property
    def depends_on_tone(self) -> bool:
        """Whether the tone makes a difference for the image."""
        return any(isinstance(one.prompt, Failed) or any(words.is_new for words in one.prompt) for one in self.tones)


@dataclass(frozen=True)
class Saved:
    """The text is in place.

    Args:
        kept: Where the one before is kept; None where there was none.
    """

    kept: Path | None


@dataclass(frozen=True)
class Refused:
    """The text has problems; nothing was changed."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Stale:
    """Somebody has changed the file since it was opened; nothing was changed.

    Args:
        now: The file as it is now.
    """

    now: Opened


class PromptDesk:
    """Edits the prompt files of a project.

    Args:
        paths: Where they are.
    """

    def __init__(self, paths: Paths) -> None:
        self._own = paths.folder(paths.prompts)
        self._files = PromptFiles(self._own, backups=paths.folder(paths.prompt_backups))

    def list(self) -> Sequence[ListedFile]:
        """Return all files that count."""
        return self._files.list()

    def open(self, name: str) -> Opened:
        """Open a file; one of a collection that is not there yet begins as what counts without it.

        Raises:
            SetupError: There is no such file, and can be none.
            PromptFileError: It cannot be read.
        """
        self._check_place(name)
        sources = PromptSources(self._own)
        collection, _, base = name.rpartition("/")
        own = sources.its_own(name)
        below = sources.find(base) if collection else sources.built_in(name)
        if collection and not base.endswith(SUFFIX):
            below = None
        file = own or below
        if file is None:
            self._files.read(name)  # says what there is instead
            raise SetupError(f"there is no prompt file {name!r}", fix="asset-pipeline prompts list shows what there is")
        return Opened(name, sources.shown(name), file.text, sha256_of(file.text), own is not None, below)

    def save(self, name: str, text: str, *, opened_sha256: str) -> Saved | Refused | Stale:
        """Put a text in the place of a file, if that still says what it said when it was opened.

        Raises:
            SetupError: There is no such file, and can be none.
            PromptFileError: It cannot be read.
        """
        with ONLY_ONE:
            now = self.open(name)
            if now.sha256 != opened_sha256:
                return Stale(now)
            problems = self.problems(name, text)
            if problems:
                return Refused(problems)
            return Saved(self._files.save(name, text))

    def reset(self, name: str) -> Path | None:
        """Take the person's own file away, and return where it is kept; None where there was none.

        Raises:
            SetupError: There is no such file, and can be none.
        """
        self._check_place(name)
        with ONLY_ONE:
            return self._files.reset(name)

    def is_kept(self, name: str, backup: str) -> Path | None:
        """Return the backup of a file that has this name, if there is one."""
        return next((one.path for one in self._files.backups(name) if one.path.name == backup), None)

    def problems(self, name: str, text: str) -> tuple[Problem, ...]:
        """Return what is wrong with a text that is to stand in a file."""
        shown = PromptSources(self._own).shown(name)
        size = len(text.encode())
        if size > MAX_BYTES:
            return (Problem(shown, 0, "", f"the file would have {size:,} bytes; {MAX_BYTES:,} are allowed"),)
        return tuple(self._files.problems(name, text))

    def preview(self, name: str, text: str, image: WantedImage | None) -> Preview:
        """Return what a text that is not saved makes of an image, or of a made-up one where none is given."""
        self._check_place(name)
        problems = self.problems(name, text)
        chosen = image or next(trial_images(name), None) or next(trial_images("icons.md"))
        tried = text if len(text) <= MAX_BYTES else ""
        renderer = self._renderer({name: tried})
        explained = renderer.explain(chosen)
        can_compare = name == TONES_FILE and not problems and not isinstance(explained.draft, Failed)
        tones = self._tones(renderer, chosen, explained, tried) if can_compare else ()
        return Preview(chosen, explained, problems, tones)

    def _tones(
        self, renderer: PromptRenderer, image: WantedImage, explained: Explained, text: str
    ) -> tuple[InTone, ...]:
        guide = read_tones(PromptFile(TONES_FILE, TONES_FILE, text, built_in=False))
        usual = "" if isinstance(explained.draft, Failed) else explained.draft.text
        usual_tone = None if isinstance(explained.tone, Failed) else explained.tone.value
        found = []
        for name, tone in guide.says.tones.items():
            draft = renderer.render(image.model_copy(update={"tone": name}))
            prompt = draft if isinstance(draft, Failed) else mark_words(draft.text, against=usual)
            found.append(InTone(name, tone.title, prompt, is_usual=name == usual_tone))
        return tuple(found)

    def _renderer(self, drafts: Mapping[str, str]) -> PromptRenderer:
        return PromptRenderer(self._own, drafts=drafts)

    def _check_place(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise SetupError(
                f"{name!r} is no name of a prompt file",
                where=self._own.shown(""),
                fix="give one such as icons.md, my-collection/icons.md or tones.yaml",
            )
        self._own.inner(name)


def sha256_of(text: str) -> str:
    """Return the hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
