"""Renders the template prompt of an image: deterministic to the byte, free, and without any access but to the image."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from jinja2 import Template, TemplateError, TemplateSyntaxError

from asset_pipeline.errors import Problem, PromptFileError
from asset_pipeline.folders import Folder
from asset_pipeline.prompts.advice import Advice
from asset_pipeline.prompts.bounded import BoundedEnvironment, BoundError, generate, needs
from asset_pipeline.prompts.context import Guides, ImageContext
from asset_pipeline.prompts.guides import Choice
from asset_pipeline.prompts.pages import SUFFIX, Page, PageLoader, read_page
from asset_pipeline.prompts.sources import PromptSources
from asset_pipeline.results import Failed
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import OwnPrompt, canonical_sha256

# How a master prompt that stands in a spec is called where a file has its name.
INLINE = "master_prompt"
Told = TypeVar("Told")


@dataclass(frozen=True)
class Draft:
    """A template prompt.

    Args:
        text: The prompt.
        content_key: Hash of it.
        negative_prompt: What must not be seen, for a model that has a key for it; the prompt itself says, wherever
            that is possible, what is there instead.
        note: What a person said of the picture before; told to writers and judge.
        own_prompt: The prompt that a person decided on, in place of a competition.
    """

    text: str
    content_key: str
    negative_prompt: str = ""
    note: str = ""
    own_prompt: OwnPrompt | None = None


@dataclass(frozen=True)
class Explained:
    """A prompt, and why it is as it is.

    Args:
        draft: The prompt, or why there is none.
        template: The file it was made from; `master_prompt` where it is the spec's own.
        tier: The visual tier.
        tone: The emotional tone.
        symbol: The thing that stands for the words.
        style: The elements of style that the image has.
        advice: What the model wants to read.
    """

    draft: Draft | Failed
    template: str | Failed
    tier: Choice | Failed
    tone: Choice | Failed
    symbol: Choice | Failed
    style: Mapping[str, str] | Failed
    advice: Advice


@dataclass(frozen=True)
class _Source:
    """A template, ready to be filled."""

    name: str
    template: Template
    needs: frozenset[str]
    max_words: int | None


class PromptRenderer:
    """Fills the master prompt of an image: the spec's own, its collection's file, the person's, or the built-in one.

    Files are read once; another renderer sees what has changed since.

    Args:
        own: Folder of the person's files; the built-in ones alone where it is None.
        drafts: Texts that stand for files which have not been saved yet, by name.
    """

    def __init__(self, own: Folder | None = None, *, drafts: Mapping[str, str] | None = None) -> None:
        self._sources = PromptSources(own, drafts or {})
        self._guides = Guides(self._sources)
        self._environments: dict[str, BoundedEnvironment] = {}
        self._templates: dict[tuple[str, str, str | None], _Source | PromptFileError] = {}

    def render(self, wanted: WantedImage) -> Draft | Failed:
        """Return the template prompt of an image, or why it cannot be rendered."""
        return self._draft(wanted, ImageContext(wanted, self._guides))

    def explain(self, wanted: WantedImage) -> Explained:
        """Return the template prompt of an image with all that decided it."""
        context = ImageContext(wanted, self._guides)
        return Explained(
            draft=self._draft(wanted, context),
            template=_told(lambda: self._page(wanted).file.shown) if wanted.master_prompt is None else INLINE,
            tier=_told(lambda: context.tier),
            tone=_told(lambda: context.tone),
            symbol=_told(lambda: context.symbol),
            style=_told(lambda: context.style),
            advice=context.advice,
        )

    def problems(self, wanted: WantedImage) -> tuple[Problem, ...]:
        """Return what keeps the prompt of an image from being rendered."""
        try:
            self._text(wanted, ImageContext(wanted, self._guides))
        except PromptFileError as error:
            return error.problems
        return ()

    def _draft(self, wanted: WantedImage, context: ImageContext) -> Draft | Failed:
        try:
            text = self._text(wanted, context)
        except PromptFileError as error:
            whose = "prompt" if wanted.master_prompt is None else "master prompt"
            return Failed(f"the {whose} of {wanted.type} cannot be rendered: {error}")
        negative = ", ".join(wanted.theme.avoid) if context.advice.takes_negative else ""
        return Draft(
            text,
            canonical_sha256({"stage": "prompt", "text": text}),
            negative,
            note=wanted.note,
            own_prompt=wanted.own_prompt,
        )

    def _text(self, wanted: WantedImage, context: ImageContext) -> str:
        source = self._template(wanted)
        values = context.values(source.needs)
        try:
            text = " ".join(generate(source.template, values).split())
        except Exception as error:  # a template is somebody else's program and may raise anything
            raise self._located(wanted, error) from error
        words = len(text.split())
        if not words:
            raise PromptFileError([Problem(source.name, 0, "", "it is empty for this image")])
        if source.max_words and words > source.max_words:
            said = f"{words} words for {wanted.key}; max_words is {source.max_words}"
            raise PromptFileError([Problem(source.name, 0, "", said)])
        return text

    def _template(self, wanted: WantedImage) -> _Source:
        key = (wanted.collection, wanted.type, wanted.master_prompt)
        if key not in self._templates:
            try:
                self._templates[key] = self._load(wanted)
            except Exception as error:  # noqa: BLE001 - a template is somebody else's program and may break the compiler
                self._templates[key] = self._located(wanted, error)
        found = self._templates[key]
        if isinstance(found, PromptFileError):
            raise PromptFileError(found.problems)
        return found

    def _load(self, wanted: WantedImage) -> _Source:
        environment = self._environment(wanted.collection)
        name, body, max_words = INLINE, wanted.master_prompt, None
        if body is None:
            page = self._page(wanted)
            name, body, max_words = page.file.shown, page.body, page.front.max_words
        return _Source(name, environment.template(body, name), needs(body), max_words)

    def _page(self, wanted: WantedImage) -> Page:
        return read_page(self._sources.require(f"{wanted.type}{SUFFIX}", collection=wanted.collection))

    def _environment(self, collection: str) -> BoundedEnvironment:
        if collection not in self._environments:
            self._environments[collection] = BoundedEnvironment(PageLoader(self._sources, collection))
        return self._environments[collection]

    def _located(self, wanted: WantedImage, error: Exception) -> PromptFileError:
        """Return an error with the file and line of the template that it came from."""
        if isinstance(error, PromptFileError):
            return error
        message = str(error) or type(error).__name__
        if isinstance(error, TemplateSyntaxError):
            return PromptFileError([Problem(error.filename or INLINE, error.lineno, "", error.message or message)])
        if not isinstance(error, TemplateError | BoundError):
            message = f"{type(error).__name__}: {message}"
        known = {INLINE, *self._sources.names_shown(wanted.collection)}
        frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
        name, line = next((one for one in reversed(frames) if one[0] in known), (INLINE, 0))
        return PromptFileError([Problem(name, line, "", message)])


def _told(choose: Callable[[], Told]) -> Told | Failed:
    try:
        return choose()
    except PromptFileError as error:
        return Failed(str(error))
