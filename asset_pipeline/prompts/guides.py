"""Reads the YAML that goes with the templates: checked as a whole, every problem with its file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from asset_pipeline.errors import Problem, PromptFileError
from asset_pipeline.prompts.rules import Match
from asset_pipeline.prompts.sources import PromptFile
from asset_pipeline.specs.explain import explain, keys_of
from asset_pipeline.yamlfile import KeyPath, YamlDocument, parse_yaml

Guide_ = TypeVar("Guide_", bound=BaseModel)
Check = Callable[[Guide_, YamlDocument], Iterable[Problem]]


@dataclass(frozen=True)
class Guide(Generic[Guide_]):
    """A file of rules, read.

    Args:
        says: What it says.
        document: Where it says it.
    """

    says: Guide_
    document: YamlDocument

    def place(self, path: KeyPath) -> str:
        """Return file and line of what is said at a path."""
        return f"{self.document.file}:{self.document.line(path)}"

    def because(self, match: Match) -> str:
        """Say in a sentence why a rule applies."""
        if match.place == "type":
            found = "it is for all images of the type"
        else:
            found = f"the {match.place} has the word {match.word!r}"
        return f"{found} ({self.place(('rules', match.number))})"


@dataclass(frozen=True)
class Choice:
    """Something that was chosen for an image.

    Args:
        value: What.
        why: In a sentence, with file and line where a rule decided.
    """

    value: str | None
    why: str


def read_guide(file: PromptFile, model: type[Guide_], check: Check[Guide_] | None = None) -> Guide[Guide_]:
    """Return what a file says.

    Args:
        file: The file.
        model: Its form.
        check: Finds what no form can say, such as rules that name what is not there.

    Raises:
        PromptFileError: Something is wrong in it; everything is named.
    """
    document = parse_yaml(file.text, shown=file.shown)
    says = validated(document, model)
    problems = list(check(says, document)) if check else []
    if problems:
        raise PromptFileError(problems)
    return Guide(says, document)


def validated(document: YamlDocument, model: type[Guide_]) -> Guide_:
    """Return a document as its model.

    Raises:
        PromptFileError: Something is wrong in it; everything is named.
    """
    problems = list(document.problems)
    if not problems and not isinstance(document.data, dict):
        problems.append(document.problem((), "it must be made of keys with values"))
    if problems:
        raise PromptFileError(problems)
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        found = [explain(one, document, allowed=lambda path: keys_of(model, path)) for one in error.errors()]
        raise PromptFileError(found) from error
