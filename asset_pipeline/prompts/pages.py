"""A master prompt as a file: front matter that says what it is, and a Jinja2 body; and the loader that finds them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import BaseLoader, Environment, TemplateNotFound
from pydantic import Field

from asset_pipeline.errors import PromptFileError
from asset_pipeline.prompts.guides import validated
from asset_pipeline.prompts.sources import PromptFile, PromptSources
from asset_pipeline.specs import ImageType
from asset_pipeline.specs.fields import Entry, Line, Text, TypeName
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import parse_yaml

SUFFIX = ".md"
_FRONT = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


class FrontMatter(Entry):
    """What stands between the two lines of hyphens at the top."""

    title: Line | None = Field(None, description="Its name, for people.")
    for_type: TypeName | None = Field(None, description="The type of images; must be the one in the file's name.")
    max_words: int | None = Field(None, ge=10, le=1000, description="A longer prompt fails its image, at no cost.")
    notes: Text | None = Field(None, description="For people.")


@dataclass(frozen=True)
class Page:
    """A master prompt, read.

    Args:
        file: Where it was read from.
        front: Its front matter.
        body: The template, with its lines where they are in the file.
    """

    file: PromptFile
    front: FrontMatter
    body: str


def read_page(file: PromptFile) -> Page:
    """Return a file as a master prompt.

    Raises:
        PromptFileError: Its front matter is wrong.
    """
    match = _FRONT.match(file.text)
    if not match:
        return Page(file, FrontMatter(), file.text)
    front = FrontMatter()
    document = parse_yaml("\n" + match[1], shown=file.shown)
    if match[1].strip():
        front = validated(document, FrontMatter)
    stem = file.name.rpartition("/")[2].removesuffix(SUFFIX)
    if front.for_type and front.for_type != stem:
        said = f"{front.for_type!r}, but the file's name says {stem!r}"
        raise PromptFileError([document.problem(("for_type",), said)])
    # Blank lines in its place: they vanish from the prompt, and every message names the line in the file.
    return Page(file, front, "\n" * match[0].count("\n") + file.text[match.end() :])


def wrong_name(name: str) -> str | None:
    """Say what is wrong with the name of a master prompt's file, if anything; parts begin with `_`."""
    stem = name.rpartition("/")[2].removesuffix(SUFFIX)
    return None if stem.startswith("_") or stem in list(ImageType) else f"no type {stem!r}{suggest(stem, ImageType)}"


class PageLoader(BaseLoader):
    """Finds what templates import, include and extend, in the prompt folders alone.

    Args:
        sources: The folders.
        collection: Whose images are made.
    """

    def __init__(self, sources: PromptSources, collection: str) -> None:
        self._sources = sources
        self._collection = collection

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:  # noqa: ARG002 - the library's signature
        """Return the body of a file, and how messages name it."""
        file = self._sources.find(template, collection=self._collection)
        if file is None or not file.name.endswith(SUFFIX):
            raise TemplateNotFound(template, f"there is no {template!r} in the folders of prompts")
        return read_page(file).body, file.shown, None
