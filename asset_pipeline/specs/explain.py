"""Says in plain words what pydantic found wrong: the place, the offending value, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from asset_pipeline.errors import Problem
from asset_pipeline.redaction import redact
from asset_pipeline.specs.models import ImageEntry, PageEntry, Spec, ThemeEntry, TypeEntry
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import KeyPath, YamlDocument

_KINDS = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "yes/no",
    list: "a list",
    dict: "keys with values",
}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
}


def explain(
    error: ErrorDetails, document: YamlDocument, *, allowed: Callable[[KeyPath], Iterable[str]] | None = None
) -> Problem:
    """Return one validation error as a problem with file, line, key, value and what is allowed.

    Args:
        error: Of pydantic.
        document: What was read.
        allowed: Returns the keys that may stand at the place of an unknown one; a spec's, if left out.
    """
    path = tuple(part for part in error["loc"] if part != "[key]")
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return document.problem(path, "is missing and must be given")
    if kind == "extra_forbidden":
        return document.problem(path, f"there is no such key{suggest(str(path[-1]), (allowed or _allowed_keys)(path))}")
    if kind == "literal_error":
        return document.problem(
            path, f"{_shown(document, path, value)}: not allowed{suggest(str(value), _named(error))}"
        )
    if kind in _EXPECTED:
        return document.problem(path, _wrong_type(document, path, value, _EXPECTED[kind]))
    message = error["msg"].removeprefix("Value error, ")
    return document.problem(path, f"{_shown(document, path, value)}: {message}")


def _wrong_type(document: YamlDocument, path: KeyPath, value: Any, expected: str) -> str:  # noqa: ANN401 - anything
    if value is None:
        return f"is empty; it must be {expected}"
    message = f"{_shown(document, path, value)} is {_KINDS.get(type(value), 'a date')}; it must be {expected}"
    written = document.text(path)
    if expected == "text" and written is not None:
        message += f'. Put it in quotes: "{written}"'
    return message


def _shown(document: YamlDocument, path: KeyPath, value: Any) -> str:  # noqa: ANN401 - anything
    # Cleaned before it is cut: half a key would not be known any more.
    text = redact(repr(document.text(path) if document.text(path) is not None else value))
    return text if len(text) <= 80 else f"{text[:77]}..."


def _named(error: ErrorDetails) -> tuple[str, ...]:
    return tuple(error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "))


def _allowed_keys(path: KeyPath) -> tuple[str, ...]:
    models: dict[Any, type[BaseModel]] = {
        "theme": ThemeEntry,
        "types": TypeEntry,
        "images": ImageEntry,
        "pages": PageEntry,
    }
    return tuple((models[path[0]] if len(path) > 1 else Spec).model_fields)


def keys_of(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """Return the keys that a model allows at a path, through lists and mappings of models."""
    for part in path[:-1]:
        field = model.model_fields.get(str(part))
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    return tuple(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
